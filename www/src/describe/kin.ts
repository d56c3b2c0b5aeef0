// Who goes with whom, in words and as a table.

import { hasChain, smoothed, weights, type Chain, type Kin } from '../chain';
import type { Slot } from '../contract';
import { percent, percentWords } from '../format';
import { meanReceived } from '../history';
import type { Token, Trace, ViewState } from '../view-state';
import { named } from './named';
import type { Cell, Table } from './table';
import { list, spoken } from './words';
import { words } from '../words/en/kin';

/** One set of a member's kin. */
export interface KinSet {
  column: number;
  position: number;
  /** Before the member, its past; after it, what came of it. */
  side: 'earlier' | 'later';
  members: { slot: Slot; text: string; share: number }[];
}

/** The sets around a member, the nearest first on either side: the past backwards, then what follows. */
export function kinSets(view: ViewState, chain: Chain, kin: Kin): KinSet[] {
  const own = chain.places.get(kin.slot)?.link ?? 0;
  const sets = chain.links.map((link, at): KinSet => ({
    column: link.column,
    position: view.columns[link.column]?.position ?? 0,
    side: at < own ? 'earlier' : 'later',
    members: link.slots.map((slot) => ({
      slot,
      text: view.tokens[slot]?.text ?? '',
      share: kin.shares.get(slot) ?? 0,
    })),
  }));
  return [...sets.slice(0, own).reverse(), ...sets.slice(own + 1)];
}

/** Whether a member is the only one of its set: then everything that follows came through it. */
export function isAlone(chain: Chain, kin: Kin): boolean {
  return chain.links[chain.places.get(kin.slot)?.link ?? -1]?.slots.length === 1;
}

/** Whether a set says anything: a past of one member is everybody's, and so is what follows one that is alone. */
export function isTelling(chain: Chain, kin: Kin, set: KinSet): boolean {
  return set.side === 'later' ? !isAlone(chain, kin) : set.members.length > 1;
}

/** The same of one member of such a set. */
export function tells(chain: Chain, kin: Kin, slot: Slot): boolean {
  const own = chain.places.get(kin.slot)?.link ?? 0;
  const there = chain.places.get(slot)?.link ?? 0;
  return there > own ? !isAlone(chain, kin) : (chain.links[there]?.slots.length ?? 0) > 1;
}

/** Why a token has no kin. */
export function noKin(trace: Trace, token: Token): string {
  if (!hasChain(trace)) return words.noChain;
  if (token.state === 'prompt') return words.ofPrompt;
  return words.ofRemoved(named(token.text));
}

/**
 * `" sat" came through " cat" 92 percent and " dog" 8 percent at position 7. Of " down" at position 9, 81 percent came
 * through " sat".` Short enough to be listened to.
 */
export function kinSentence(view: ViewState, chain: Chain, kin: Kin, form: 'spoken' | 'shown' = 'spoken'): string {
  const token = view.tokens[kin.slot];
  if (!token) return '';
  const [call, part] = form === 'spoken' ? [spoken, percentWords] : [named, percent];
  const name = call(token.text);
  const sets = kinSets(view, chain, kin);
  const past = sets.filter((set) => set.side === 'earlier' && isTelling(chain, kin, set));
  const future = sets.filter((set) => set.side === 'later');
  const sentences: string[] = [];
  const [before] = past;
  if (before) {
    const members = [...before.members].sort((a, b) => b.share - a.share);
    const through = list(members.map(({ text, share }) => words.through(call(text), part(share))));
    sentences.push(words.cameThrough(name, through, before.position));
  } else sentences.push(words.noChoice(name));
  const [after] = future;
  const alone = isAlone(chain, kin);
  if (!after) sentences.push(words.nothingYet(name));
  else if (alone) sentences.push(words.alone);
  else {
    const members = list(after.members.map(({ text, share }) => words.of(part(share), call(text))));
    sentences.push(words.follow(after.position, members, name));
  }
  const more = Math.max(0, past.length - 1) + (alone ? 0 : Math.max(0, future.length - 1));
  if (more > 0) sentences.push(words.more(more));
  return sentences.join(' ');
}

/** What a cell says while another member's kin are shown. */
export function kinWords(view: ViewState, chain: Chain, kin: Kin, slot: Slot): string {
  if (slot === kin.slot) return words.shown;
  const share = kin.shares.get(slot);
  const subject = view.tokens[kin.slot];
  if (share === undefined || !subject) return '';
  const own = chain.places.get(kin.slot)?.link ?? 0;
  const there = chain.places.get(slot)?.link ?? 0;
  return there < own
    ? words.earlier(percentWords(share), spoken(subject.text))
    : words.later(percentWords(share), spoken(subject.text));
}

/** One row per member of another set. */
export function kinTable(view: ViewState, chain: Chain, kin: Kin): Table {
  const subject = view.tokens[kin.slot];
  const name = subject ? named(subject.text) : '';
  const sets = kinSets(view, chain, kin).sort((a, b) => a.column - b.column);
  return {
    caption: words.tableTitle(name, kin.slot),
    columns: [
      { name: words.columns.position, kind: 'number' },
      { name: words.columns.slot, kind: 'number' },
      { name: words.columns.token, kind: 'token' },
      { name: words.columns.side },
      { name: words.columns.share, kind: 'number', digits: 4 },
    ],
    rows: sets.flatMap((set) =>
      set.members.map((member): Cell[] => [
        set.position,
        member.slot,
        member.text,
        words.sides[set.side],
        member.share,
      ]),
    ),
  };
}

/** What a member of a set weighs, by three measures; shares of its set's live members. */
export interface Standing {
  /** By probability, when it was chosen. */
  prior: number;
  /** After everything that was chosen since (gamma); null without a chain. */
  gamma: number | null;
  /** Of the attention that its set has received since; null before anybody has looked. */
  attention: number | null;
}

/** How a live member stands in its set; null for one without a sibling. */
export function standingOf(trace: Trace, view: ViewState, chain: Chain | null, token: Token): Standing | null {
  const live = (view.columns[token.column]?.tokens ?? []).filter((each) => !each.removal);
  const at = live.findIndex((each) => each.slot === token.slot);
  if (at < 0 || live.length < 2 || token.probability === null) return null;
  const prior = weights(live.map((each) => each.probability ?? 0))[at] ?? 0;
  const place = chain?.places.get(token.slot);
  const gamma = chain && place ? (smoothed(chain)[place.link]?.[place.member] ?? null) : null;
  const means = live.map((each) => meanReceived(trace, each.slot, view.step, { window: 0 }) ?? 0);
  const received = means.reduce((sum, mean) => sum + mean, 0);
  return { prior, gamma, attention: received > 0 ? (means[at] ?? 0) / received : null };
}

/** Said wherever attention is shown as if it spoke for a member. */
export const ATTENTION_NOTE = words.attention;

/** `" cat" had 62 % of its set when it was chosen; what followed makes it 91 %.` */
export function standingSentence(token: Token, { prior, gamma }: Standing, isNewest: boolean): string {
  return words.standing(named(token.text), prior, gamma, isNewest);
}
