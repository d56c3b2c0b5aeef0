import { describe, expect, test } from 'vitest';
import type { DecoderEvent } from '../contract';
import { viewAt } from '../reduce';
import { besideFixtures, fixtures, random } from '../testing';
import { TraceError, appendEvent, eventsOf, openTrace, parseTrace, serializeTrace } from '../trace';
import { lastOf } from '../view-state';
import { stoppedEnd, textAt, tokensOf } from './end';
import * as reading from './read';

const all = besideFixtures();
const named = (name: string): (typeof all)[number] => all.find((fixture) => fixture.name === name) ?? expect.fail(name);

type Json = Record<string, unknown>;
const events = (text: string): Json[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Json);

test('there are runs of all three', () => {
  const kinds = all.map(({ trace }) => trace.run.decoder);
  expect(new Set(kinds)).toEqual(new Set(['sample', 'beam', 'mcts']));
  expect(all).toHaveLength(27);
});

describe('every fixture', () => {
  test.each(all)('$name: is opened, and written as it was read', async ({ text, trace }) => {
    expect(await openTrace(text)).toEqual(trace);
    const written = events(serializeTrace(trace));
    const [run, ...rest] = events(text);
    expect(written).toEqual([{ ...run, options: trace.run.options }, ...rest]);
    expect(trace.steps).toEqual([]);
  });

  test.each(all)('$name: grows event by event to the same trace', ({ trace }) => {
    const [run, ...rest] = eventsOf(trace);
    if (run?.type !== 'run') return expect.fail();
    expect(rest.reduce((grown, event) => appendEvent(grown, event), appendEvent(null, run))).toEqual(trace);
  });

  test.each(all)(
    '$name: its moments are the prompt with a step, and its text comes to that of its end',
    ({ trace }) => {
      const last = lastOf(trace);
      expect(viewAt(trace, Infinity).step).toBe(last);
      for (let step = -1; step <= last; step += 1) {
        const view = viewAt(trace, step);
        expect([view.step, view.tokens.length]).toEqual([step, trace.run.prompt.tokens.length]);
      }
      expect(textAt(trace, last)).toBe(trace.end?.text);
      const tokens = trace.beside!.reduce((sum, event) => sum + tokensOf(event), 0);
      expect([tokens, last + 1]).toEqual([trace.end?.stats.tokens, trace.end?.stats.steps]);
      expect(stoppedEnd(trace)).toMatchObject({ text: trace.end?.text, stats: trace.end?.stats });
    },
  );
});

test('what reads them has to be there', () => {
  expect(() => parseTrace(named('beam-four').text)).toThrow('it is a run of the decoder beam');
  expect(() => parseTrace(named('beam-four').text)).toThrow(TraceError);
});

/** The fixture with one thing changed: line 1 is the run. */
function spoilt(name: string, line: number, path: string, value: unknown): string {
  const lines = events(named(name).text);
  const keys = path.split('.');
  const last = keys.pop()!;
  const place = keys.reduce<Json>((at, key) => at[key] as Json, lines[line - 1]!);
  if (value === undefined) delete place[last];
  else place[last] = value;
  return lines.map((event) => JSON.stringify(event)).join('\n');
}

describe('is refused in words', () => {
  test.each<[string, number, string, unknown, string]>([
    ['sample-ends', 1, 'decoder', 'beam', 'there are samples in a run of the decoder beam'],
    ['sample-ends', 1, 'decoder', 'tempo', 'type is none of run, step, end'],
    ['sample-ends', 1, 'decoder', 'dice', 'decoder is none of tempo, greedy, sample, beam, mcts'],
    ['sample-ends', 1, 'options.samples', 3, 'step 0: lanes are not 0, 1, 2'],
    ['sample-ends', 1, 'options.samples', 65, 'samples is out of range: 65'],
    ['sample-ends', 2, 'lanes', {}, 'lanes is not a list'],
    ['sample-ends', 2, 'lanes.1.lane', 0, 'step 0: lanes are not 0, 1, 2, 3'],
    ['sample-ends', 2, 'lanes.1.lane', -1, 'lanes[1].lane is out of range: -1'],
    ['sample-ends', 2, 'lanes.1.slot', 3, 'step 0: slot 3 where 4 is due'],
    ['sample-ends', 2, 'lanes.1.slot', undefined, 'lanes[1].slot is not a finite number'],
    ['sample-ends', 2, 'lanes.1.position', 4, 'step 0: position 4 where 3 is due'],
    ['sample-ends', 2, 'lanes.1.text', 7, 'lanes[1].text is not a text'],
    ['sample-ends', 2, 'lanes.1.text', 'x'.repeat(2001), 'lanes[1].text is longer than 2000 characters'],
    ['sample-ends', 2, 'lanes.1.probability', 1.2, 'lanes[1].probability is out of range: 1.2'],
    ['sample-ends', 2, 'lanes.1.probability', null, 'lanes[1].probability is not a finite number'],
    ['sample-ends', 2, 'slots', 6, 'step 0: slots 6 and live 5, where 5 rows are held'],
    ['sample-ends', 2, 'live', 4, 'step 0: slots 5 and live 4, where 5 rows are held'],
    ['sample-ends', 3, 'step', 2, 'step 2 where 1 is due'],
    ['sample-ends', 3, 'lanes.0.slot', null, 'step 1: slot 6 where 5 is due'],
    ['sample-ends', 14, 'readings.0.kind', 'beam', 'readings: beam in a run of the decoder sample'],
    ['sample-ends', 14, 'readings.0.log_probability', null, 'readings[0].log_probability is not a finite number'],
    ['beam-ends', 2, 'hypotheses.0.parent', 1, 'step 0: parent 1 of 1 hypotheses'],
    ['beam-ends', 3, 'hypotheses.0.parent', 3, 'step 1: parent 3 of 3 hypotheses'],
    [
      'beam-ends',
      3,
      'hypotheses.1.log_probability',
      -3,
      'step 1: hypotheses[1] is more probable than the one before it',
    ],
    ['beam-ends', 3, 'hypotheses.1.log_probability', 0.5, 'hypotheses[1].log_probability is out of range: 0.5'],
    ['beam-ends', 3, 'hypotheses.1.score', '1', 'hypotheses[1].score is not a finite number'],
    ['beam-ends', 3, 'slots', 9, 'step 1: slots 9 and live 8, where 8 rows are held'],
    ['beam-ends', 4, 'finished.1.score', 0, 'step 2: finished[1] is better than the one before it'],
    ['beam-ends', 4, 'finished.1.ids', [], 'step 2: finished[1] has 0 tokens'],
    ['beam-ends', 4, 'finished.1.ids', [1, 2, 3, 4], 'step 2: finished[1] has 4 tokens'],
    ['beam-ends', 4, 'finished.1.text', null, 'finished[1].text is not a text'],
    ['beam-ends', 1, 'options.beams', 2, 'step 0: more than 2 hypotheses'],
    ['mcts-long', 1, 'options.simulations', 9, 'step 0: 8 simulations of 9'],
    ['mcts-long', 2, 'simulations.0.path', [99], 'step 0: simulations[0]: a path that the tree does not have'],
    ['mcts-long', 2, 'simulations.0.path', 'x', 'simulations[0].path is not a list'],
    ['mcts-long', 2, 'simulations.0.path', [], 'step 0: visits and value of node 1 are not those of the simulations'],
    ['mcts-long', 2, 'simulations.0.value', 2, 'simulations[0].value is out of range: 2'],
    ['mcts-long', 2, 'simulations.0.value', 0.1, 'step 0: visits and value of node 0 are not those of the simulations'],
    ['mcts-long', 2, 'tree.0.parent', 0, 'step 0: tree[0] is not a node after its parent'],
    ['mcts-long', 2, 'tree.2.parent', 2, 'step 0: tree[2] is not a node after its parent'],
    ['mcts-long', 2, 'tree.2.parent', null, 'step 0: tree[2] is not a node after its parent'],
    ['mcts-long', 2, 'tree.2.node', 1, 'step 0: tree[2] is not a node after its parent'],
    ['mcts-long', 2, 'tree.2.id', 13, 'step 0: two children of node 0 are the same token'],
    ['mcts-long', 2, 'tree.2.visits', 9, 'step 0: the children of node 0 have more visits than it has'],
    ['mcts-long', 2, 'tree.3.visits', 1, 'step 0: the children of node 0 have more visits than it has'],
    ['mcts-long', 2, 'tree.0.visits', 9, 'step 0: visits and value of node 0 are not those of the simulations'],
    ['mcts-long', 2, 'tree.2.value', 0.9, 'step 0: visits and value of node 2 are not those of the simulations'],
    ['mcts-long', 2, 'tree.2.prior', -0.1, 'tree[2].prior is out of range: -0.1'],
    ['mcts-long', 2, 'tree', [], 'step 0: '],
    ['mcts-long', 2, 'chosen.id', 99, 'step 0: chosen is no child of the root'],
    ['mcts-long', 2, 'chosen.slot', null, 'step 0: slots 6 and live 6, where 5 rows are held'],
    ['mcts-long', 2, 'chosen', 7, 'chosen is not an object'],
    ['mcts-long', 2, 'type', 'steps', 'type is none of run, step, samples, beams, search, end'],
  ])('%s line %i: %s = %j', async (name, line, path, value, message) => {
    const error = await openTrace(spoilt(name, line, path, value)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TraceError);
    expect((error as TraceError).message).toContain(message);
  });

  test('a step of tempo among samples, and samples among steps of tempo', async () => {
    const step = fixtures()
      .find(({ trace }) => trace.run.version === 2)!
      .text.split('\n')[1]!;
    const lines = named('sample-one').text.trim().split('\n');
    await expect(openTrace([lines[0], step].join('\n'))).rejects.toThrow('a step of tempo in a run of another decoder');
  });

  test('a step after the end of the text', async () => {
    const lines = events(named('sample-all-end').text);
    const steps = lines.length - 2;
    const again = { ...lines[steps], step: steps } as Json;
    lines.splice(steps + 1, 0, again);
    await expect(openTrace(lines.map((line) => JSON.stringify(line)).join('\n'))).rejects.toThrow(
      `step ${steps}: every lane has ended`,
    );
  });
});

test('a live event of another decoder is refused in its place', () => {
  const { trace } = named('sample-one');
  const beam = named('beam-one').trace.beside![0] as DecoderEvent;
  const tempo = fixtures()[0]!.trace;
  expect(() => appendEvent({ ...tempo, steps: [], end: null }, beam)).toThrow('beams is of another decoder');
  expect(() => appendEvent({ ...trace, beside: [], end: null }, tempo.steps[0]!)).toThrow('step is of another decoder');
});

test('random damage is refused with a TraceError, or leaves a trace that can be looked at', () => {
  const next = random(11);
  const pieces = ['null', '-1', '1e999', '{}', '[]', '"x"', 'true', '999999999999', '0.5', ''];
  let accepted = 0;
  for (let round = 0; round < 1500; round += 1) {
    const { text } = all[Math.floor(next() * all.length)]!;
    const lines = text.trim().split('\n');
    const line = Math.floor(next() * lines.length);
    const kind = next();
    if (kind < 0.1) lines.splice(line, 1);
    else if (kind < 0.2) lines.splice(line, 0, lines[line]!);
    else {
      const values = [...lines[line]!.matchAll(/[:,[](-?[\d.]+|"[^"]*"|true|false|null)(?=[,}\]])/g)];
      const hit = values[Math.floor(next() * values.length)];
      if (!hit) continue;
      const [from, to] = [hit.index + 1, hit.index + hit[0].length];
      const piece = pieces[Math.floor(next() * pieces.length)]!;
      lines[line] = lines[line]!.slice(0, from) + piece + lines[line]!.slice(to);
    }
    try {
      const trace = parseTrace(lines.join('\n'), reading);
      accepted += 1;
      expect(viewAt(trace, Infinity).tokens.length).toBeGreaterThan(0);
      for (let step = -1; step <= lastOf(trace); step += 1) expect(typeof textAt(trace, step)).toBe('string');
    } catch (error) {
      expect(error).toBeInstanceOf(TraceError);
    }
  }
  expect(accepted).toBeGreaterThan(40);
});
