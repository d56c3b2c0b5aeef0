import { describe, expect, test } from 'vitest';
import { viewAt } from '../reduce';
import { fixtures, made, recorded } from '../testing';
import { looksOf } from './looks';
import { focusSlot, groupedByStep, liveFocusSlot, niceTop, setsOf, sparkPath, trialOf } from './received';

const run = made({ removal: 'mask', relative: 0.9 }, [
  {
    set: [
      [' cat', 0.6],
      [' dog', 0.3],
    ],
    received: [0.4, 0.2, 0.2, 0.2],
  },
  {
    set: [[' sat', 1]],
    received: [0.5, 0.1, 0.2, 0.1, 0.1],
    verdicts: [
      { slot: 2, score: 2 / 3, limit: 0.45, keep: true },
      { slot: 3, score: 1 / 3, limit: 0.45, keep: false },
    ],
  },
  { set: [['.', 1]], received: [0.5, 0.1, 0.1, 0, 0.2, 0.1] },
]);

test('a trial says what was received, asked and decided', () => {
  const view = viewAt(run, 2);
  const trial = trialOf(run, view, view.columns[2]!);
  expect(trial.step).toBe(1);
  expect(trial.meanScore).toBeCloseTo(0.5);
  expect(trial.rows.map((row) => [row.slot, row.keep, row.removed, row.step])).toEqual([
    [2, true, false, 1],
    [3, false, true, 1],
  ]);
  // The evidence is that of the verdict; the mean goes on.
  expect(trial.rows[0]?.evidence).toBeCloseTo(0.2);
  expect(trial.rows[0]?.mean).toBeCloseTo(0.15);
});

test('a limit that is tried recolours the verdicts and nothing else', () => {
  const view = viewAt(run, 2);
  const trial = trialOf(run, view, view.columns[2]!, { rule: 'relative', limit: 0.01, relative: 0.5 });
  expect(trial.rows.map((row) => row.whatIf?.keep)).toEqual([true, true]);
  expect(trial.rows.map((row) => row.whatIf?.changed)).toEqual([false, true]);
  expect(trial.rows.map((row) => row.keep)).toEqual([true, false]);
});

test('before the verdict there is none', () => {
  const view = viewAt(run, 0);
  const trial = trialOf(run, view, view.columns[2]!);
  expect([trial.step, trial.meanScore, trial.rows[0]?.score, trial.most]).toEqual([null, null, null, 1]);
});

test('what is shown when nothing is selected', () => {
  expect(focusSlot(viewAt(run, -1))).toBeNull();
  expect(focusSlot(viewAt(run, 0))).toBe(2);
  expect(focusSlot(viewAt(run, 2))).toBe(3);
  expect(setsOf(viewAt(run, 2)).map((column) => column.index)).toEqual([2]);
});

test('the axis ends at a round number above the largest', () => {
  expect([0, 0.007, 0.011, 0.45, 0.61, 1, 7.2].map(niceTop)).toEqual([1, 0.008, 0.015, 0.5, 0.8, 1, 8]);
});

test('a line needs two points', () => {
  const point = { step: 3, score: 0.2, limit: 0.1 };
  expect(sparkPath([point], 'score', 10, 10, 1)).toBeNull();
  expect(sparkPath([point, { ...point, step: 4, score: 1 }], 'score', 10, 10, 1)).toBe('M0.0 8.0L10.0 0.0');
});

test('later looks leave out the step of birth', () => {
  const looks = looksOf(run, 2, 2, { width: 100, height: 50 }, false);
  expect(looks.bars.map((bar) => [bar.step, bar.value, bar.mean])).toEqual([
    [1, 0.2, 0.2],
    [2, 0.1, expect.closeTo(0.15)],
  ]);
  expect(looks.bars[0]?.height).toBeCloseTo((50 * 0.2) / looks.most);
  expect(looksOf(run, 5, 2, { width: 100, height: 50 }, false).bars).toEqual([]);
});

describe('every fixture', () => {
  test.each([...fixtures(), ...recorded()])('$name: trials repeat the recorded verdicts', ({ trace }) => {
    for (let step = 0; step < trace.steps.length; step++) {
      const view = viewAt(trace, step);
      const { removal_rule: rule, relative, removal_limit: limit } = trace.run.options;
      for (const column of setsOf(view)) {
        const trial = trialOf(trace, view, column, rule === 'relative' ? { rule, relative, limit } : null);
        for (const row of trial.rows) {
          expect(row.points.at(-1)?.step ?? null).toBe(row.step);
          const verdict = view.tokens[row.slot]?.verdict;
          expect(row.score).toBe(verdict?.verdict.score ?? null);
          expect(row.keep).toBe(verdict?.verdict.keep ?? true);
          expect(row.score ?? 0).toBeLessThanOrEqual(trial.most);
          // The run's own rule changes no verdict.
          if (row.whatIf) expect(row.whatIf.changed, `step ${step} slot ${row.slot}`).toBe(false);
        }
      }
    }
  });
});

test('where a model can be asked, a member that is still there is shown, never a removed one', () => {
  expect(liveFocusSlot(viewAt(run, -1))).toBe(0);
  expect(liveFocusSlot(viewAt(run, 0))).toBe(1);
  expect(liveFocusSlot(viewAt(run, 2))).toBe(2);
  for (const { trace } of fixtures()) {
    const view = viewAt(trace, trace.steps.length - 1);
    const slot = liveFocusSlot(view);
    if (view.live > 1) expect(view.tokens[slot ?? -1]?.state).not.toBe('removed');
  }
});

test('members that were judged in different steps are told apart, the latest first', () => {
  const trace = made({ removal: 'mask', removal_score: 'share' }, [
    {
      set: [
        [' a', 0.5],
        [' b', 0.3],
        [' c', 0.2],
      ],
    },
    { set: [[' d', 1]], verdicts: [{ slot: 2 }, { slot: 3, keep: false }, { slot: 4 }] },
    { set: [[' e', 1]], verdicts: [{ slot: 2 }, { slot: 4 }] },
  ]);
  const groups = (step: number): unknown => {
    const view = viewAt(trace, step);
    return groupedByStep(trialOf(trace, view, view.columns[2]!)).map((group) => [
      group.step,
      group.rows.map(({ slot }) => slot),
    ]);
  };
  expect(groups(2)).toEqual([
    [2, [2, 4]],
    [1, [3]],
  ]);
  expect(groups(1)).toEqual([[1, [2, 3, 4]]]);
  expect(groups(0)).toEqual([[null, [2, 3, 4]]]);
});
