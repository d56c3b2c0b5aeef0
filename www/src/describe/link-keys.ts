// What a link may say, for teachers and others who write links by hand. A test holds it against what links are read by.

import { PANELS } from '../app/panels';

export interface LinkKeyWords {
  /** The name before the "=". */
  key: string;
  example: string;
  what: string;
}

/** Parts of the page that `hide=` takes away. */
export const HIDEABLE: readonly string[] = ['presets', 'more', ...PANELS.map(({ id }) => id)];

export const LINK_WORDS: readonly LinkKeyWords[] = [
  { key: 'trace', example: 'trace=wide.jsonl', what: 'a recorded run of this site, shown at once, without a model' },
  { key: 'time', example: 'time=4', what: 'the step to show; −1 is the prompt alone' },
  { key: 'selected', example: 'selected=9', what: 'the token to pin, by its number in the run (“Numbers” has it)' },
  { key: 'word', example: 'word=+dog', what: 'its text: where another token stands there, nothing is pinned' },
  { key: 'hide', example: 'hide=presets,more', what: `takes parts away: ${HIDEABLE.join(', ')}` },
  { key: 'look', example: 'look=projector', what: 'light, dark or projector, for this visit only: never kept' },
  { key: 'panels', example: 'panels=matrix', what: 'the panel in front where there is room for one' },
  {
    key: 'prompt',
    example: 'prompt=The+king',
    what: 'a run to be computed: the page says what it is and waits for a press',
  },
  { key: 'preset', example: 'preset=greedy', what: 'a preset for live runs' },
  { key: 'max_steps', example: 'max_steps=12', what: 'any option, by the name that it has in a trace' },
  {
    key: 'model',
    example: 'model=owner/name',
    what: 'a repository of Hugging Face or an address; fetched by a press only',
  },
  { key: 'weights', example: 'weights=q8', what: 'what the weights are kept as: f32, f16, q8 or q4' },
  { key: 'hash', example: 'hash=0123456789abcdef', what: 'the first digits of the sha-256 of the model’s file' },
  { key: 'device', example: 'device=cpu', what: 'where to compute: auto, gpu or cpu' },
  { key: 'kernels', example: 'kernels=tensor', what: 'the slow reference instead of the fused kernels' },
];
