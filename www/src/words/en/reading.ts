// The words of the reading under the lattice: what it is, how well it reads, and how to choose another one.

import type { ReadingKind } from '../../contract';
import { NBSP, count, number, percent, plural } from '../../format';

/** One of the run's readings, or the one that goes through words that were chosen by hand. */
export type ShownKind = ReadingKind | 'chosen';

export const TITLE = 'One way to read it';
export const KIND_LABEL = 'Which reading';
export const LIST_LABEL = 'List of readings';
export const COPY_LABEL = 'Copy this reading';
export const RACE_LABEL = 'Compare ways to choose words';
export const BACK_LABEL = 'Back to the best reading';
export const WORDS_LABEL = 'The reading. Words with a frame have alternatives';
export const WORDS_HINT = 'Left and Right go from choice to choice, Enter opens one.';
export const AHEAD = 'ahead';

/** What a cell of the lattice says beside its own. */
export const CELL_READ = 'in the reading';
export const CELL_CHOSEN = 'chosen by you';
export const CELL_AHEAD = 'a word ahead of its neighbour';

/** What the kinds are called. */
export const READING_NAMES: Readonly<Record<ReadingKind, string>> = {
  viterbi: 'Best fit',
  probable: 'Likeliest at each place',
  scored: 'Best as text',
  drawn: 'Another reading',
  sample: 'A sample',
  beam: 'A beam',
  search: 'A search',
};

/** "best-fitting reading (Viterbi)", for captions and files. */
export function readingName(kind: ShownKind, seed: number, chosen: string, score?: number): string {
  switch (kind) {
    case 'viterbi':
      return 'best-fitting reading (Viterbi)';
    case 'probable':
      return 'most probable member of every set';
    case 'scored':
      return `best reading as ordinary text${score === undefined ? '' : `, ln${NBSP}p ${nats(score)}`}`;
    case 'drawn':
      return `reading drawn with seed ${seed}`;
    case 'sample':
    case 'beam':
    case 'search':
      return `text of the decoder ${kind}`;
    case 'chosen':
      return `best-fitting reading through ${chosen}`;
  }
}

/** The same in the few words that stand beside its title. */
export const IN_SHORT: Readonly<Record<ShownKind, string>> = {
  viterbi: 'the words that fit each other best, not always the likeliest at their place',
  probable: 'the likeliest word at each place, whether or not they fit each other',
  scored: 'the best as a whole, as the model itself finds it',
  drawn: 'drawn by chance, likely ways more often',
  chosen: 'the best one through the words in thick frames',
  sample: 'of another decoder',
  beam: 'of another decoder',
  search: 'of another decoder',
};

/** What a reading of this kind is. `chosen` names the words that were chosen. */
export function kindNote(kind: ShownKind, seed: number, hasChain: boolean, chosen: string): string {
  switch (kind) {
    case 'viterbi':
      return 'The path whose words follow each other best, by what each word says of the next: the Viterbi path, as the field calls it.';
    case 'scored':
      return 'The path that the model itself finds most probable as ordinary text, as far as it is shown here.';
    case 'drawn':
      return `A path drawn by chance, as often as the words say that it follows (seed${NBSP}${seed}).`;
    case 'probable': {
      const plain = 'The most probable word of every position, each on its own: neighbours need not fit.';
      return hasChain ? plain : `${plain} ${NO_CHAIN}`;
    }
    case 'sample':
    case 'beam':
    case 'search':
      return 'A text that another decoder made.';
    case 'chosen':
      return hasChain
        ? `Your choice: the path through ${chosen} whose other words fit best.`
        : `Your choice: ${chosen}, and the most probable word everywhere else. ${NO_CHAIN}`;
  }
}

const NO_CHAIN =
  'This recording has no chain: what each word says of the next was not recorded, so nothing is known of how they fit.';

export const NO_OTHER =
  'This recording has no chain, so there is no other reading by itself. A word can still be chosen.';

/** "−12.3" */
function nats(x: number): string {
  return number(x, 4).replace('-', '\u2212');
}

/** What the model says of a reading as a whole. */
export function scoreNote(score: number, words: number, exact: boolean): string {
  const mean = words > 0 ? `, ${nats(score / words)} a token` : '';
  const search = exact ? 'of all paths it is the best' : 'of the paths that were followed it is the best';
  return `Its score, ln${NBSP}p: ${nats(score)}${mean}; ${search}.`;
}

/** How well the words of a reading follow each other on average. */
export function fitNote(fit: number): string {
  return `On average a word of it is ${percent(fit)} likely after the word before.`;
}

/** The same of a reading that was chosen, against the best one, which is `times` as likely as a whole. */
export function chosenFitNote(fit: number, best: number, times: number): string {
  const average = `On average a word of it is ${percent(fit)} likely after the word before, in the best reading ${percent(best)}`;
  return `${average}; as a whole it is ${timesWords(times)}.`;
}

function timesWords(times: number): string {
  if (times < 1.05) return 'as likely as the best reading';
  if (!Number.isFinite(times)) return 'a reading that the model finds impossible';
  if (times > 1e6) return 'more than a million times less likely';
  const digits = times < 9.95 ? String(Number(times.toFixed(1))) : String(Number(times.toPrecision(2)));
  return `${digits.replace(/\B(?=(\d{3})+$)/g, NBSP)} times less likely`;
}

/** How many ways there are. */
export function countNote(only: boolean, total: string, hasScored: boolean): string {
  const none = hasScored
    ? `but for “${READING_NAMES.scored}” the model scored none of them`
    : 'the model scored none of them';
  return only
    ? 'There is no other way to read it.'
    : `One of ${total} ways to read it; ${none} as a whole, and some are nonsense.`;
}

/** A large number by its first digit: "about 40 million", "about 3 × 10^12". */
export function about(n: string, unit: 'million' | 'billion'): string {
  return `about ${n}${NBSP}${unit}`;
}
export function aboutPower(digit: string, power: number): string {
  return `about ${digit} × 10^${power}`;
}

export function listNote(hasChain: boolean, shown: number, total: string): string {
  const order = hasChain
    ? 'In the order of how well their words follow each other'
    : 'In the order of the product of their members’ probabilities';
  return `${order}; ${shown} of ${total} shown.`;
}

export function moreLabel(step: number): string {
  return `Show ${step} more`;
}

/** The button of a word: its text, and that there is a choice. */
export function wordLabel(text: string, members: number, chosen: boolean, ahead: boolean): string {
  const parts = [`${text}: one of ${members} words here`];
  if (chosen) parts.push('chosen by you');
  if (ahead) parts.push('a word ahead, the next one says the same');
  return parts.join(', ');
}

/** The button in the place of what is left out of a long prompt. */
export function promptLabel(characters: number): string {
  return `Show ${count(characters)} more characters of the prompt`;
}

/** What is copied: the text, and what it is. */
export function copiedText(text: string, model: string, note: string, isScored: boolean): string {
  const unscored = isScored ? '' : ' The model did not score it as a whole.';
  return `${text}\n\n(A reading of a run of TEMPO with ${model}. ${note}${unscored})`;
}
export const COPIED = 'Copied';
export function notCopied(why: string): string {
  return `Not copied: ${why}`;
}

/** Said when the reading changes. */
export function readingSaid(name: string, text: string): string {
  return `Reading, ${name}: ${text}`;
}

/** The menu of one position. */
export const MENU = {
  share: 'share',
  fit: 'fits',
  title: (position: number): string => `Words at position ${position}`,
  item: (word: string, share: string, fit: string | null): string =>
    fit === null ? `${word}, ${share}` : `${word}, ${share}, fits ${fit}`,
  note: (before: string | null, after: string | null): string => {
    const share = 'Share: how likely the word was when it was chosen.';
    if (before === null && after === null) return share;
    const place =
      before === null ? `before ${after ?? ''}` : after === null ? `after ${before}` : `between ${before} and ${after}`;
    return `${share} Fits: how well each goes ${place}, compared with the others here.`;
  },
  loose: 'Let the fit decide here',
} as const;

/** Why neighbours say the same word: `ahead` at this position is a word ahead of `behind`. */
export function stutterNote(
  ahead: string,
  behind: string,
  position: number,
  isRead: boolean,
  hasChain: boolean,
): string {
  const why =
    `Neighbours may say the same word, because one alternative is a word ahead of the other: at position ${position}, ` +
    `${ahead} is what comes after ${behind}. Such words are marked “${AHEAD}”.`;
  if (isRead) return `${why} This reading takes both, so it says ${ahead} twice.`;
  return hasChain
    ? `${why} Readings are ranked by what each word itself says of the next, so the best one says it once.`
    : why;
}

/** Ordinary decoding beside the reading. */
export const ORDINARY = {
  title: 'Ordinary decoding',
  what: 'the likeliest next word each time, and nothing beside it',
  underWay: 'Ordinary decoding is being computed.',
  parts: 'The bar marks where the two part.',
  partsHere: 'from here it differs:',
  same: 'The same so far.',
  compare: (steps: number): string => `Compare with ordinary decoding (${plural(steps, 'step')})`,
  steps: (steps: number | null): string => (steps === null ? '' : `${plural(steps, 'step')}, computed after the run.`),
} as const;
