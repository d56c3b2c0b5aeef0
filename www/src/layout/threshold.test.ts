import { describe, expect, test } from 'vitest';
import { DEFAULTS, type GenerationOptions } from '../contract';
import { fixtures, made, recorded } from '../testing';
import { curvePath, handlesOf, handleValue, stepDots } from './curve';
import { fromAxis, LOG_FLOOR, tidy, toAxis } from './scale';
import { thresholdLayout } from './threshold';

const step = made({}, [
  {
    set: [
      [' cat', 0.41],
      [' dog', 0.31],
    ],
    event: {
      candidates: [
        { id: 102, text: ' cat', probability: 0.41 },
        { id: 103, text: ' dog', probability: 0.31 },
        { id: 7, text: ' child', probability: 0.08 },
        { id: 8, text: ' bird', probability: 0.02 },
      ],
    },
  },
]).steps[0]!;

describe('the distribution', () => {
  test('as recorded', () => {
    const layout = thresholdLayout(step, DEFAULTS, 500, null, 'linear');
    expect(layout.bars.map((bar) => [bar.rank, bar.state, bar.slot])).toEqual([
      [1, 'kept', 2],
      [2, 'kept', 3],
      [3, 'left', null],
      [4, 'left', null],
    ]);
    expect([layout.members, layout.leftOut, layout.line]).toEqual([2, 498, 0.1]);
    expect(layout.mass).toBeCloseTo(0.72);
  });

  test('a lower line takes more in, a higher one leaves out, nobody is the most probable', () => {
    const lower = thresholdLayout(step, DEFAULTS, 500, 0.05, 'linear');
    expect(lower.bars.filter((bar) => bar.changed).map((bar) => [bar.text, bar.newState])).toEqual([
      [' child', 'kept'],
    ]);
    const higher = thresholdLayout(step, DEFAULTS, 500, 0.4, 'linear');
    expect(higher.bars.filter((bar) => bar.changed).map((bar) => [bar.text, bar.newState])).toEqual([[' dog', 'left']]);
    const over = thresholdLayout(step, DEFAULTS, 500, 0.9, 'linear');
    expect([over.members, over.fallback]).toEqual([1, true]);
  });

  test('max_set cuts what is above the line', () => {
    const layout = thresholdLayout(step, { ...DEFAULTS, max_set: 2 }, 500, 0.05, 'linear');
    expect(layout.bars[2]?.newState).toBe('cut');
  });

  test('below the last known candidate there may be more', () => {
    expect(thresholdLayout(step, { ...DEFAULTS, max_set: 0 }, 500, 0.001, 'linear').atLeast).toBe(true);
  });

  test.each([...fixtures(), ...recorded()])('$name: the recorded line keeps the recorded set', ({ trace }) => {
    for (const event of trace.steps) {
      const recordedLayout = thresholdLayout(event, trace.run.options, trace.run.model.vocab, null, 'log');
      const kept = recordedLayout.bars.filter((bar) => bar.state === 'kept').map((bar) => bar.id);
      expect(new Set(kept)).toEqual(new Set(event.set.map((member) => member.id)));
      const same = thresholdLayout(event, trace.run.options, trace.run.model.vocab, event.threshold, 'log');
      expect(
        same.bars.filter((bar) => bar.changed).map((bar) => bar.text),
        `step ${event.step}`,
      ).toEqual([]);
      for (const bar of same.bars) expect(bar.place >= 0 && bar.place <= 1).toBe(true);
    }
  });
});

describe('the axis', () => {
  test('there and back', () => {
    for (const kind of ['linear', 'log'] as const) {
      for (const value of [0.00002, 0.003, 0.1, 0.5, 1])
        expect(fromAxis(kind, toAxis(kind, value))).toBeCloseTo(value, 9);
    }
    expect([toAxis('log', 0), toAxis('log', LOG_FLOOR), toAxis('log', 1), toAxis('linear', 2)]).toEqual([0, 0, 1, 1]);
    expect(fromAxis('log', 0)).toBe(0);
    expect(toAxis('linear', Number.NaN)).toBe(0);
  });
  test('a dragged value is short', () => {
    expect([tidy(0.123456), tidy(0), tidy(0.000123456)]).toEqual([0.123, 0, 0.000123]);
  });
});

describe('the schedule', () => {
  const options = (patch: Partial<GenerationOptions>): GenerationOptions => ({ ...DEFAULTS, ...patch });
  const roles = (patch: Partial<GenerationOptions>) =>
    handlesOf(options(patch), 'selection', 'linear').map((handle) => handle.role);

  test('every kind has its handles', () => {
    expect(roles({ schedule: 'constant' })).toEqual(['value']);
    expect(roles({ schedule: 'min-p' })).toEqual(['value']);
    expect(roles({ schedule: 'linear' })).toEqual(['start', 'end']);
    expect(roles({ schedule: 'relu' })).toEqual(['start', 'knee', 'end']);
    expect(roles({ schedule: 'bezier-values' })).toEqual(['start', 'first', 'second', 'end']);
  });

  test('Bezier handles stand at one third and two thirds and move up and down only', () => {
    const handles = handlesOf(options({ schedule: 'bezier-shape' }), 'selection', 'linear');
    expect(handles.map((handle) => [handle.x, handle.axis])).toEqual([
      [0, 'vertical'],
      [1 / 3, 'vertical'],
      [2 / 3, 'vertical'],
      [1, 'vertical'],
    ]);
    // p1 = 0.2 of the way from 0.1 to 1.
    expect(handles[1]?.place).toBeCloseTo(0.28);
  });

  test('a handle dragged to its own place keeps its value', () => {
    for (const schedule of ['constant', 'linear', 'relu', 'bezier-values', 'bezier-shape'] as const) {
      for (const scale of ['linear', 'log'] as const) {
        const now = options({ schedule });
        for (const handle of handlesOf(now, 'selection', scale)) {
          expect(handleValue(now, 'selection', handle, handle.place, scale)).toBeCloseTo(handle.value, 6);
        }
      }
    }
  });

  test('a flat shape has handles that can still be dragged', () => {
    const flat = options({ schedule: 'bezier-shape', final_threshold: 0.1 });
    const [, first] = handlesOf(flat, 'selection', 'linear');
    expect(handleValue(flat, 'selection', first!, 0.7, 'linear')).toBe(0.7);
  });

  test('removal has its own options', () => {
    const handles = handlesOf(options({ removal_schedule: 'linear' }), 'removal', 'linear');
    expect(handles.map((handle) => handle.key)).toEqual(['removal_limit', 'removal_final']);
  });

  test('the curve is drawn from end to end', () => {
    const path = curvePath(
      options({ schedule: 'linear', selection_threshold: 0, final_threshold: 1 }),
      'selection',
      'linear',
      100,
      50,
    );
    expect(path.startsWith('M0.0 50.0')).toBe(true);
    expect(path.endsWith('L100.0 0.0')).toBe(true);
  });

  test.each([...fixtures(), ...recorded()])('$name: a dot per step, at its threshold', ({ trace }) => {
    const dots = stepDots(trace, 'selection', 'linear', trace.steps.length);
    expect(dots.map((dot) => dot.value)).toEqual(trace.steps.map((event) => event.threshold));
    for (const dot of dots) expect(dot.x >= 0 && dot.x <= 1 && dot.y >= 0 && dot.y <= 1).toBe(true);
    expect(stepDots(trace, 'selection', 'linear', 0)).toHaveLength(Math.min(1, trace.steps.length));
    if (trace.run.options.removal_rule === 'relative') expect(stepDots(trace, 'removal', 'linear', 99)).toEqual([]);
  });
});
