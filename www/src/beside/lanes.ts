// Samples at a moment: the lanes with what each has drawn so far.

import type { ReadingEvent, SampleToken, SamplesEvent } from '../contract';
import { joinText } from '../text';
import { lastOf, type Trace } from '../view-state';

export interface Lane {
  lane: number;
  /** What it drew, the oldest first; the token that ended it, too. */
  tokens: SampleToken[];
  ended: boolean;
  /** Without what ended it. */
  text: string;
  /** What the model says of it as a whole, where the run has told: at its end. */
  reading: ReadingEvent | null;
}

export function lanesAt(trace: Trace, step: number): Lane[] {
  const lanes: Lane[] = Array.from({ length: trace.run.options.samples }, (_, lane) => {
    return { lane, tokens: [], ended: false, text: '', reading: null };
  });
  for (const event of (trace.beside ?? []).slice(0, step + 1) as SamplesEvent[]) {
    for (const token of event.lanes) {
      const lane = lanes[token.lane];
      lane?.tokens.push(token);
      if (lane && token.slot === null) lane.ended = true;
    }
  }
  for (const lane of lanes) {
    lane.text = joinText(lane.tokens.filter(({ slot }) => slot !== null).map(({ text }) => text));
    if (trace.end && step === lastOf(trace)) lane.reading = trace.end.readings?.[lane.lane] ?? null;
  }
  return lanes;
}
