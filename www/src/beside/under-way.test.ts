import { expect, test } from 'vitest';
import type { SearchEvent, SimulationReport } from '../contract';
import { besideFixtures } from '../testing';
import { lastOf, type Trace } from '../view-state';
import { numbersAfter, searchAt, valueOf, wayTo, type Search } from './search';
import { searchUnderWay } from './under-way';

const eachStep = besideFixtures()
  .filter(({ trace }) => trace.run.decoder === 'mcts')
  .flatMap(({ name, trace }) => Array.from({ length: lastOf(trace) + 1 }, (_, step) => ({ name, trace, step })));

/** What the engine tells of the simulations of a step while it makes them. */
function reportsOf({ event, texts }: Search): SimulationReport[] {
  return event.simulations.map((simulation, number) => {
    const ids = [...simulation.path, ...simulation.rollout];
    return { ...simulation, number, texts: ids.map((id) => texts.get(id) ?? `#${id}`) };
  });
}

/** By its way from the root: what is to be seen of every node that was visited. */
function visited(search: Search, made: number): Map<string, { text: string; visits: number; value: number }> {
  const numbers = numbersAfter(search, made);
  const { tree } = search.event;
  const seen = tree.filter(({ node }) => numbers.visits[node]! > 0);
  return new Map(
    seen.map(({ node, text }) => {
      const way = wayTo(tree, node).map(({ id }) => id);
      return [way.join(), { text, visits: numbers.visits[node]!, value: valueOf(numbers, node) }];
    }),
  );
}

test.each(eachStep)('$name, step $step: is seen as it will have been', ({ trace, step }) => {
  const whole = searchAt(trace, step)!;
  const before: Trace = { ...trace, beside: trace.beside!.slice(0, step), end: null };
  const reports = reportsOf(whole);
  for (let made = 0; made <= reports.length; made += 1) {
    const search = searchUnderWay(before, reports.slice(0, made));
    const [seen, due] = [visited(search, made), visited(whole, made)];
    expect([...seen.keys()].sort()).toEqual([...due.keys()].sort());
    for (const [way, { text, visits, value }] of due) {
      expect(seen.get(way)).toMatchObject({ text, visits });
      expect(seen.get(way)!.value).toBeCloseTo(value, 4);
    }
  }
});

test('roll-outs have their texts, whether a tree has them or not', () => {
  const { trace } = eachStep[0]!;
  const before: Trace = { ...trace, beside: [], end: null };
  const report = { number: 0, path: [7], rollout: [8, 9], value: 0.5, texts: [' a', ' b', ' c'] };
  const { texts, event } = searchUnderWay(before, [report]);
  expect([7, 8, 9].map((id) => texts.get(id))).toEqual([' a', ' b', ' c']);
  expect(event.tree.map(({ parent, id }) => [parent, id])).toEqual([
    [null, trace.run.prompt.tokens.at(-1)!.id],
    [0, 7],
  ]);
});

test('what is left of a step is what was chosen and all below it', () => {
  const { trace } = eachStep.find(({ step }) => step > 0)!;
  const { tree, chosen } = trace.beside![0] as SearchEvent;
  const below = tree.filter(({ node }) => wayTo(tree, node)[0]?.id === chosen.id);
  expect(below.length).toBeLessThan(tree.length);
  const kept = searchUnderWay({ ...trace, beside: trace.beside!.slice(0, 1), end: null }, []).event.tree;
  expect(kept.map(({ id, prior, visits }) => [id, prior, visits])).toEqual(
    below.map(({ id, prior, visits }) => [id, prior, visits]),
  );
});
