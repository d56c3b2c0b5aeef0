// What a preset gives: a line before one presses it, and the reasons with their figures.

import type { PresetId } from '../../presets';

export const PRESET_LINES: Readonly<Record<PresetId, string>> = {
  coherent: 'Reads best. Start here.',
  'as-described': 'The idea in its plainest form: stories mix.',
  pruned: 'Drops what later words do not fit.',
  greedy: 'Ordinary decoding: one word at a time.',
  precise: 'Few alternatives, easy to read.',
  explorer: 'Many alternatives, wide pictures.',
};

export const PRESET_REASONS: Readonly<Record<PresetId, string>> = {
  coherent:
    'The default: every token hears the alternatives that it came through. Distance from the exact average over all ' +
    'readings: KL 0.05 instead of 0.24; the best-fitting reading has −1.11 nats a token, greedy −1.15.',
  'as-described':
    'TEMPO exactly as its author describes it: every alternative counts fully for all that follows, so stories mix. ' +
    'KL 0.24 from the exact average; the top of each set reads at −2.75 nats a token.',
  pruned:
    'For clear pictures: an alternative that the next words do not fit is masked, judged by its posterior, not by ' +
    'attention. KL 0.10 from the exact average even without kin weighting.',
  greedy: 'For comparison: the most probable token at every step and nothing beside it, which is ordinary decoding.',
  precise: 'For reading: everything above 20 percent. Few alternatives, 1.1 words at a position on average.',
  explorer: 'For looking around: everything above 5 percent. Many alternatives, three words at a position on average.',
};
