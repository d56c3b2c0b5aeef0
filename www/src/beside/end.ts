// The text of a run of another decoder at a moment, and the end of one that was left while it ran.

import type { EndEvent, SearchEvent } from '../contract';
import { joinText } from '../text';
import { lastOf, stepsOf, type Trace } from '../view-state';
import { beamsAt } from './beams';
import { lanesAt } from './lanes';

/** The first sample, the best beam, or what the search has chosen. */
export function textAt(trace: Trace, step: number): string {
  const { decoder } = trace.run;
  if (decoder === 'sample') return lanesAt(trace, step)[0]?.text ?? '';
  if (decoder === 'beam') {
    const { beams, finished } = beamsAt(trace, step);
    return [...finished, ...beams].reduce((best, each) => (each.score > best.score ? each : best), NONE).text;
  }
  const chosen = (stepsOf(trace).slice(0, step + 1) as SearchEvent[]).map((event) => event.chosen);
  return joinText(chosen.filter(({ slot }) => slot !== null).map(({ text }) => text));
}

const NONE = { text: '', score: -Infinity };

/** How many tokens a step was given slots for. */
export function tokensOf(event: ReturnType<typeof stepsOf>[number]): number {
  switch (event.type) {
    case 'step':
      return event.set.length;
    case 'samples':
      return event.lanes.filter(({ slot }) => slot !== null).length;
    case 'beams':
      return event.hypotheses.length;
    case 'search':
      return event.chosen.slot === null ? 0 : 1;
  }
}

export function stoppedEnd(trace: Trace): EndEvent {
  const text = textAt(trace, lastOf(trace));
  const steps = stepsOf(trace).length;
  const tokens = stepsOf(trace).reduce((sum, event) => sum + tokensOf(event), 0);
  const stats = { steps, tokens, mean_set: steps > 0 ? tokens / steps : 0, removed: 0 };
  return { type: 'end', reason: 'stopped', text, brackets: text, stats };
}
