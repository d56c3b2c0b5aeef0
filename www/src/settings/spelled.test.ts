import { expect, test } from 'vitest';
import { asFlag, asLabel, spelled } from './spelled';

/** Sentences of the engine (crates/tempo-core/src/error.rs), and as the page says them. */
const SENTENCES: readonly [engine: string, page: string][] = [
  [
    'reading scored and reading_beams 0 contradict each other: the scored reading is found by following paths; set reading_beams to how many',
    '“Text of the run: Best as text” and “Paths of the scored reading: 0” contradict each other: the scored reading is found by following paths; set “Paths of the scored reading” to how many',
  ],
  [
    "decoder beam and temperature 0.7 contradict each other: beam search goes by the model's own probabilities; leave it out, or use decoder sample",
    "“Decoder: Beam” and “Temperature: 0.7” contradict each other: beam search goes by the model's own probabilities; leave it out, or use “Decoder: Sample”",
  ],
  [
    'min_steps 5 and max_steps 4 contradict each other: a run cannot be longer than its most steps; raise max_steps or lower min_steps',
    '“Least steps: 5” and “Most steps: 4” contradict each other: a run cannot be longer than its most steps; raise “Most steps” or lower “Least steps”',
  ],
  ['depth must be between 0 and 100, not 1000', '“Depth” must be between 0 and 100, not 1000'],
  [
    'exact_limit 1000000 may take 1086 GB of memory, 1086 kB for each path; on this model give at most 3955',
    '“Measure up to: 1000000” may take 1086 GB of memory, 1086 kB for each path; on this model give at most 3955',
  ],
  [
    'the prompt needs 10 slots, the capacity is 4; shorten the prompt or raise capacity',
    'the prompt needs 10 slots, the capacity is 4; shorten the prompt or raise “Cache rows”',
  ],
  [
    'decoder cannot change in the middle of a run; begin a new one',
    '“Decoder” cannot change in the middle of a run; begin a new one',
  ],
];

test.each(SENTENCES)('%s', (engine, page) => {
  expect(spelled(engine, asLabel)).toBe(page);
});

test('words that are no options stay', () => {
  for (const text of [
    'the reading of samples at depth',
    'a seed',
    'lane 2 (beam): max_set is no flag; did you mean max-set?',
  ])
    expect(spelled(text, asLabel)).toBe(text);
});

test('a comparison speaks of flags', () => {
  expect(spelled('lane 1 (tempo): reading scored and reading_beams 0 contradict each other', asFlag)).toBe(
    'lane 1 (tempo): reading scored and reading-beams 0 contradict each other',
  );
});
