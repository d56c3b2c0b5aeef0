// Who goes with whom, in words and as a table.

import { hasChain, smoothed, weights, type Chain, type Kin } from '../chain';
import type { Slot } from '../contract';
import { percent, percentWords, plural } from '../format';
import { meanReceived } from '../history';
import type { Token, Trace, ViewState } from '../view-state';
import { named } from './named';
import type { Cell, Table } from './table';
import { list, spoken } from './words';

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
  if (!hasChain(trace)) return 'This recording has no chain: it does not say which member goes with which.';
  if (token.state === 'prompt') return 'Every reading goes through the prompt.';
  return `${named(token.text)} is removed: only members that are live have kin.`;
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
    const through = list(members.map(({ text, share }) => `${call(text)} ${part(share)}`));
    sentences.push(`${name} came through ${through} at position ${before.position}.`);
  } else sentences.push(`There was no choice before ${name}.`);
  const [after] = future;
  const alone = isAlone(chain, kin);
  if (!after) sentences.push(`Nothing follows ${name} yet.`);
  else if (alone) sentences.push('It is the only one at its position, so everything that follows came through it.');
  else {
    const members = list(after.members.map(({ text, share }) => `${part(share)} of ${call(text)}`));
    sentences.push(`At position ${after.position}, ${members} came through ${name}.`);
  }
  const more = Math.max(0, past.length - 1) + (alone ? 0 : Math.max(0, future.length - 1));
  if (more > 0) sentences.push(`${plural(more, 'further set')} in the table.`);
  return sentences.join(' ');
}

/** What a cell says while another member's kin are shown. */
export function kinWords(view: ViewState, chain: Chain, kin: Kin, slot: Slot): string {
  if (slot === kin.slot) return 'its kin are shown';
  const share = kin.shares.get(slot);
  const subject = view.tokens[kin.slot];
  if (share === undefined || !subject) return '';
  const own = chain.places.get(kin.slot)?.link ?? 0;
  const there = chain.places.get(slot)?.link ?? 0;
  return there < own
    ? `${percentWords(share)} of ${spoken(subject.text)} came through it`
    : `${percentWords(share)} of it came through ${spoken(subject.text)}`;
}

/** One row per member of another set. */
export function kinTable(view: ViewState, chain: Chain, kin: Kin): Table {
  const subject = view.tokens[kin.slot];
  const name = subject ? named(subject.text) : '';
  const sets = kinSets(view, chain, kin).sort((a, b) => a.column - b.column);
  return {
    caption: `Kin of ${name} (slot ${kin.slot}): of earlier members the share of ${name} that came through each, of later ones the share that came through ${name}`,
    columns: [
      { name: 'position', kind: 'number' },
      { name: 'slot', kind: 'number' },
      { name: 'token', kind: 'token' },
      { name: 'side' },
      { name: 'share', kind: 'number', digits: 4 },
    ],
    rows: sets.flatMap((set) =>
      set.members.map((member): Cell[] => [set.position, member.slot, member.text, set.side, member.share]),
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

/** What was measured of attention; said wherever it is shown as if it spoke for a member. */
export const ATTENTION_NOTE =
  'Attention is no evidence: within a set it tells the right member from a wrong one hardly better than a coin (AUC 0.50 ' +
  'to 0.57, where 0.5 is chance and 1 is always right), and a set draws 1.4 to 3.3 times the attention of one token ' +
  '(SmolLM2-135M and Gemma 3 270M).';

/** `" cat" had 62 % of its set when it was chosen; what followed makes it 91 %.` */
export function standingSentence(token: Token, { prior, gamma }: Standing, isNewest: boolean): string {
  const before = `${named(token.text)} had ${percent(prior)} of its set when it was chosen`;
  if (gamma === null) return `${before}.`;
  if (isNewest) return `${before}; with all that came before it, ${percent(gamma)}.`;
  return `${before}; what was chosen since makes it ${percent(gamma)}.`;
}
