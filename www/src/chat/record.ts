// A conversation as it is kept: what was said, and which reading of each answer counts. Lattices lie beside it, under the
// number of their turn. What comes from storage is read as strictly as a file.

import { fields, list, own, Refusal, text, truth, whole } from '../checked';
import type { ChatMessage, ThinkingTags } from '../contract';

export const CHAT_VERSION = 1;
const MOST_TURNS = 10_000;
const LONGEST_LINE = 500;
const LONGEST_TEXT = 1_000_000;
const KEY = /^[a-z0-9-]{1,40}$/;

/** A message and its answer. */
export interface Turn {
  /** Its lattice lies under it. */
  id: number;
  said: string;
  /** The reading that counts, with the tag of thinking that the template wrote; null before the answer began. */
  answer: string | null;
  /** The reading that was picked in the lattice; null: the run's own. */
  path: string | null;
  /** It ended at the most steps there may be. */
  cut: boolean;
}

export interface Conversation {
  version: typeof CHAT_VERSION;
  key: string;
  name: string;
  /** When it began, as milliseconds and as a template may tell it, and when something was said last. */
  begun: number;
  now: string;
  changed: number;
  system: string;
  /** Whether the model shall think before it answers; null leaves it to the model's template. */
  thinking: boolean | null;
  /** Who answered last. */
  model: string;
  /** What stands around that model's thinking. */
  tags: ThinkingTags | null;
  turns: readonly Turn[];
}

export function newConversation(at: Date, now: string, random: string): Conversation {
  const begun = at.getTime();
  return {
    version: CHAT_VERSION,
    key: `${begun.toString(36)}-${random}`,
    name: '',
    begun,
    now,
    changed: begun,
    system: '',
    thinking: null,
    model: '',
    tags: null,
    turns: [],
  };
}

/** What the model is given: turns without an answer are left out, but for the last. */
export function messagesOf({ system, turns }: Conversation): ChatMessage[] {
  const first = system.trim() === '' ? [] : [{ role: 'system', content: system }];
  const said = turns.flatMap((turn, index): ChatMessage[] => {
    const user = { role: 'user', content: turn.said };
    if (index === turns.length - 1 && turn.answer === null) return [user];
    return turn.answer === null ? [] : [user, { role: 'assistant', content: turn.answer }];
  });
  return [...first, ...said];
}

/** A short name by what was said first. */
export function nameOf(said: string): string {
  const line = said.replace(/\s+/g, ' ').trim();
  return line.length > 48 ? `${line.slice(0, 47).trimEnd()}…` : line;
}

/** Those in which every word of the question occurs, the latest first. */
export function found(all: readonly Conversation[], question: string): Conversation[] {
  const words = question.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const has = (conversation: Conversation): boolean => {
    const { name, system, turns } = conversation;
    const whole = [name, system, ...turns.flatMap(({ said, answer }) => [said, answer ?? ''])].join('\n');
    const lower = whole.toLocaleLowerCase();
    return words.every((word) => lower.includes(word));
  };
  return all.filter(has).sort((a, b) => b.changed - a.changed);
}

function readTurn(value: unknown): Turn {
  const turn = fields(value, 'a turn');
  const nullOr = (key: string): string | null => {
    const found = own(turn, key);
    return found === null || found === undefined ? null : text(found, key, LONGEST_TEXT);
  };
  return {
    id: whole(own(turn, 'id'), 'id'),
    said: text(own(turn, 'said'), 'said', LONGEST_TEXT),
    answer: nullOr('answer'),
    path: nullOr('path'),
    cut: truth(own(turn, 'cut'), 'cut'),
  };
}

/** A conversation, or a Refusal. */
export function readConversation(value: unknown): Conversation {
  const record = fields(value, 'the conversation');
  if (own(record, 'version') !== CHAT_VERSION) throw new Refusal('version is another');
  const line = (key: string): string => text(own(record, key), key, LONGEST_LINE);
  const key = line('key');
  if (!KEY.test(key)) throw new Refusal('key is none');
  const thinking = own(record, 'thinking');
  const tags = own(record, 'tags');
  const tag = (of: unknown, key: string): string => text(own(fields(of, 'tags'), key), key, LONGEST_LINE);
  return {
    version: CHAT_VERSION,
    key,
    name: line('name'),
    begun: whole(own(record, 'begun'), 'begun'),
    now: line('now'),
    changed: whole(own(record, 'changed'), 'changed'),
    system: text(own(record, 'system'), 'system', LONGEST_TEXT),
    thinking: thinking === null ? null : truth(thinking, 'thinking'),
    model: line('model'),
    tags: tags === null ? null : { open: tag(tags, 'open'), close: tag(tags, 'close') },
    turns: list(own(record, 'turns'), 'turns', MOST_TURNS).map(readTurn),
  };
}
