import { describe, expect, test } from 'vitest';
import { viewAt } from '../reduce';
import { fixtures } from '../testing';
import { exactShare, meterSentence, meterTable } from './meter';

const measured = fixtures().filter(({ trace }) => trace.steps.some(({ meter }) => meter));

test('runs that were measured are among the fixtures, exact ones and estimates', () => {
  const sampled = measured.filter(({ trace }) => trace.steps.some(({ meter }) => meter?.sampled));
  expect(measured.length).toBeGreaterThan(sampled.length);
  expect(sampled.length).toBeGreaterThan(0);
});

describe('every measured step', () => {
  test.each(measured)(
    '$name: the posteriors stand beside the members of the open sets, and sum to one',
    ({ trace }) => {
      for (const { step, meter } of trace.steps) {
        if (!meter) continue;
        const view = viewAt(trace, step);
        const shares = view.columns.map(({ tokens }) => tokens.flatMap(({ slot }) => exactShare(view, slot) ?? []));
        const told = shares.filter((members) => members.length > 0);
        expect(told.map((members) => members.map(({ share }) => share))).toEqual(meter.members);
        for (const members of told) expect(members.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 4);
        expect(told.flat().every(({ isEstimate }) => isEstimate === (meter.sampled !== undefined))).toBe(true);
        expect(meterSentence(view)).toMatch(/^Step \d+: KL /);
      }
      expect(meterTable(trace).rows).toHaveLength(trace.steps.length);
    },
  );
});

test('a step that was not measured says so, and one with other sets than it has says nothing of them', () => {
  const { trace } = measured.find(({ name }) => name === 'meter')!;
  expect(meterSentence(viewAt(trace, 5))).toBe('Step 5 was not measured.');
  expect(meterSentence(viewAt(trace, -1))).toContain('nothing to measure');
  const slot = trace.steps[1]!.set[0]!.slot;
  expect(exactShare(viewAt(trace, 5), slot)).toBeNull();
  const odd = structuredClone(trace);
  odd.steps[2]!.meter!.members.pop();
  expect(exactShare(viewAt(odd, 2), slot)).toBeNull();
});

test('an estimate names its paths and what they are worth', () => {
  const { trace } = measured.find(({ name }) => name === 'meter-samples')!;
  expect(meterSentence(viewAt(trace, 0))).toBe(
    'Step 0: KL 0\u00a0nats, total variation 0, the same most probable token. All 2 paths were read.',
  );
  expect(meterSentence(viewAt(trace, 4))).toMatch(
    /another most probable token\. An estimate from 6 of 54 paths, worth/,
  );
});
