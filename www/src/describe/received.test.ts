import { describe, expect, test } from 'vitest';
import { NBSP } from '../format';
import { laterRows } from '../history';
import { arcsLayout } from '../layout/arcs';
import { setsOf, trialOf } from '../layout/received';
import { viewAt } from '../reduce';
import { fixtures, made, recorded } from '../testing';
import type { GenerationOptions, Verdict } from '../contract';
import {
  arcsSentence,
  receivedTable,
  shareOfMean,
  sinkSentence,
  trialNote,
  verdictSentence,
  verdictWord,
  whatIfWord,
} from './received';

const plain = (text: string): string => text.replaceAll(NBSP, ' ');

function judged(options: Partial<GenerationOptions>, child: Partial<Verdict>) {
  return made({ removal: 'mask', removal_score: 'attention', ...options }, [
    {
      set: [
        [' cat', 0.6],
        [' child', 0.3],
      ],
      received: [0.4, 0.2, 0.2, 0.2],
    },
    {
      set: [
        [' sat', 0.6],
        [' ran', 0.4],
      ],
      received: [0.5, 0.3, 0.018, 0.004, 0.1, 0.078],
      verdicts: [
        { slot: 2, score: 0.018, limit: 0.011 },
        { slot: 3, score: 0.004, limit: 0.011, ...child },
      ],
    },
  ]);
}

function card(options: Partial<GenerationOptions>, child: Partial<Verdict>): string {
  const trace = judged(options, child);
  const view = viewAt(trace, 1);
  return plain(verdictSentence(trace, trialOf(trace, view, view.columns[2]!).rows[1]!));
}

test('the verdict card', () => {
  expect(card({}, { keep: false })).toBe(
    '" child" got 0.4 % on average from 2 later tokens (1 step); the line is 1.1 % (half the set\'s mean). ' +
      'Removed at step 1. Later tokens do not see it (mask).',
  );
  expect(card({ removal_rule: 'absolute' }, { keep: false })).toContain('the limit is 1.1 %.');
  expect(card({ removal: 'report' }, { keep: false })).toContain('Judged too weak at step 1. This is only reported');
  expect(card({}, { keep: true, score: 0.5 })).toMatch(/Kept at step 1\.$/);
  expect(card({}, { keep: true })).toMatch(/although it is below the line: one member has to stay\.$/);
});

test('a verdict shows the digit that decided', () => {
  const text = card({ removal_score: 'share' }, { score: 0.446, limit: 0.45, keep: false });
  expect(text).toContain('44.6 % of what its set got; the line is 45.0 %');
});

test('every score has its own words', () => {
  expect(card({ removal_score: 'share' }, { score: 0.18 })).toContain(
    'got 0.4 % on average from 2 later tokens (1 step), 18 % of what its set got',
  );
  expect(card({ removal_score: 'share-ratio' }, { score: 0.62 })).toContain('0.62 times its weight in the set');
  expect(card({ removal_score: 'posterior' }, { score: 0.12 })).toContain('has a probability of 12 % (its posterior)');
});

test('the mean in words', () => {
  expect([0.5, 1, 0.9].map(shareOfMean)).toEqual(["half the set's mean", "the set's mean", "0.9 of the set's mean"]);
});

test('one word for the end of a row', () => {
  const trace = judged({}, { keep: false });
  const view = viewAt(trace, 1);
  const trial = trialOf(trace, view, view.columns[2]!, { rule: 'relative', limit: 0, relative: 0.1 });
  expect(trial.rows.map((row) => verdictWord(trace, row))).toEqual(['kept', 'removed at step 1']);
  expect(trial.rows.map(whatIfWord)).toEqual(['would stay, as recorded', 'would stay']);
});

test('why there is no trial', () => {
  const trace = judged({}, {});
  const note = (step: number, column: number, options: Partial<GenerationOptions> = {}): string => {
    const other = { ...trace, run: { ...trace.run, options: { ...trace.run.options, ...options } } };
    const view = viewAt(other, step);
    return trialNote(other, view.columns[column]!, trialOf(other, view, view.columns[column]!));
  };
  expect(note(1, 0)).toMatch(/never judged/);
  expect(note(0, 2)).toBe('It is judged after 1 later step.');
  expect(note(0, 2, { removal: 'off' })).toMatch(/Removal is off/);
  expect(note(1, 2)).toBe('');
});

test('the sink and the arcs', () => {
  const trace = judged({}, {});
  const view = viewAt(trace, 1);
  expect(plain(sinkSentence(trace, view))).toBe('"A", the first token, received 50 % of the attention of step 1.');
  const arcs = arcsLayout(trace, view, 3, { cut: 0.02, ignoreFirst: false, character: 8, padding: 7, mostHeight: 100 });
  expect(plain(arcsSentence(view.tokens[3]!, arcs, 0.02))).toBe(
    '0 arcs into " child"; 1 below 2 % hidden, 0.4 % each on average.',
  );
});

test('a window counts the latest steps only', () => {
  const trace = made({ window: 1 }, [
    { set: [[' a', 1]] },
    {
      set: [
        [' b', 0.5],
        [' c', 0.5],
      ],
    },
    { set: [[' d', 1]] },
  ]);
  expect(laterRows(trace, 2, 2)).toEqual({ rows: 1, steps: 1 });
  const all = made({}, [
    { set: [[' a', 1]] },
    {
      set: [
        [' b', 0.5],
        [' c', 0.5],
      ],
    },
    { set: [[' d', 1]] },
  ]);
  expect(laterRows(all, 2, 2)).toEqual({ rows: 3, steps: 2 });
});

describe('every fixture', () => {
  test.each([...fixtures(), ...recorded()])('$name: tables are whole and sentences have no holes', ({ trace }) => {
    const view = viewAt(trace, trace.steps.length - 1);
    for (const column of setsOf(view)) {
      const trial = trialOf(trace, view, column);
      for (const row of trial.rows) expect(verdictSentence(trace, row)).not.toMatch(/NaN|undefined|null/);
    }
    for (const token of view.tokens) {
      const table = receivedTable(trace, view, token.slot);
      for (const row of table.rows) expect(row.length).toBe(table.columns.length);
    }
  });
});
