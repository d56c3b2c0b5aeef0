import { expect, test } from 'vitest';
import { chainAt } from './chain';
import { readingOf } from './describe/reading';
import { stutterSentence } from './describe/stutter';
import { viewAt } from './reduce';
import { stutters, stuttersOn } from './stutter';
import { made, recorded, type MadeStep } from './testing';
import type { Trace } from './view-state';

function pairsOf(trace: Trace): string[] {
  const view = viewAt(trace, trace.steps.length - 1);
  const text = (slot: number): string => view.tokens[slot]!.text;
  return stutters(view, chainAt(trace, view)).map(
    ({ ahead, again, behind }) => `${text(ahead)}|${text(again)}|${text(behind)}`,
  );
}

const COMMA: MadeStep = { set: [[',', 0.6], [' there', 0.3]] }; // prettier-ignore

test('a member is ahead when the next set says the same word because of another member', () => {
  const steps: MadeStep[] = [COMMA, { set: [[' there', 0.5], [' was', 0.4]], chain: [[0.9, 0], [0, 0.9]] }]; // prettier-ignore
  expect(pairsOf(made({}, steps))).toEqual([' there| there|,']);
  // The space in front does not make it another word.
  const glued: MadeStep[] = [COMMA, { set: [['there', 0.5]], chain: [[0.9, 0]] }]; // prettier-ignore
  expect(pairsOf(made({}, glued))).toEqual([' there|there|,']);
});

test('without a chain the same word is enough', () => {
  expect(pairsOf(made({}, [COMMA, { set: [[' there', 0.5]] }]))).toEqual([' there| there|,']);
});

test('a word that is meant to come twice is no stutter', () => {
  const very: MadeStep[] = [
    { set: [[' very', 0.6], [' big', 0.3]] }, // prettier-ignore
    { set: [[' very', 0.5]], chain: [[0.4, 0.01]] }, // prettier-ignore
  ];
  expect(pairsOf(made({}, very))).toEqual([]);
  // One word alone at its position is ahead of nobody.
  expect(pairsOf(made({}, [{ set: [[' ha', 1]] }, { set: [[' ha', 1]], chain: [[0.9]] }]))).toEqual([]);
  // White space is no word.
  const lines: MadeStep[] = [{ set: [['\n', 0.5], ['.', 0.4]] }, { set: [['\n', 0.5]], chain: [[0, 0.9]] }]; // prettier-ignore
  expect(pairsOf(made({}, lines))).toEqual([]);
});

test('a member that is gone is neither ahead nor said again', () => {
  const removed: MadeStep[] = [
    COMMA,
    { set: [[' there', 0.5], [' was', 0.4]], chain: [[0.9, 0], [0, 0.9]], verdicts: [{ slot: 3, keep: false }] }, // prettier-ignore
  ];
  expect(pairsOf(made({ removal: 'mask' }, removed))).toEqual([]);
});

const chained = recorded().filter(({ trace }) => trace.run.version > 1);
/** Pairs that a kind of reading takes both members of, at any step of the run. */
function said(trace: Trace, kind: 'viterbi' | 'probable'): number {
  return trace.steps.reduce((sum, { step }) => {
    const view = viewAt(trace, step);
    const chain = chainAt(trace, view);
    const path = new Set(readingOf(view, chain, kind).words.map(({ slot }) => slot));
    return sum + stuttersOn(stutters(view, chain), path).length;
  }, 0);
}

test('in recorded runs the best fit says no word twice; the top of each set, which asks nobody, does', () => {
  for (const { name, trace } of chained) expect(said(trace, 'viterbi'), name).toBe(0);
  expect(chained.reduce((sum, { trace }) => sum + said(trace, 'probable'), 0)).toBeGreaterThan(0);
});

test('the sentence names the pair that the reading takes, else the first, and says what it means', () => {
  const steps: MadeStep[] = [COMMA, { set: [[' there', 0.5], [' was', 0.4]], chain: [[0.9, 0], [0, 0.9]] }]; // prettier-ignore
  const trace = made({}, steps);
  const view = viewAt(trace, 1);
  const pairs = stutters(view, chainAt(trace, view));
  const sentence = (path: number[], hasChain = true): string =>
    stutterSentence(view, pairs, stuttersOn(pairs, new Set(path)), hasChain).replace(/\u00a0/g, ' ');
  expect(sentence([2, 4])).toMatch(
    /at position 2, “there” is what comes after “,”\. .*ranked by what each word itself/,
  );
  expect(sentence([3, 4])).toMatch(/This reading takes both, so it says “there” twice\./);
  expect(sentence([2, 4], false)).not.toMatch(/ranked/);
  expect(stutterSentence(view, [], [], true)).toBe('');
});
