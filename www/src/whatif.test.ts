import { describe, expect, test } from 'vitest';
import { DEFAULTS, type GenerationOptions, type StepEvent } from './contract';
import { limitAt, progressOf } from './schedule';
import { fixtures, made, recorded } from './testing';
import { whatIfSelection, whatIfVerdicts } from './whatif';

const all = [...fixtures(), ...recorded()];

describe('the recorded settings give the recorded run', () => {
  test.each(all)('$name: the set', ({ trace }) => {
    for (const event of trace.steps) {
      const again = whatIfSelection(event, trace.run.options, event.threshold);
      expect(again.in.map((token) => token.id)).toEqual(event.set.map((member) => member.id));
      expect(again.ended.map((token) => token.id)).toEqual(event.ended.map((token) => token.id));
      expect(again.fallback).toBe(event.fallback);
      if (again.aboveIsLeast) expect(again.above).toBeLessThan(event.above);
      else expect(again.above).toBe(event.above);
      expect(again.truncated).toBe(false);
    }
  });

  test.each(all)('$name: the verdicts', ({ trace }) => {
    const { options } = trace.run;
    for (const event of trace.steps) {
      const limit = limitAt(options, progressOf(event.step, options.max_steps));
      const again = whatIfVerdicts(trace, event.step, {
        rule: options.removal_rule,
        limit,
        relative: options.relative,
      });
      expect(again.map(({ slot, keep }) => ({ slot, keep }))).toEqual(
        event.verdicts.map(({ slot, keep }) => ({ slot, keep })),
      );
      expect(again.some((verdict) => verdict.changed)).toBe(false);
      for (const [index, verdict] of again.entries()) {
        expect(verdict.limit).toBeCloseTo(event.verdicts[index]?.limit ?? NaN, 5);
        if (event.verdicts[index]?.unattended) expect(verdict.spared).toBe(true);
      }
    }
  });
});

/** Probabilities 0.4, 0.3, 0.2 of tokens 1, 2, 3, the rest unknown; token 1 and 2 were chosen at 0.25. */
function step(change: Partial<StepEvent> = {}): StepEvent {
  const candidates = [0.4, 0.3, 0.2].map((probability, index) => ({
    id: index + 1,
    text: `t${index + 1}`,
    probability,
  }));
  const trace = made({}, [
    {
      set: [
        ['t1', 0.4],
        ['t2', 0.3],
      ],
    },
  ]);
  const event = trace.steps[0] ?? expect.fail();
  const set = event.set.map((member, index) => ({ ...member, id: index + 1 }));
  return { ...event, threshold: 0.25, above: 2, candidates, set, ...change };
}

function chosen(threshold: number, options: Partial<GenerationOptions> = {}, change: Partial<StepEvent> = {}) {
  const found = whatIfSelection(step(change), { ...DEFAULTS, ...options }, threshold);
  return { ...found, in: found.in.map((token) => token.id), out: found.out.map((token) => token.id) };
}

describe('another threshold', () => {
  test('takes those who reach it, ties too', () => {
    expect(chosen(0.2)).toMatchObject({ in: [1, 2, 3], out: [], above: 3, fallback: false });
    expect(chosen(0.3)).toMatchObject({ in: [1, 2], out: [3], above: 2 });
    expect(chosen(0.35)).toMatchObject({ in: [1], out: [2, 3], above: 1 });
  });
  test('adds up the mass', () => expect(chosen(0.2).mass).toBeCloseTo(0.9, 12));
  test('that nobody reaches leaves the most probable', () => {
    expect(chosen(0.7)).toMatchObject({ in: [1], out: [2, 3], above: 0, fallback: true, truncated: false });
  });
  test('at or above the recorded one everybody is known', () => {
    expect(chosen(0.25)).toMatchObject({ truncated: false, aboveIsLeast: false });
  });
  test('below the last recorded token there may be more', () => {
    expect(chosen(0.05)).toMatchObject({ in: [1, 2, 3], truncated: true, aboveIsLeast: true });
  });
  test('but not when what is left of 1 is too little', () => {
    // 0.1 is left for all others together.
    expect(chosen(0.15)).toMatchObject({ truncated: false, aboveIsLeast: false });
    expect(chosen(0.1)).toMatchObject({ truncated: true });
  });
  test('and not when a limit cuts before them', () => {
    expect(chosen(0.05, { max_set: 3 })).toMatchObject({ in: [1, 2, 3], truncated: false, aboveIsLeast: true });
    expect(chosen(0.05, { max_set: 2 })).toMatchObject({ in: [1, 2], out: [3], truncated: false });
    expect(chosen(0.05, { top_k: 3 })).toMatchObject({ truncated: false });
    expect(chosen(0.05, { max_set: 0 })).toMatchObject({ truncated: true });
  });
  test('top-k and top-p cut a prefix, the token that crosses the mass is in', () => {
    expect(chosen(0.05, { top_k: 1 }).in).toEqual([1]);
    expect(chosen(0.05, { top_p: 0.39 }).in).toEqual([1]);
    expect(chosen(0.05, { top_p: 0.41 }).in).toEqual([1, 2]);
    expect(chosen(0.05, { top_p: 0 }).in).toEqual([1, 2, 3]);
  });
  test('readings known to have ended are apart', () => {
    const ended = [{ id: 2, text: 't2', probability: 0.3 }];
    const set = step().set.slice(0, 1);
    const found = chosen(0.2, {}, { ended, set });
    expect([found.in, found.ended.map((token) => token.id), found.out]).toEqual([[1, 3], [2], []]);
    expect(found.mass).toBeCloseTo(0.6, 12);
    expect(chosen(0.35, {}, { ended, set })).toMatchObject({ in: [1], ended: [], out: [2, 3] });
  });
  test('members beyond the recorded candidates are known too', () => {
    const found = chosen(0.25, {}, { candidates: step().candidates.slice(0, 1) });
    expect(found).toMatchObject({ in: [1, 2], out: [] });
  });
});

describe('another limit', () => {
  const trace = made({ removal: 'mask' }, [
    {
      set: [
        ['a', 0.5],
        ['b', 0.3],
      ],
    },
    {
      set: [
        ['c', 0.5],
        ['d', 0.3],
      ],
      verdicts: [
        { slot: 2, score: 0.7 },
        { slot: 3, score: 0.3 },
      ],
    },
    {
      set: [['e', 1]],
      verdicts: [2, 3, 4, 5].map((slot, index) => ({ slot, score: [0.7, 0.3, 0.5, 0.5][index] ?? 0 })),
    },
  ]);
  const keeps = (step: number, what: Partial<Parameters<typeof whatIfVerdicts>[2]>): boolean[] =>
    whatIfVerdicts(trace, step, { rule: 'relative', limit: 0, relative: 0.5, ...what }).map((verdict) => verdict.keep);

  test('relative is a share of the mean of each set', () => {
    expect(keeps(1, { relative: 0.5 })).toEqual([true, true]);
    expect(keeps(1, { relative: 0.7 })).toEqual([true, false]);
    expect(keeps(2, { relative: 0.9 })).toEqual([true, false, true, true]);
  });
  test('absolute is the limit itself, ties stay', () => {
    expect(keeps(2, { rule: 'absolute', limit: 0.5 })).toEqual([true, false, true, true]);
    expect(keeps(2, { rule: 'absolute', limit: 0.3 })).toEqual([true, true, true, true]);
  });
  test('the best one stays when nobody passes, of equals the lower slot', () => {
    const verdicts = whatIfVerdicts(trace, 2, { rule: 'absolute', limit: 2, relative: 0 });
    expect(verdicts.map((verdict) => verdict.keep)).toEqual([true, false, true, false]);
    expect(verdicts.map((verdict) => verdict.spared)).toEqual([true, false, true, false]);
    expect(verdicts.map((verdict) => verdict.changed)).toEqual([false, true, false, true]);
  });
  test('unless the whole position goes', () => {
    const strict = {
      ...trace,
      run: { ...trace.run, options: { ...trace.run.options, removal_keep: 'remove-position' as const } },
    };
    const verdicts = whatIfVerdicts(strict, 2, { rule: 'absolute', limit: 2, relative: 0 });
    expect(verdicts.some((verdict) => verdict.keep || verdict.spared)).toBe(false);
  });
  test('steps without verdicts have none', () => {
    expect([keeps(0, {}), keeps(-1, {}), keeps(99, {})]).toEqual([[], [], []]);
  });
});
