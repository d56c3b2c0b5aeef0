// A recorded run, repeated until it has as many steps as are asked for: for what a page does with long runs.

import type { StepEvent } from '../../../www/src/contract.ts';
import type { Trace } from './trace.ts';

/**
 * The run's steps again and again, each time as new slots at new positions. Verdicts speak of the slots of their own round;
 * older rounds keep the attention that they received last, a thousandth of it.
 */
export function longRun(recorded: Trace, steps: number): Trace {
  const prompt = recorded.run.prompt.tokens.length;
  const { steps: round } = recorded;
  const slotsOf = (step: StepEvent): number => step.received.length;
  const perRound = slotsOf(round.at(-1)!) - prompt;
  const made = Array.from({ length: steps }, (_, step): StepEvent => {
    const original = round[step % round.length]!;
    const turn = Math.floor(step / round.length);
    const moved = (slot: number): number => (slot < prompt ? slot : slot + turn * perRound);
    const earlier = Array.from({ length: turn * perRound }, () => 0.001);
    const { chain } = original;
    const before = round[(step + round.length - 1) % round.length]!.set.length;
    return {
      ...original,
      step,
      set: original.set.map((member) => ({
        ...member,
        slot: moved(member.slot),
        position: member.position + turn * round.length,
      })),
      verdicts: original.verdicts.map((verdict) => ({
        ...verdict,
        slot: moved(verdict.slot),
      })),
      received: [...original.received.slice(0, prompt), ...earlier, ...original.received.slice(prompt)],
      // The first step of a round has neighbours where the recorded one had none.
      ...(step > 0 && original.step === 0
        ? {
            chain: original.set.map(() => Array.from({ length: before }, () => 0.1)),
          }
        : { chain }),
    };
  });
  const run = {
    ...recorded.run,
    options: { ...recorded.run.options, max_steps: steps },
  };
  return { run, steps: made, end: recorded.end };
}
