import { describe, expect, test } from 'vitest';
import type { GenerationOptions, Visibility } from './contract';
import { sees, sightMatrix } from './sight';
import { fixtures, made, recorded, type MadeStep } from './testing';
import { removes } from './timeline';
import type { Trace } from './view-state';

/** Prompt 0 1, pair 2 3, pair 4 5, one 6. */
function run(options: Partial<GenerationOptions>, changes: Partial<MadeStep>[] = []): Trace {
  const pair: [string, number][] = [
    ['a', 0.6],
    ['b', 0.2],
  ];
  const steps: MadeStep[] = [{ set: pair }, { set: pair }, { set: [['c', 1]] }];
  return made(
    options,
    steps.map((step, index) => ({ ...step, ...changes[index] })),
  );
}

/** Rows are queries, columns keys: # seen, . not. */
function picture(trace: Trace, visibility?: Visibility, upto?: number): string[] {
  const matrix = sightMatrix(trace, upto, visibility);
  const slots = Array.from({ length: matrix.size }, (_, slot) => slot);
  return slots.map((query) => slots.map((key) => (matrix.at(query, key).sees ? '#' : '.')).join(''));
}

describe('inside a set', () => {
  test('isolated', () => {
    expect(picture(run({ visibility: 'isolated' }))).toEqual([
      '#......',
      '##.....',
      '###....',
      '##.#...',
      '#####..',
      '####.#.',
      '#######',
    ]);
  });
  test('visible', () => {
    const rows = picture(run({ visibility: 'visible' }));
    expect(rows.slice(2, 6)).toEqual(['####...', '####...', '######.', '######.']);
  });
  test('ordered', () => {
    const rows = picture(run({ visibility: 'ordered' }));
    expect(rows.slice(2, 6)).toEqual(['###....', '####...', '#####..', '######.']);
  });
  test('another rule can be asked for', () => {
    expect(picture(run({ visibility: 'isolated' }), 'visible')).toEqual(picture(run({ visibility: 'visible' })));
  });
  test('every reason', () => {
    const trace = run({});
    const why = (query: number, key: number, visibility: Visibility): string => sees(trace, query, key, visibility).why;
    expect(why(3, 3, 'isolated')).toBe('itself');
    expect(why(3, 1, 'isolated')).toBe('earlier');
    expect(why(3, 2, 'isolated')).toBe('isolated');
    expect(why(3, 4, 'isolated')).toBe('later');
    expect(why(0, 1, 'visible')).toBe('later');
    expect(why(2, 3, 'visible')).toBe('sibling');
    expect(why(3, 2, 'ordered')).toBe('sibling');
    expect(why(2, 3, 'ordered')).toBe('later-sibling');
  });
});

const GONE = [{}, {}, { verdicts: [{ slot: 3, keep: false }] }];

describe('after a removal', () => {
  /** Slot 3 is judged in step 1, so the rows of step 1 saw it and those of step 2 do not. */
  const early = [{}, { verdicts: [{ slot: 3, keep: false }] }];

  test.each(['mask', 'evict'] as const)('%s: rows that saw it still did', (removal) => {
    expect(picture(run({ removal }, early)).slice(4)).toEqual(['#####..', '####.#.', '###.###']);
  });

  test('mask hides, evict takes away', () => {
    expect(sees(run({ removal: 'mask' }, early), 6, 3)).toEqual({ sees: false, why: 'removed' });
    expect(sees(run({ removal: 'evict' }, early), 6, 3)).toEqual({ sees: false, why: 'not-held' });
  });

  test.each(['report', 'fade'] as const)('%s hides nobody', (removal) => {
    expect(picture(run({ removal }, early))).toEqual(picture(run({})));
  });

  test('rebuild: rows that saw it are computed anew', () => {
    const trace = run({ removal: 'rebuild' }, GONE);
    expect(picture(trace, undefined, 1).slice(4)).toEqual(['#####.', '####.#']);
    expect(picture(trace).slice(2)).toEqual(['###....', '##.#...', '###.#..', '###..#.', '###.###']);
    const matrix = sightMatrix(trace);
    expect([2, 4, 5, 6].map((slot) => matrix.computedIn(slot))).toEqual([0, 2, 2, 2]);
    expect(matrix.computedIn(0)).toBe(-1);
  });

  test('rebuild: isolated siblings never saw it and keep their rows', () => {
    const matrix = sightMatrix(run({ removal: 'rebuild' }, [{}, {}, { verdicts: [{ slot: 2, keep: false }] }]));
    expect([3, 4].map((slot) => matrix.computedIn(slot))).toEqual([0, 2]);
  });

  test('rebuild: siblings that could see it as well', () => {
    const matrix = sightMatrix(run({ removal: 'rebuild', visibility: 'visible' }, GONE));
    expect(matrix.at(2, 3)).toEqual({ sees: false, why: 'removed' });
    expect([matrix.computedIn(2), matrix.computedIn(1)]).toEqual([2, -1]);
    // The removed one keeps the row of its lifetime.
    expect([matrix.at(3, 2).sees, matrix.computedIn(3)]).toEqual([true, 0]);
  });

  test('posterior: the member is hidden from the very set it was judged by', () => {
    const trace = run({ removal: 'mask', removal_score: 'posterior' }, early);
    expect(picture(trace).slice(4)).toEqual(['###.#..', '###..#.', '###.###']);
    const evict = run({ removal: 'evict', removal_score: 'posterior' }, early);
    // Its row is freed at the end of the step.
    expect([sees(evict, 4, 3).why, sees(evict, 6, 3).why]).toEqual(['removed', 'not-held']);
  });

  test('posterior rebuild: siblings that could see it are computed anew', () => {
    const visible = run({ removal: 'rebuild', removal_score: 'posterior', visibility: 'visible' }, early);
    expect([sees(visible, 2, 3).why, sightMatrix(visible).computedIn(2)]).toEqual(['removed', 1]);
    const isolated = run({ removal: 'rebuild', removal_score: 'posterior' }, early);
    expect(sightMatrix(isolated).computedIn(2)).toBe(0);
  });
});

describe('the budget', () => {
  const trace = run({ budget: 4 }, [{}, { over_budget: [0, 2] }]);
  test('acts at the end of its step', () => {
    expect(picture(trace).slice(4)).toEqual(['#####..', '####.#.', '.#.####']);
    expect(sees(trace, 6, 0)).toEqual({ sees: false, why: 'not-held' });
  });
  test('takes a masked row', () => {
    const masked = made({ removal: 'mask', budget: 3 }, [
      ...run({})
        .steps.slice(0, 1)
        .map((event) => ({ set: event.set.map((m): [string, number] => [m.text, m.probability]) })),
      { set: [['c', 1]], verdicts: [{ slot: 3, keep: false }] },
      { set: [['d', 1]], over_budget: [3] },
      { set: [['e', 1]] },
    ]);
    expect([4, 5, 6].map((query) => sees(masked, query, 3).why)).toEqual(['earlier', 'removed', 'not-held']);
  });
  test('makes a rebuild renew the siblings: they saw rows that are free now', () => {
    const both = run({ removal: 'rebuild', budget: 5 }, [
      { over_budget: [0] },
      {},
      { verdicts: [{ slot: 3, keep: false }] },
    ]);
    expect(sightMatrix(both).at(2, 0).why).toBe('not-held');
    expect(sightMatrix(both, 1).at(2, 0).why).toBe('earlier');
  });
});

describe('limits', () => {
  test('only slots made so far are asked for', () => {
    const matrix = sightMatrix(run({}), 0);
    expect(matrix.size).toBe(4);
    expect(sightMatrix(run({}), -1).size).toBe(2);
    expect(sightMatrix(run({}), 99).size).toBe(7);
    expect(() => matrix.at(4, 0)).toThrow(RangeError);
    expect(() => matrix.at(0, -1)).toThrow(RangeError);
  });
  test('a trace that has grown is asked anew', () => {
    const trace = run({});
    const short = { ...trace, steps: trace.steps.slice(0, 2) };
    expect(() => sees(short, 6, 0, 'isolated', 99)).toThrow(RangeError);
    short.steps.push(...trace.steps.slice(2));
    expect(sees(short, 6, 0, 'isolated', 99).sees).toBe(true);
  });
});

/** Models with a sliding window look less far than ALGORITHM.md §7 alone says; the window is not in a trace. */
const windowed = /window/;

describe('what was received proves it', () => {
  const all = [...fixtures(), ...recorded()];
  test.each(all)('$name: a key received attention exactly if one of the newest rows sees it', ({ name, trace }) => {
    for (const [step, event] of trace.steps.entries()) {
      // A rebuild at the end of a step renews rows after they looked; what it hid was still seen.
      const rebuilt = event.verdicts.filter((v) => removes(v) && v.effect === 'rebuild').map((v) => v.slot);
      const posterior = trace.run.options.removal_score === 'posterior';
      const matrix = sightMatrix(trace, step);
      for (const [key, amount] of event.received.entries()) {
        if (!posterior && rebuilt.includes(key)) continue;
        const seen = event.set.some((member) => matrix.at(member.slot, key).sees);
        if (windowed.test(name) && name !== 'window') expect(seen || amount === 0).toBe(true);
        else expect([step, key, seen]).toEqual([step, key, amount > 0]);
      }
    }
  });
});
