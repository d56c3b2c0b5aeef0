// The words of the comparison of decoders (V8).

import type { LaneReport, ScoredText } from '../../contract';
import { bytes, count, duration, number, plural } from '../../format';
import type { Table } from '../../describe/table';
import type { Measure } from '../../app/race.svelte';

export const RACE = {
  title: 'Compare decoders',
  what: 'Two to four ways to choose tokens go on from one prompt on the loaded model, in turns, each until its budget is used. The run on the page stays as it is.',
  prompt: 'Prompt',
  lanes: 'Lanes',
  decoder: (lane: number) => `Decoder of lane ${lane}`,
  flags: (lane: number) => `Flags of lane ${lane}`,
  hint: 'Flags are those of the program, without dashes: samples=4 temperature=0.8.',
  add: 'Add a lane',
  remove: (lane: number) => `Remove lane ${lane}`,
  budget: 'Budget of each lane',
  most: 'How much',
  fair: 'Rows are the fair measure. Equal passes alone flatter TEMPO: a set of four tokens costs four rows, but one pass.',
  start: 'Start',
  stop: 'Stop',
  loading: 'The model is on its way.',
  racing: 'The lanes run.',
  judging: 'The lanes have ended; their readings are scored from left to right.',
  over: 'All lanes have ended.',
  nothing: 'no token yet',
  save: 'Save as CSV',
} as const;

export const SCORE = {
  title: 'A text of your own',
  what: 'How probable the model finds it after the prompt, as it is written: after a word it begins with a space.',
  text: 'Text',
  start: 'Score',
  running: 'The text is scored.',
} as const;

/** "5 tokens, -12.5 nats, -2.5 a token: as one of 12.2 equally probable ones" */
export function scoreOf({ tokens, sum, mean, perplexity }: ScoredText): string {
  const all = plural(tokens.length, 'token');
  if (mean === null || perplexity === null) return `${all}; nothing stands before the first one, so it has no score`;
  return `${all}, ${sum.toFixed(3)} nats, ${mean.toFixed(3)} a token: as one of ${number(perplexity)} equally probable ones`;
}

export function scoreTable(text: ScoredText): Table {
  return {
    caption: scoreOf(text),
    columns: [
      { name: 'position', kind: 'number' },
      { name: 'token', kind: 'token' },
      { name: 'ln p', kind: 'number', digits: 3 },
      { name: 'rank', kind: 'number' },
      { name: 'entropy', kind: 'number', digits: 3 },
    ],
    rows: text.tokens.map((token) => [token.position, token.text, token.log_probability, token.rank, token.entropy]),
  };
}

export const MEASURES: Record<Measure, string> = {
  rows: 'Rows computed',
  passes: 'Passes',
  bytes: 'Bytes of the cache',
  time: 'Milliseconds',
};

const ENDED: Record<NonNullable<LaneReport['reason']>, string> = {
  budget: 'budget used',
  eos: 'text ended',
  'max-steps': 'all steps made',
  'context-full': 'context full',
  stopped: 'stopped',
};

const endedWords = ({ reason }: LaneReport): string => (reason === null ? 'runs' : ENDED[reason]);

/** "12 rows · 5 passes · 55 kB · 21 ms · 3 readings · -1.2 nats a token · budget used" */
export function factsOf(lane: LaneReport): string {
  const { mean_log_probability: mean, paths } = lane;
  const readings = plural(lane.distinct_readings, 'distinct reading');
  return [
    plural(lane.rows, 'row'),
    plural(lane.passes, 'pass', 'passes'),
    bytes(lane.cache_bytes),
    duration(lane.milliseconds / 1000),
    paths === null ? readings : `${readings} of ${paths < 1e6 ? plural(paths, 'path') : `${number(paths)} paths`}`,
    ...(mean === null ? [] : [`${mean.toFixed(3)} nats a token`]),
    endedWords(lane),
  ].join(' · ');
}

/** What a lane is called where it stands. */
export const laneName = ({ lane, words }: LaneReport): string => `${count(lane + 1)}. ${words}`;

/** The end of the race, for the eye and as a file. */
export function tableOf(lanes: readonly LaneReport[], budget: string): Table {
  const numbers = ['steps', 'passes', 'rows', 'peak rows', 'cache bytes', 'ms'];
  return {
    caption: `Each lane until ${budget}; ln p: nats a token of the best reading, scored from left to right`,
    columns: [
      { name: 'lane', kind: 'head' },
      { name: 'ln p', kind: 'number', digits: 3 },
      { name: 'distinct readings', kind: 'number' },
      ...numbers.map((name) => ({ name, kind: 'number' as const })),
      { name: 'ended' },
      { name: 'best reading' },
    ],
    rows: lanes.map((lane) => [
      lane.words,
      lane.mean_log_probability,
      lane.distinct_readings,
      lane.steps,
      lane.passes,
      lane.rows,
      lane.peak_rows,
      lane.cache_bytes,
      lane.milliseconds,
      endedWords(lane),
      lane.reading,
    ]),
  };
}
