// Readings: one live member picked from each set. A reading is not something the model scored as a whole; what it is worth
// follows from what the row of each word says of the next one.

import { hasChain, type Chain } from '../chain';
import { bestThrough, drawn, fits, probable, viterbi, type Path } from '../chain-paths';
import type { ReadingKind, Slot } from '../contract';
import { viewAt } from '../reduce';
import { joinText } from '../text';
import type { Column, Token, Trace, ViewState } from '../view-state';
import * as texts from '../words/en/reading';
import { namedWord } from './named';
import { list } from './words';

export interface ReadingWord {
  column: number;
  slot: Slot;
  text: string;
  /** The other live members, most probable first. */
  others: Token[];
}

/** A reading of a moment. */
export interface ShownReading {
  kind: texts.ShownKind;
  /** Of a drawn one. */
  seed: number;
  /** The members that it was made to go through; empty but for one of that kind. */
  chosen: ReadonlySet<Slot>;
  words: ReadingWord[];
  /** What the chain says of it, in nats; null without a chain. */
  logProbability: number | null;
  /** What the model says of it as ordinary text; null where it was not asked, or of more than is shown. */
  scored: Scored | null;
}

/** The reading that a run has scored as ordinary text, at its end. */
export interface Scored {
  slots: ReadonlySet<Slot>;
  /** The step of the last of its words. */
  step: number;
  /** In nats. */
  logProbability: number;
  words: number;
  /** No path was left out of the search for it. */
  exact: boolean;
}

const known = new WeakMap<object, Scored | null>();

/** The scored reading of a run; null where it has none, or one that is none of its members. */
export function scoredOf(trace: Trace): Scored | null {
  const told = trace.end?.readings?.find(({ kind }) => kind === 'scored');
  if (!told) return null;
  let found = known.get(told);
  if (found !== undefined) return found;
  const step = trace.steps.length - 1;
  const sets = viewAt(trace, step).columns.flatMap((column) => {
    const members = column.step === null ? [] : live(column);
    return members.length > 0 ? [members] : [];
  });
  const slots = sets.flatMap((members, at) => members.find(({ id }) => id === told.ids[at])?.slot ?? []);
  const words = slots.length;
  const fits = words === sets.length && words === told.ids.length;
  const { log_probability: logProbability, exact = false } = told;
  found = fits ? { slots: new Set(slots), step, logProbability, words, exact } : null;
  known.set(told, found);
  return found;
}

/** The members of a column that are not removed. */
export function live(column: Column): Token[] {
  return column.tokens.filter((token) => token.state !== 'removed');
}

/** The words of a path; without one, the most probable of each set, which stands first, but for those that are chosen. */
function wordsOf(view: ViewState, path: Path | null, wish: ReadonlySet<Slot> = NONE): ReadingWord[] {
  const words: ReadingWord[] = [];
  for (const column of view.columns) {
    if (column.step === null) continue;
    const members = live(column);
    const chosen = path?.slots[words.length];
    const word =
      chosen === undefined
        ? (members.find((token) => wish.has(token.slot)) ?? members[0])
        : members.find((token) => token.slot === chosen);
    if (!word) continue;
    const others = members.filter((token) => token !== word);
    words.push({ column: column.index, slot: word.slot, text: word.text, others });
  }
  return words;
}

const NONE: ReadonlySet<Slot> = new Set();

/**
 * The reading of this kind, or the best one through the members of `wish` that are live. A recording without a chain has
 * the most probable members only, and what is wished for.
 */
export function readingOf(
  view: ViewState,
  chain: Chain | null,
  asked: ReadingKind,
  seed = 0,
  wish: Iterable<Slot> = NONE,
  scored: Scored | null = null,
): ShownReading {
  // The scored one needs the model: where the run has none the best fit is shown for it.
  const kind = asked === 'scored' && !scored ? 'viterbi' : asked;
  const chosen = new Set(
    [...wish].filter((slot) => {
      const token = view.tokens[slot];
      return token !== undefined && token.state !== 'prompt' && token.state !== 'removed';
    }),
  );
  const shown =
    chosen.size > 0
      ? ({ kind: 'chosen', seed, chosen, scored: null } as const)
      : { kind, seed, chosen: NONE, scored: kind === 'scored' && scored?.step === view.step ? scored : null };
  if (!chain) {
    const byChoice = chosen.size > 0 ? shown : { ...shown, kind: 'probable' as const };
    return { ...byChoice, words: wordsOf(view, null, chosen), logProbability: null };
  }
  const path =
    chosen.size > 0
      ? bestThrough(chain, chosen)
      : kind === 'viterbi'
        ? viterbi(chain)
        : kind === 'drawn'
          ? drawn(chain, seed)
          : kind === 'scored'
            ? bestThrough(chain, scored!.slots)
            : probable(chain);
  return { ...shown, words: wordsOf(view, path), logProbability: path.logProbability };
}

/** The generated part of a reading as text. */
export function readingText(reading: ShownReading): string {
  return joinText(reading.words.map((word) => word.text));
}

/** The geometric mean of the probabilities along a reading: what a word of it has after the word before. */
export function meanFit({ words, logProbability }: ShownReading): number | null {
  return logProbability === null || words.length === 0 ? null : Math.exp(logProbability / words.length);
}

/** "best-fitting reading (Viterbi)", for captions and files. */
export function readingName(reading: ShownReading): string {
  return texts.readingName(reading.kind, reading.seed, chosenNames(reading), reading.scored?.logProbability);
}

/** `“sorry” and “loss”` */
function chosenNames({ words, chosen }: ShownReading): string {
  return list(words.filter(({ slot }) => chosen.has(slot)).map(({ text }) => namedWord(text)));
}

/** What this reading is and how well its words follow each other. Of one that was chosen, against the best one. */
export function readingNote(trace: Trace, reading: ShownReading, chain: Chain | null): string {
  const note = texts.kindNote(reading.kind, reading.seed, hasChain(trace), chosenNames(reading));
  const fit = meanFit(reading);
  if (fit === null || reading.logProbability === null) return note;
  if (reading.kind !== 'chosen' || !chain) {
    const { scored } = reading;
    const score = scored ? ` ${texts.scoreNote(scored.logProbability, scored.words, scored.exact)}` : '';
    return `${note}${score} ${texts.fitNote(fit)}`;
  }
  const best = viterbi(chain).logProbability;
  const mean = Math.exp(best / reading.words.length);
  return `${note} ${texts.chosenFitNote(fit, mean, Math.exp(best - reading.logProbability))}`;
}

/** A member that could stand at a word of a reading. */
export interface Alternative {
  token: Token;
  /** How well it goes between its neighbours in the reading, as a share of its set; null where that is not known. */
  fit: number | null;
  /** The reading takes it. */
  taken: boolean;
}

/** The live members at a word of a reading, most probable first. */
export function alternatives(view: ViewState, chain: Chain | null, reading: ShownReading, at: number): Alternative[] {
  const word = reading.words[at];
  const column = word && view.columns[word.column];
  if (!column) return [];
  // Words and links are the same sets: those that have a live member.
  const path = reading.words.map(({ slot }) => slot);
  const shares = chain && chain.links.length > 1 ? fits(chain, path, at) : null;
  return live(column).map((token) => {
    const place = chain?.places.get(token.slot);
    return { token, fit: (place && shares?.[place.member]) ?? null, taken: token.slot === word.slot };
  });
}

/** How many readings there are; a bigint, because forty sets of three make more than a number can count. */
export function readingCount(view: ViewState): bigint {
  let product = 1n;
  for (const column of view.columns) {
    const n = column.step === null ? 1 : live(column).length;
    if (n > 1) product *= BigInt(n);
  }
  return product;
}

/** "1", "5 184", "about 40 million", "about 3 × 10^12" */
export function readingCountWords(n: bigint): string {
  const digits = n.toString();
  const [first, rest] = [digits.charAt(0), digits.length - 1];
  if (rest < 7) return digits.replace(/\B(?=(\d{3})+$)/g, '\u00a0');
  if (rest < 9) return texts.about(first + '0'.repeat(rest - 6), 'million');
  if (rest < 12) return texts.about(first + '0'.repeat(rest - 9), 'billion');
  return texts.aboutPower(first, rest);
}
