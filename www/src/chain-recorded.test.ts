// What the page computes from a trace is what the program and the reference said at its end.

import { describe, expect, test } from 'vitest';
import { chainAt, kinOf, smoothed } from './chain';
import { drawn, probable, viterbi } from './chain-paths';
import type { ReadingEvent } from './contract';
import { viewAt } from './reduce';
import { fixtures, recorded } from './testing';

const told = [...fixtures(), ...recorded()].filter(({ trace }) => trace.end?.readings);

describe('readings', () => {
  test('are told by many runs, some of which have drawn ones, removed members and gaps', () => {
    expect(told.length).toBeGreaterThan(20);
    const kinds = told.flatMap(({ trace }) => trace.end!.readings!.map(({ kind }) => kind));
    expect(new Set(kinds)).toEqual(new Set(['probable', 'viterbi', 'scored', 'drawn']));
    const views = told.map(({ trace }) => viewAt(trace, Infinity));
    expect(views.some((view) => view.tokens.some((token) => token.removal))).toBe(true);
    expect(views.some((view) => view.columns.some(({ tokens }) => tokens.every((token) => token.removal)))).toBe(true);
  });

  test.each(told)('$name: the same here', ({ trace }) => {
    const view = viewAt(trace, Infinity);
    const chain = chainAt(trace, view) ?? expect.fail('no chain');
    const { seed } = trace.run.options;
    const same = (reading: ReadingEvent | undefined, path: ReturnType<typeof viterbi>): void => {
      if (!reading) return;
      expect(path.slots.map((slot) => view.tokens[slot]!.id)).toEqual(reading.ids);
      expect(path.logProbability).toBeCloseTo(reading.log_probability, 4);
    };
    const found = (kind: string) => trace.end!.readings!.find((each) => each.kind === kind);
    same(found('probable') ?? expect.fail('no probable reading'), probable(chain));
    same(found('viterbi') ?? expect.fail('no Viterbi reading'), viterbi(chain));
    same(found('drawn'), drawn(chain, seed));
  });

  test.each(told)('$name: the kin of everybody sum to 1 in every earlier set', ({ trace }) => {
    for (const step of [1, trace.steps.length - 1]) {
      const chain = chainAt(trace, viewAt(trace, step))!;
      for (const [at, link] of chain.links.entries()) {
        for (const slot of link.slots) {
          const { shares } = kinOf(chain, slot)!;
          for (const earlier of chain.links.slice(0, at)) {
            const sum = earlier.slots.reduce((total, member) => total + shares.get(member)!, 0);
            expect(sum).toBeCloseTo(1, 9);
          }
        }
      }
    }
  });
});

describe('the verdicts by gamma', () => {
  const judged = told.filter(({ trace }) => {
    const { removal, removal_score } = trace.run.options;
    return removal !== 'off' && removal_score === 'gamma';
  });
  test('are in many runs', () => {
    expect(judged.length).toBeGreaterThan(10);
  });

  test.each(judged)('$name: their scores are the smoothed weights', ({ trace }) => {
    for (const { over_budget: _, ...event } of trace.steps) {
      if (event.verdicts.length === 0) continue;
      // They judge when the set of the step is there and nothing of the step has been removed.
      const steps = trace.steps.with(event.step, { ...event, verdicts: [] });
      const before = { ...trace, steps };
      const chain = chainAt(before, viewAt(before, event.step))!;
      const weights = smoothed(chain);
      for (const { slot, score } of event.verdicts) {
        const { link, member } = chain.places.get(slot) ?? expect.fail('not in the chain');
        expect(weights[link]?.[member]).toBeCloseTo(score, 5);
      }
    }
  });
});
