// Beams at a moment: the hypotheses that go on with their past, those that have ended, and what was given up.

import type { BeamsEvent, FinishedBeam, Hypothesis } from '../contract';
import { joinText } from '../text';
import type { Trace } from '../view-state';

/** The newest token of a hypothesis at one step. */
export interface BeamToken {
  step: number;
  rank: number;
  token: Hypothesis;
  /** How many of the hypotheses that go on at this moment came through it. */
  held: number;
  /** The best of them did. */
  best: boolean;
}

export interface Beam {
  rank: number;
  text: string;
  /** Its rank at every step. */
  ranks: number[];
  logProbability: number;
  score: number;
}

export interface Beams {
  /** By step, by rank: everything that went on once. */
  tokens: BeamToken[][];
  /** Those that go on, the most probable one first. */
  beams: Beam[];
  finished: readonly FinishedBeam[];
}

export function beamsAt(trace: Trace, step: number): Beams {
  const events = (trace.beside ?? []).slice(0, step + 1) as BeamsEvent[];
  const tokens = events.map(({ hypotheses }, at) =>
    hypotheses.map((token, rank): BeamToken => ({ step: at, rank, token, held: 0, best: false })),
  );
  const beams = (events.at(-1)?.hypotheses ?? []).map(({ log_probability, score }, rank): Beam => {
    const ranks: number[] = [];
    for (let at = tokens.length - 1, place = rank; at >= 0; at -= 1) {
      const here = tokens[at]![place]!;
      here.held += 1;
      here.best ||= rank === 0;
      ranks.unshift(place);
      place = here.token.parent;
    }
    const text = joinText(ranks.map((place, at) => tokens[at]![place]!.token.text));
    return { rank, text, ranks, logProbability: log_probability, score };
  });
  return { tokens, beams, finished: events.at(-1)?.finished ?? [] };
}
