import { expect, test } from 'vitest';
import { chainAt, type Chain } from './chain';
import { bestThrough, fits, viterbi } from './chain-paths';
import type { Slot } from './contract';
import { viewAt } from './reduce';
import { made, random, randomChain, type MadeStep } from './testing';

function chainOf(seed: number): Chain {
  const trace = randomChain(seed, 6);
  return chainAt(trace, viewAt(trace, 5))!;
}

/** Every path of a chain with what is said along it, by trying all of them. */
function everyPath(chain: Chain): { slots: Slot[]; score: number }[] {
  let paths: { slots: Slot[]; members: number[]; score: number }[] = [{ slots: [], members: [], score: 0 }];
  for (const [at, link] of chain.links.entries()) {
    paths = paths.flatMap(({ slots, members, score }) =>
      link.slots.map((slot, member) => {
        const said = at === 0 ? link.probabilities[member]! : link.said[member]![members[at - 1]!]!;
        return { slots: [...slots, slot], members: [...members, member], score: score + Math.log(said) };
      }),
    );
  }
  return paths;
}

test('the best path through chosen members is the best of all that have them', () => {
  const next = random(1);
  let constrained = 0;
  for (let seed = 1; seed <= 60; seed += 1) {
    const chain = chainOf(seed);
    if (chain.links.length === 0) continue;
    const all = everyPath(chain);
    const chosen = chain.links.flatMap((link) =>
      next() < 0.4 ? [link.slots[Math.floor(next() * link.slots.length)]!] : [],
    );
    const found = bestThrough(chain, chosen);
    expect(chosen.every((slot) => found.slots.includes(slot))).toBe(true);
    const allowed = all.filter(({ slots }) => chosen.every((slot) => slots.includes(slot)));
    const best = Math.max(...allowed.map(({ score }) => score));
    if (best === -Infinity) expect(found.logProbability).toBe(-Infinity);
    else expect(found.logProbability).toBeCloseTo(best, 9);
    if (best < viterbi(chain).logProbability - 1e-9) constrained += 1;
  }
  expect(constrained, 'the choice has cost something').toBeGreaterThan(10);
});

test('without a choice it is the Viterbi path, and a member that is gone asks for nothing', () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const chain = chainOf(seed);
    expect(bestThrough(chain, [])).toEqual(viterbi(chain));
    expect(bestThrough(chain, [0, 999])).toEqual(viterbi(chain));
  }
});

test('of two members of one position the later choice counts', () => {
  const chain = chainOf(3);
  const link = chain.links.find(({ slots }) => slots.length > 1)!;
  expect(bestThrough(chain, [link.slots[0]!, link.slots[1]!]).slots).toContain(link.slots[1]);
});

test('a choice far back decides what comes later', () => {
  const steps: MadeStep[] = [
    { set: [[' glad', 0.6], [' sorry', 0.3]] }, // prettier-ignore
    { set: [[" you're", 0.5], [' for', 0.4]], chain: [[0.8, 0.1], [0.05, 0.7]] }, // prettier-ignore
    { set: [[' going', 0.5], [' your', 0.4]], chain: [[0.6, 0.01], [0.02, 0.9]] }, // prettier-ignore
  ];
  const trace = made({}, steps);
  const chain = chainAt(trace, viewAt(trace, 2))!;
  expect(viterbi(chain).slots).toEqual([2, 4, 6]);
  const found = bestThrough(chain, [3]);
  expect(found.slots).toEqual([3, 5, 7]);
  expect(found.logProbability).toBeCloseTo(Math.log(0.3 * 0.7 * 0.9));
  // Between " sorry" and " your": what " sorry" says of each times what each says of " your".
  const [first, second] = fits(chain, found.slots, 1)!;
  expect(first! / second!).toBeCloseTo((0.1 * 0.02) / (0.7 * 0.9));
  expect(first! + second!).toBeCloseTo(1);
  expect(fits(chain, found.slots, 0)![1]).toBeCloseTo((0.3 * 0.7) / (0.3 * 0.7 + 0.6 * 0.05));
  expect(fits(chain, [2, 4, 6], 2)![0]).toBeCloseTo(0.6 / 0.62);
});

test('where nothing goes between two words there are no shares', () => {
  const trace = made({}, [
    { set: [['a', 0.6], ['b', 0.3]] }, // prettier-ignore
    { set: [['c', 0.6]], chain: [[0, 0]] }, // prettier-ignore
  ]);
  const chain = chainAt(trace, viewAt(trace, 1))!;
  expect(fits(chain, [2, 4], 0)).toBeNull();
  expect(fits(chain, [2, 4], 7)).toBeNull();
});
