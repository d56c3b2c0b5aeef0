// The description of the format names what is in traces, and nothing that is not read.

import { expect, test } from 'vitest';
import { FORMAT, FORMAT_INTRODUCTION, FORMAT_VERSIONS } from './trace-format';
import { TRACE_VERSION } from './trace-events';
import { besideFixtures, fixtures, recorded } from './testing';

const named = new Map(FORMAT.map(({ title, keys }) => [title, keys.flatMap(({ name }) => name.split(', '))]));
const traces = [...recorded(), ...fixtures(), ...besideFixtures()];

type Found = Map<string, Set<string>>;

/** The objects of a part, in a line of a trace. */
function take(found: Found, part: string, value: unknown): void {
  if (Array.isArray(value)) for (const each of value) take(found, part, each);
  else if (value !== null && typeof value === 'object') {
    const keys = found.get(part) ?? new Set();
    for (const key of Object.keys(value)) if (key !== 'type') keys.add(key);
    found.set(part, keys);
  }
}

/** Keys of every kind of object in all traces, from the files as they are. */
function keysOfTraces(): Found {
  const found: Found = new Map();
  for (const { text } of traces) {
    for (const line of text.split('\n').filter(Boolean)) {
      const event = JSON.parse(line) as Record<string, unknown> & { type: string; prompt?: { tokens: unknown } };
      take(found, event.type, event);
      take(found, 'model', event.model);
      take(found, 'token', event.prompt?.tokens);
      for (const list of ['set', 'candidates', 'ended']) take(found, 'token', event[list]);
      for (const list of ['lanes', 'chosen']) take(found, 'token', event[list]);
      for (const list of ['hypotheses', 'finished']) take(found, 'hypothesis', event[list]);
      take(found, 'simulation', event['simulations']);
      take(found, 'node', event['tree']);
      take(found, 'verdict', event.verdicts);
      take(found, 'meter', event['meter']);
      take(found, 'reading', event.readings);
    }
  }
  return found;
}

test('every key of the reference traces is described, and every key described is in one of them or optional', () => {
  const found = keysOfTraces();
  expect([...found.keys()].sort()).toEqual([...named.keys()].sort());
  for (const [part, keys] of found) {
    for (const key of keys) expect(named.get(part), `${part}.${key}`).toContain(key);
    for (const { name, optional } of FORMAT.find(({ title }) => title === part)!.keys) {
      if (!optional) for (const key of name.split(', ')) expect(keys, `${part}.${key}`).toContain(key);
    }
  }
});

test('objects inside of a key have their keys named beside it', () => {
  const what = (part: string, name: string): string =>
    FORMAT.find(({ title }) => title === part)!.keys.find((key) => key.name === name)!.what;
  const { end, steps, run } = recorded()[0]!.trace;
  for (const key of Object.keys(end!.stats)) expect(what('end', 'stats')).toContain(key);
  for (const key of Object.keys(end!.work ?? {})) expect(what('end', 'work')).toContain(key);
  for (const key of Object.keys(run.prompt)) expect(what('run', 'prompt')).toContain(key);
  for (const key of Object.keys(steps.find(({ timing }) => timing)?.timing ?? { forward_ms: 0, total_ms: 0 })) {
    expect(what('step', 'timing')).toContain(key);
  }
});

test('both versions are told apart', () => {
  const later = FORMAT.flatMap(({ keys }) =>
    keys.filter(({ since }) => since === TRACE_VERSION).map(({ name }) => name),
  );
  expect(later).toEqual(['decoder', 'chain', 'ended', 'readings', 'work']);
  for (const name of later) expect(FORMAT_VERSIONS).toContain(name);
  expect(FORMAT_VERSIONS).toContain(`Version ${TRACE_VERSION} is what is written now`);
  expect(FORMAT_INTRODUCTION.join(' ')).toContain('one JSON object a line');
});
