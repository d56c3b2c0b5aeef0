// A conversation as a file: JSON for programs, in the form that `tempo chat` saves, and Markdown for people.

import { messagesOf, type Conversation } from './record';
import { partsOf } from './thinking';
import { MARKDOWN } from '../words/en/chat';

/** `lattices` has the trace of every answer, as lines of JSON. */
export function jsonOf(conversation: Conversation, lattices: readonly string[]): string {
  const { version, name, now, model, thinking } = conversation;
  const answers = lattices.map((lines) =>
    lines
      .split('\n')
      .filter(Boolean)
      .map((line): unknown => JSON.parse(line)),
  );
  const file = { version, name, now, model, thinking, messages: messagesOf(conversation), answers };
  return `${JSON.stringify(file, null, 1)}\n`;
}

export function markdownOf(conversation: Conversation): string {
  const { name, model, system, tags, turns, now } = conversation;
  const quoted = (text: string): string => text.replace(/^/gm, '> ');
  const parts = [`# ${name}`, `${model} · ${now.slice(0, 10)}`];
  if (system.trim() !== '') parts.push(`**${MARKDOWN.system}**`, system);
  for (const { said, answer } of turns) {
    parts.push(`**${MARKDOWN.you}**`, said);
    if (answer === null) continue;
    const { thinking, text } = partsOf(answer, tags);
    parts.push(`**${model}**`);
    if (thinking !== null) parts.push(quoted(`${MARKDOWN.thinking}\n\n${thinking}`));
    parts.push(text);
  }
  return `${parts.join('\n\n')}\n`;
}

/** The name of the file, without its ending. */
export function fileNameOf({ name }: Conversation): string {
  const plain = name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');
  return `tempo-chat-${plain.slice(0, 40) || 'conversation'}`;
}
