// What a preset gives: a line before one presses it, and what it is for. Figures stand in sentences of their own.

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
    'The default. Where several words were kept, each later word listens mostly to those that lead to it. So different ' +
    'stories hardly mix, and the text reads well. Measured: the chances of the next word are 0.03 from the exact average ' +
    'over all ways through the text (0 is exact), instead of 0.31 when every word counts fully. The best-fitting text is ' +
    'about as probable as that of ordinary programs (−1.11 and −1.21 a token, where 0 would be certain).',
  'as-described':
    'TEMPO exactly as its author describes it: every word that was kept counts fully for all that follows. So different ' +
    'stories mix, and neighbouring words often do not fit. Measured: the chances of the next word are 0.26 from the exact ' +
    'average over all ways through the text (0 is exact). The likeliest word of every place, read in a row, makes a far ' +
    'less probable text than ordinary programs do (−2.55 and −1.21 a token, where 0 would be certain).',
  pruned:
    'For clear pictures: a word is dropped when what comes next hardly fits it. It stays on the screen, struck out, but no ' +
    'later word is read from it. Measured: the chances of the next word are no nearer to the exact average over all ways ' +
    'through the text than without it (0.05 instead of 0.03). It makes the picture clearer, not the text better.',
  greedy:
    'For comparison: only the likeliest word at every place and nothing beside it, as ordinary programs write (greedy ' +
    'decoding).',
  precise:
    'For reading: keeps only words with a chance of 20 percent or more, so there are few alternatives. Measured: 1.2 words ' +
    'at a place on average.',
  explorer:
    'For looking around: keeps words with a chance of 5 percent or more, so there are many alternatives. Measured: 3.4 ' +
    'words at a place on average.',
};
