import { beforeEach, expect, test } from 'vitest';
import { viewAt } from '../reduce';
import { made, randomChain } from '../testing';
import type { Trace } from '../view-state';
import { NO_OTHER } from '../words/en/reading';
import { ChainView } from './chain-view.svelte';

let said: string[] = [];
let selected: number | null = null;

function chainView(trace: Trace | null): ChainView {
  return new ChainView({
    trace: () => trace,
    view: () => trace && viewAt(trace, trace.steps.length - 1),
    selected: () => selected,
    say: (text) => said.push(text),
  });
}

beforeEach(() => {
  said = [];
  selected = null;
});

test('the Viterbi reading is the one that is there at first; a switch shows the other', () => {
  const chained = chainView(randomChain(3));
  expect(chained.reading.kind).toBe('viterbi');
  expect([...chained.path]).toEqual(chained.reading.words.map((word) => word.slot));
  chained.show('probable');
  expect(chained.reading.kind).toBe('probable');
  expect(said.at(-1)).toMatch(/^Reading, most probable member of every set: /);
});

test('another reading takes the next seed, from that of the run on', () => {
  const trace = randomChain(3);
  trace.run.options.seed = 40;
  const chained = chainView(trace);
  const seeds = Array.from({ length: 3 }, () => {
    chained.another();
    return chained.reading.seed;
  });
  expect(seeds).toEqual([40, 41, 42]);
  chained.show('viterbi');
  chained.another();
  expect([chained.reading.kind, chained.reading.seed]).toEqual(['drawn', 43]);
});

test('a chosen member stays in the reading until another of its position or another reading is asked for', () => {
  const trace = made({}, [
    { set: [['a', 0.5], ['b', 0.4]] }, // prettier-ignore
    { set: [['c', 0.5], ['d', 0.4]], chain: [[0.9, 0.1], [0.1, 0.2]] }, // prettier-ignore
  ]);
  const chained = chainView(trace);
  const path = (): number[] => [...chained.path];
  expect(path()).toEqual([2, 4]);
  chained.choose(3);
  expect(path()).toEqual([3, 5]);
  expect(said.at(-1)).toBe('Reading, best-fitting reading through “b”: bd');
  chained.choose(4);
  expect(path()).toEqual([3, 4]);
  chained.choose(2);
  expect(path(), 'one of a position').toEqual([2, 4]);
  expect([...chained.reading.chosen]).toEqual([4, 2]);
  chained.loosen(2);
  expect([...chained.reading.chosen]).toEqual([4]);
  chained.loosen(4);
  expect(chained.reading.kind).toBe('viterbi');
  chained.choose(3);
  chained.show('probable');
  expect([chained.reading.kind, path()]).toEqual(['probable', [2, 4]]);
});

test('a path can be lit up without a word, and let go', () => {
  const chained = chainView(randomChain(3));
  const before = [...chained.path];
  const other = chained.reading.words.flatMap(({ others }) => others.map(({ slot }) => slot)).slice(0, 1);
  chained.follow(other);
  expect(chained.path.has(other[0]!)).toBe(true);
  chained.follow(null);
  expect([...chained.path]).toEqual(before);
  expect(said).toEqual([]);
});

test('without a chain there is one reading, and no kin', () => {
  const chained = chainView(made({}, [{ set: [['a', 0.5], ['b', 0.4]] }])); // prettier-ignore
  chained.another();
  expect(chained.reading.kind).toBe('probable');
  expect(said).toEqual([NO_OTHER]);
  chained.point(2);
  expect(chained.kin).toBeNull();
});

test('a pinned member keeps its kin, whatever is pointed at', () => {
  const chained = chainView(randomChain(3));
  const [first, second] = [chained.chain!.links[0]!.slots[0]!, chained.chain!.links[1]!.slots[0]!];
  expect(chained.kin).toBeNull();
  chained.point(first);
  expect([chained.kin?.slot, chained.pinned]).toEqual([first, false]);
  selected = second;
  const other = chainView(randomChain(3));
  other.point(first);
  expect([other.kin?.slot, other.pinned]).toEqual([second, true]);
});

test('before any run there is nothing', () => {
  const chained = chainView(null);
  expect([chained.chain, chained.kin, chained.reading.words]).toEqual([null, null, []]);
});

test('a reading that was chosen can be said in a link and shown again; members that are not there are passed over', () => {
  const trace = randomChain(3);
  const [chained, other] = [chainView(trace), chainView(trace)];
  expect(chained.code).toBeUndefined();
  const { slot } = chained.reading.words.find((word) => word.others.length > 0)!;
  chained.choose(slot);
  expect(chained.code).toBe(String(slot));
  other.restore(`${chained.code},9999`);
  expect([...other.path]).toEqual([...chained.path]);
  expect(other.code).toBe(chained.code);

  chained.show('probable');
  other.restore(chained.code!);
  expect([other.code, other.reading.kind]).toEqual(['probable', 'probable']);

  for (let times = 0; times < 3; times += 1) chained.another();
  expect(chained.code).toBe('drawn-2');
  other.restore('drawn-2');
  expect([other.reading.seed, other.reading.kind]).toEqual([chained.reading.seed, 'drawn']);
});
