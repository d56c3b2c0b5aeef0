// Words of conversations.

import { bytes, plural } from '../../format';

export const CHAT = {
  unnamed: 'New conversation',
  all: 'Conversations',
  fresh: 'New conversation',
  hello:
    'Say something. Every answer is a lattice: at each place all words that are likely enough, side by side. It opens below.',
  you: 'You',
  thinking: 'Thinking',
  answering: 'is answering …',
  cut: 'Cut off at the most steps that the settings of the run allow.',
  none: 'No answer.',
  choose: 'Other models',
  take: (model: string, size: number): string => `Fetch ${model}, ${bytes(size)}`,
  takeKept: (model: string): string => `Load ${model}, already here`,
  show: 'Show its lattice',
  shown: 'Lattice below',
  lost: 'The lattice of this answer was not kept.',
  noModel: 'A conversation needs a model that was made for it. Their names often end in Instruct, it or Chat.',
  system: 'What the model is told before the conversation (system prompt)',
  systemWhat: 'Counts from your next message on. Not every model follows it.',
  think: 'Thinking before the answer',
  thinkAuto: 'as the model does by itself',
  thinkOn: 'on',
  thinkOff: 'off',
  settings: 'This conversation',
  steps: (most: number): string => `An answer ends by itself, at the latest after ${most} steps.`,
} as const;

/** Why the model that is loaded holds no conversation. */
export function noTemplate(model: string, reason: string | null): string {
  const name = model === 'storyteller' ? 'The small story model' : model;
  if (reason !== null) return `${name} has a template for conversations that cannot be used: ${reason}`;
  return `${name} only continues texts: it was never shown conversations. ${CHAT.noModel}`;
}

export function turnName(number: number): string {
  return `Turn ${number}`;
}

/** Said aloud when an answer has ended. */
export function answered(model: string, text: string): string {
  return `${model}: ${text}`;
}

export const CHATS = {
  title: 'Conversations',
  search: 'Search in all of them',
  kept: 'Kept in this browser, with their lattices. Nothing of them leaves your device.',
  notKept: 'This browser keeps nothing for this page: conversations are gone when this tab is closed.',
  open: 'Open',
  rename: 'Rename',
  newName: 'New name',
  save: 'Save the name',
  json: 'JSON',
  markdown: 'Markdown',
  remove: 'Delete',
  really: 'Really delete?',
} as const;

export function countWords(found: number, all: number): string {
  return found === all ? plural(all, 'conversation') : `${found} of ${plural(all, 'conversation')}`;
}

export function factsOf(turns: number, model: string, changed: number): string {
  const day = new Date(changed).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
  return [plural(turns, 'turn'), model, day].filter(Boolean).join(' · ');
}

/** The name of a button that does this to that conversation. */
export function actOn(act: string, name: string): string {
  return `${act}: ${name}`;
}

export const MARKDOWN = { you: 'You', system: 'System prompt', thinking: 'Thinking' } as const;
