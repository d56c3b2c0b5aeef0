import { describe, expect, test } from 'vitest';
import type { EndEvent } from './contract';
import { viewAt } from './reduce';
import { fixtures, made, random } from './testing';
import { TraceError, appendEvent, parseTrace } from './trace';

/** Two steps: a pair, then one token. */
const good = made({}, [
  {
    set: [
      [' cat', 0.5],
      [' dog', 0.3],
    ],
  },
  { set: [[' sat', 0.9]] },
]);
const stats = { steps: 2, tokens: 3, mean_set: 1.5, removed: 0 };
const end: EndEvent = { type: 'end', reason: 'max-steps', text: ' cat sat', brackets: '[ cat/ dog] sat', stats };

describe('appendEvent', () => {
  const [first, second] = good.steps;
  if (!first || !second) throw new Error('two steps');
  const begun = appendEvent(null, good.run);

  test('does not touch the trace it is given', () => {
    const one = appendEvent(begun, first);
    expect([begun.steps.length, one.steps.length]).toEqual([0, 1]);
    expect(one.run).toBe(begun.run);
  });

  test.each([
    ['a step without a run', () => appendEvent(null, first)],
    ['a second run', () => appendEvent(begun, good.run)],
    ['a step that leaves one out', () => appendEvent(begun, second)],
    ['a step twice', () => appendEvent(appendEvent(begun, first), first)],
    ['slots that do not go on', () => appendEvent(begun, { ...first, set: second.set })],
    ['a step after the end', () => appendEvent({ ...good, end }, { ...second, step: 2 })],
    ['a second end', () => appendEvent({ ...good, end }, end)],
  ])('%s', (_what, attempt) => expect(attempt).toThrow(TraceError));
});

describe('random damage', () => {
  test('is refused with a TraceError, or leaves a trace that can be drawn', () => {
    const next = random(7);
    const pool = fixtures().slice(0, 80);
    const pieces = ['null', '-1', '1e999', '{}', '[]', '"x"', 'true', '999999999999', '0.5', ''];
    let accepted = 0;
    for (let round = 0; round < 500; round += 1) {
      const { text } = pool[Math.floor(next() * pool.length)] ?? expect.fail();
      // A value somewhere is replaced, or a line is left out or doubled.
      const lines = text.trim().split('\n');
      const line = Math.floor(next() * lines.length);
      const kind = next();
      if (kind < 0.1) lines.splice(line, 1);
      else if (kind < 0.2) lines.splice(line, 0, lines[line] ?? '');
      else {
        const values = [...(lines[line] ?? '').matchAll(/[:,[](-?[\d.]+|"[^"]*"|true|false)(?=[,}\]])/g)];
        const hit = values[Math.floor(next() * values.length)];
        if (!hit) continue;
        const from = hit.index + 1;
        const to = hit.index + hit[0].length;
        const piece = pieces[Math.floor(next() * pieces.length)] ?? '';
        lines[line] = (lines[line] ?? '').slice(0, from) + piece + (lines[line] ?? '').slice(to);
      }
      try {
        const trace = parseTrace(lines.join('\n'));
        accepted += 1;
        expect(viewAt(trace, Infinity).tokens.length).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toBeInstanceOf(TraceError);
      }
    }
    expect(accepted).toBeGreaterThan(15);
  });
});
