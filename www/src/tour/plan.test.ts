import { describe, expect, it } from 'vitest';
import { chainAt } from '../chain';
import { bestPaths } from '../best-paths';
import { bestThrough } from '../chain-paths';
import { viewAt } from '../reduce';
import { joinText } from '../text';
import { made, recorded } from '../testing';
import { PHRASES, TOUR_FILE, TRIED, planOf } from './plan';

const { trace } = recorded().find(({ name }) => `${name}.jsonl` === TOUR_FILE)!;
const plan = planOf(trace)!;

describe('the plan of the tour, in its recorded run', () => {
  it('begins with the first set of several, whose most probable member ordinary decoding would take', () => {
    const { opening } = plan;
    expect(plan.prompt).toBe('She opened the letter and');
    expect(trace.steps.slice(0, opening.step).every(({ set }) => set.length === 1)).toBe(true);
    expect(opening.members).toEqual(trace.steps[opening.step]!.set);
    expect(opening.members[0]!.text).toBe(trace.steps[opening.step]!.candidates[0]!.text);
    expect(joinText(opening.before)).toBe(' handed it to');
  });

  it('drops a member of it at the next step, because that does not follow from it', () => {
    const { dropped, opening } = plan;
    expect(dropped.step).toBe(opening.step + 1);
    expect(opening.members).toContain(dropped.member);
    expect(viewAt(trace, opening.step).tokens[dropped.member.slot]!.state).not.toBe('removed');
    const { tokens } = viewAt(trace, dropped.step);
    expect(tokens[dropped.member.slot]).toMatchObject({ state: 'removed', removal: { step: dropped.step } });
    expect(tokens[dropped.kept.slot]!.state).not.toBe('removed');
    const { set, chain } = trace.steps[dropped.step]!;
    expect(set[0]).toBe(dropped.follows);
    expect([dropped.fit, dropped.keptFit]).toEqual(
      [dropped.member, dropped.kept].map((member) => chain![0]![opening.members.indexOf(member)]),
    );
    expect(dropped.keptFit / (dropped.fit + 1e-9)).toBeGreaterThan(20);
  });

  it('has three whole paths through live members, and their ends are the phrases', () => {
    const view = viewAt(trace, plan.paths.step);
    const chain = chainAt(trace, view)!;
    for (const name of ['first', 'second', 'mixed'] as const) {
      const { slots, chosen } = plan.paths[name];
      expect(bestThrough(chain, chosen).slots).toEqual(slots);
      expect(slots.map((slot) => chain.places.get(slot)!.link)).toEqual(chain.links.map((_, at) => at));
      const end = joinText(slots.slice(plan.fork.step).map((slot) => view.tokens[slot]!.text));
      expect(end).toBe(joinText(PHRASES[name]));
    }
  });

  it('shows two readings that the rows mean, and one that they hardly do', () => {
    const chain = chainAt(trace, viewAt(trace, plan.paths.step))!;
    const { first, second, mixed } = plan.paths;
    const ranked = bestPaths(chain, 200);
    // Each of the two is the best that goes through its first word; the third is far behind both.
    for (const { slots } of [first, second]) {
      const own = slots[plan.fork.step]!;
      expect(ranked.find((path) => path.slots.includes(own))!.slots).toEqual(slots);
    }
    const [one, other, third] = [first, second, mixed].map(
      ({ slots }) => ranked.find((path) => path.slots.join() === slots.join())?.logProbability ?? -Infinity,
    );
    expect(Math.min(one!, other!) - third!).toBeGreaterThan(Math.log(20));
    const { chain: said, set } = trace.steps[plan.fork.step + 1]!;
    const row = set.findIndex(({ text }) => text === mixed.phrase[1]);
    const column = plan.fork.members.findIndex(({ text }) => text === mixed.phrase[0]);
    expect(mixed.fit).toBe(said![row]![column]!);
    expect(second.fit / mixed.fit).toBeGreaterThan(20);
  });

  it('tries a line that keeps some and leaves some, over the step’s own', () => {
    const { line } = plan;
    const step = trace.steps[line.step]!;
    expect(line.usual).toBe(step.threshold);
    expect(line.usual).toBeLessThan(TRIED);
    expect(line.stay).toEqual(step.set.filter(({ probability }) => probability >= TRIED));
    expect(line.leave).toEqual(step.set.filter(({ probability }) => probability < TRIED));
    expect(line.stay.length).toBeGreaterThan(0);
    expect(line.leave.length).toBeGreaterThan(0);
  });

  it('is none for a run that holds nothing of the kind', () => {
    expect(planOf(made({}, [{ set: [[' a', 0.5]] }]))).toBeNull();
    for (const { name, trace } of recorded()) {
      if (`${name}.jsonl` !== TOUR_FILE) expect(planOf(trace), name).toBeNull();
    }
    // Cut off before the phrases are whole, or before anything was dropped.
    for (const steps of [plan.paths.step, plan.dropped.step]) {
      expect(planOf({ ...trace, steps: trace.steps.slice(0, steps), end: null })).toBeNull();
    }
    // Without the chain nobody knows which words go together.
    const steps = trace.steps.map(({ chain: _chain, ...step }) => step);
    expect(planOf({ run: { ...trace.run, version: 1 }, steps, end: null })).toBeNull();
  });
});
