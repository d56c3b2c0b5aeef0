import { describe, expect, test } from 'vitest';
import { LEAST_FLOW, chainAt, kinOf, smoothed, type Chain } from './chain';
import { bestPaths } from './best-paths';
import { drawn, probable, viterbi } from './chain-paths';
import { viewAt } from './reduce';
import { made, randomChain, type MadeStep } from './testing';
import type { Trace } from './view-state';

function chainOf(trace: Trace, step: number): Chain {
  return chainAt(trace, viewAt(trace, step)) ?? expect.fail('no chain');
}

interface Scored {
  slots: number[];
  /** The product of the first probability and of what each says of the next. */
  p: number;
}

/** Every path with its probability, written down from the trace as ALGORITHM.md §7a says it, without the module's code. */
function everyPath(trace: Trace, step: number): Scored[] {
  const view = viewAt(trace, step);
  let paths: (Scored & { step: number; rank: number })[] = [];
  let first = true;
  for (const column of view.columns) {
    if (column.step === null) continue;
    const live = column.tokens.filter((token) => !token.removal);
    if (live.length === 0) continue;
    const event = trace.steps[column.step]!;
    paths = first
      ? live.map((token) => ({ slots: [token.slot], p: token.probability!, step: event.step, rank: token.rank }))
      : paths.flatMap((path) =>
          live.map((token) => {
            const neighbours = path.step === event.step - 1;
            const said = neighbours ? event.chain![token.rank]![path.rank]! : token.probability!;
            return { slots: [...path.slots, token.slot], p: path.p * said, step: event.step, rank: token.rank };
          }),
        );
    first = false;
  }
  return paths.map(({ slots, p }) => ({ slots, p }));
}

const sum = (paths: readonly Scored[]): number => paths.reduce((total, path) => total + path.p, 0);
/** Runs in which at least one path is possible at every step: with impossible ones w takes over, which has tests below. */
const SEEDS = Array.from({ length: 60 }, (_, seed) => seed).filter((seed) => sum(everyPath(randomChain(seed), 5)) > 0);

describe('against all paths', () => {
  test('the runs have removed members, gaps and choices', () => {
    const trace = SEEDS.map((seed) => randomChain(seed));
    expect(trace.length).toBeGreaterThan(40);
    const chains = trace.map((run) => chainOf(run, 5));
    expect(chains.some(({ links }) => links.some((link, i) => i > 0 && link.step > links[i - 1]!.step + 1))).toBe(true);
    expect(chains.some(({ links }) => links[0]!.step > 0)).toBe(true);
    expect(trace.some((run) => everyPath(run, 5).length > 50)).toBe(true);
  });

  test.each(SEEDS)('seed %i: kin of a member in earlier sets, and of later ones through it', (seed) => {
    const trace = randomChain(seed);
    for (const step of [1, 3, 5]) {
      const chain = chainOf(trace, step);
      for (const [at, link] of chain.links.entries()) {
        for (const slot of link.slots) {
          const kin = kinOf(chain, slot)!;
          for (let other = 0; other < chain.links.length; other += 1) {
            // What is said after a set counts for nothing in its past: paths end at the later of the two.
            const paths = prefixes(trace, step, Math.max(at, other));
            for (const member of chain.links[other]!.slots) {
              if (other === at) {
                expect(kin.shares.has(member)).toBe(false);
                continue;
              }
              const [later, earlier] = other > at ? [member, slot] : [slot, member];
              const all = paths.filter(({ slots }) => slots.at(-1) === later);
              // A member that nothing leads to has no past of its own; w stands in for it.
              if (sum(all) === 0) continue;
              const share = sum(all.filter(({ slots }) => slots.includes(earlier))) / sum(all);
              expect(kin.shares.get(member)).toBeCloseTo(share, 10);
            }
          }
        }
      }
    }
  });

  test.each(SEEDS)('seed %i: weights after what followed', (seed) => {
    const trace = randomChain(seed);
    const chain = chainOf(trace, 5);
    const newest = chain.links.at(-1)!;
    const last = chain.links.length - 1;
    for (const [at, weights] of smoothed(chain).entries()) {
      expect(weights.reduce((total, weight) => total + weight, 0)).toBeCloseTo(1, 10);
      // The newest set has spoken by being chosen, whatever each of its members weighs.
      const paths = everyPath(trace, 5);
      const total = sum(paths);
      for (const [j, slot] of chain.links[at]!.slots.entries()) {
        const share = sum(paths.filter(({ slots }) => slots[at] === slot)) / total;
        expect(weights[j]).toBeCloseTo(at === last ? newest.forward[j]! : share, 10);
      }
    }
  });

  test.each(SEEDS)('seed %i: the Viterbi path, the best paths in order, the probable one', (seed) => {
    const trace = randomChain(seed);
    for (const step of [0, 2, 5]) {
      const chain = chainOf(trace, step);
      const all = everyPath(trace, step).sort((a, b) => b.p - a.p);
      const best = viterbi(chain);
      expect(Math.exp(best.logProbability)).toBeCloseTo(all[0]!.p, 12);
      expect(bestPaths(chain, 1)[0]).toEqual(best);
      const found = bestPaths(chain, 12);
      expect(found.map(({ logProbability }) => Math.exp(logProbability))).toEqual(
        all.slice(0, 12).map(({ p }) => expect.closeTo(p, 12)),
      );
      expect(new Set(found.map(({ slots }) => slots.join())).size).toBe(Math.min(12, all.length));
      const view = viewAt(trace, step);
      for (const slot of probable(chain).slots) {
        const { column, probability } = view.tokens[slot]!;
        const live = view.columns[column]!.tokens.filter((token) => !token.removal);
        expect(probability).toBe(Math.max(...live.map((token) => token.probability!)));
      }
    }
  });

  test('drawn paths come as often as the chain says', () => {
    const trace = randomChain(
      SEEDS.find((seed) => everyPath(randomChain(seed), 5).filter(({ p }) => p > 0).length > 8)!,
    );
    const chain = chainOf(trace, 5);
    const counts = new Map<string, number>();
    const draws = 4000;
    for (let seed = 0; seed < draws; seed += 1) {
      const { slots } = drawn(chain, seed);
      counts.set(slots.join(), (counts.get(slots.join()) ?? 0) + 1);
    }
    const paths = everyPath(trace, 5);
    const total = sum(paths);
    let chiSquare = 0;
    let cells = 0;
    for (const { slots, p } of paths) {
      const wanted = (draws * p) / total;
      const count = counts.get(slots.join()) ?? 0;
      if (p === 0) expect(count).toBe(0);
      if (wanted < 5) continue;
      chiSquare += (count - wanted) ** 2 / wanted;
      cells += 1;
    }
    expect(cells).toBeGreaterThan(5);
    // Far beyond the 99.9th percentile of a chi-square with so many degrees of freedom.
    expect(chiSquare).toBeLessThan(cells + 4 * Math.sqrt(2 * cells) + 8);
  });
});

/** Paths that end with link `end`, as everyPath counts them among what is live at `step`. */
function prefixes(trace: Trace, step: number, end: number): Scored[] {
  const until = chainOf(trace, step).links[end]!.step;
  const shorter: Trace = { ...trace, steps: trace.steps.slice(0, until + 1) };
  const gone = new Set(
    viewAt(trace, step)
      .tokens.filter((token) => token.removal)
      .map((token) => token.slot),
  );
  // Everybody who is gone at `step` is gone already; nobody else is.
  const steps = shorter.steps.map((event, i) => ({
    ...event,
    over_budget: [],
    verdicts:
      i === until ? [...gone].map((slot) => ({ slot, score: 0, limit: 1, keep: false, effect: 'mask' as const })) : [],
  }));
  return everyPath({ ...shorter, steps }, until);
}

const PAIR: MadeStep = {
  set: [
    ['a', 0.6],
    ['b', 0.2],
  ],
};

describe('special cases', () => {
  test('a recording of version 1 has no chain', () => {
    const trace = made({}, [PAIR, PAIR]);
    expect(chainAt(trace, viewAt(trace, 1))).toBeNull();
  });

  test('before the first step there is no link, and no member', () => {
    const chain = chainOf(randomChain(1), -1);
    expect(chain.links).toEqual([]);
    expect([viterbi(chain).slots, drawn(chain, 0).slots, bestPaths(chain, 3)]).toEqual([[], [], []]);
    expect(smoothed(chain)).toEqual([]);
    expect(kinOf(chain, 0)).toBeNull();
  });

  test('where nothing is said of anybody, the recorded weights take its place', () => {
    const trace = made({}, [PAIR, { ...PAIR, chain: [[0, 0], [0, 0]] }]); // prettier-ignore
    const chain = chainOf(trace, 1);
    expect(chain.links[1]!.forward).toEqual([expect.closeTo(0.75), expect.closeTo(0.25)]);
    expect(kinOf(chain, 4)!.shares.get(2)).toBeCloseTo(0.75);
    expect(smoothed(chain)[0]).toEqual([expect.closeTo(0.75), expect.closeTo(0.25)]);
    expect(viterbi(chain)).toEqual({ slots: [2, 4], logProbability: -Infinity });
    expect(bestPaths(chain, 9)).toHaveLength(4);
  });

  test('of equal paths the lower rank wins, from the last member backwards', () => {
    const even: MadeStep = { set: [['a', 0.4], ['b', 0.4]], chain: [[0.3, 0.3], [0.3, 0.3]] }; // prettier-ignore
    const trace = made({}, [{ set: even.set }, even, even]);
    expect(viterbi(chainOf(trace, 2)).slots).toEqual([2, 4, 6]);
    // Both end the same; what decides is the last member first.
    const crossed = made({}, [{ set: even.set }, { set: even.set, chain: [[0.1, 0.3], [0.3, 0.1]] }]); // prettier-ignore
    expect(viterbi(chainOf(crossed, 1)).slots).toEqual([3, 4]);
  });

  test('each share is the sum of its flows, but for those that are next to nothing', () => {
    const chain = chainOf(randomChain(SEEDS[3]!), 5);
    for (const slot of chain.links.flatMap((link) => link.slots)) {
      const own = chain.places.get(slot)!.link;
      const kin = kinOf(chain, slot)!;
      expect(kin.flows.every(({ share }) => share >= LEAST_FLOW)).toBe(true);
      for (const [member, share] of kin.shares) {
        const isEarlier = chain.places.get(member)!.link < own;
        const flows = kin.flows.filter(({ from, to }) => (isEarlier ? from : to) === member);
        const total = flows.reduce((sum, flow) => sum + flow.share, 0);
        expect(total).toBeLessThanOrEqual(share + 1e-9);
        expect(total).toBeGreaterThan(share - 3 * LEAST_FLOW);
      }
    }
  });

  test('with a reach, only those that are so many links away', () => {
    const chain = chainOf(randomChain(SEEDS[5]!), 5);
    const { slots } = chain.links[2]!;
    const whole = kinOf(chain, slots[0]!)!;
    const near = kinOf(chain, slots[0]!, 1)!;
    const neighbours = [...chain.links[1]!.slots, ...chain.links[3]!.slots];
    expect([...near.shares.keys()].sort()).toEqual(neighbours.sort());
    for (const [slot, share] of near.shares) expect(share).toBe(whole.shares.get(slot));
    expect(near.flows.length).toBeLessThan(whole.flows.length);
  });

  test('a link that stays as it was is not computed again', () => {
    const trace = randomChain(SEEDS[0]!);
    const again = chainOf(trace, 3);
    expect(chainOf(trace, 3).links.every((link, i) => link === again.links[i])).toBe(true);
  });

  test('a thousand steps cost ten times as much as a hundred', () => {
    const set: [string, number][] = Array.from({ length: 4 }, (_, i) => [`w${i}`, 0.3 / (i + 1)]);
    const rows = Array.from({ length: 4 }, () => Array.from({ length: 4 }, (_, j) => 0.2 / (j + 1)));
    /** How often a step or a link was looked at. */
    let looks = 0;
    const counted = <T>(list: readonly T[]): T[] =>
      new Proxy([...list], {
        get(target, key, receiver) {
          if (typeof key === 'string' && /^\d+$/.test(key)) looks += 1;
          return Reflect.get(target, key, receiver) as unknown;
        },
      });
    const cost = (steps: number): number => {
      const trace = made(
        {},
        Array.from({ length: steps }, (_, step) => ({ set, ...(step > 0 ? { chain: rows } : {}), received: [] })),
      );
      const view = viewAt(trace, steps - 1);
      looks = 0;
      const built = chainAt({ ...trace, steps: counted(trace.steps) }, view)!;
      const chain = { ...built, links: counted(built.links) };
      viterbi(chain);
      smoothed(chain);
      kinOf(chain, built.links[steps / 2]!.slots[1]!);
      const all = looks;
      expect(bestPaths(chain, 20)).toHaveLength(20);
      return all;
    };
    expect(cost(100)).toBeGreaterThan(300);
    // Quadratic work would cost a hundred times as much.
    expect(cost(1000) / cost(100)).toBeLessThan(12);
  });
});
