// The words for teachers, and what each part of a link says.

export const TEACHERS_TITLE = 'For teachers';
export const LINK_WHAT =
  'A link says what a class sees: it stands after the “#” of this page’s address, as pairs joined by “&”, and reaches no ' +
  'server.';
export const COPY_LINK = 'Copy a link to what you see';
export const EXAMPLE_WHAT = 'For example, a recorded run at its step 4, a token pinned, little around it, large type:';
export const TOUR_WHAT =
  'The tour by parts, each with a question to think about first, as a beginning of a lesson: Space goes on, Escape leaves.';
export const SERVE_WHAT =
  'For a class without the internet: serve the folder of this page from your computer and let the others open the address, ' +
  'with the name of your computer in place of localhost. Over http live runs work on the CPU, and models are fetched at ' +
  'every visit; over https all of it works after one visit, without a network. check.html says what a machine can do, and ' +
  'copies it as a report.';
export const LINK_PROMISE =
  'A link changes nothing for good: its look ends with the visit, its prompt and options can be given back by a press, and ' +
  'its step and pin wait until its own run is there.';

/** What a part of a link says, by its name. */
export const LINK_TEXTS = {
  run: 'a short run itself, packed: shown at once, not recomputed; “Share” writes it',
  trace: 'a recorded run of this site, shown at once, without a model',
  time: 'the step to show; −1 is the prompt alone',
  selected: 'the token to pin, by its number in the run (“Numbers” has it)',
  word: 'its text: where another token stands there, nothing is pinned',
  path: 'the reading that was chosen: words it goes through by their slots, probable, scored, or drawn-0 and so on',
  tour: 'a part of the tour, 1 to 6',
  look: 'light, dark or projector, for this visit only: never kept',
  panels: 'the panel in front where there is room for one',
  prompt: 'a run to be computed: the page says what it is and waits for a press',
  preset: 'a preset for live runs',
  max_steps: 'any option, by the name that it has in a trace',
  model: 'a repository of Hugging Face or an address; fetched by a press only',
  weights: 'with how many bits the numbers of the model are kept: f32, f16, q8 or q4',
  hash: 'the first digits of the sha-256 of the model’s file, which tell it from others',
  device: 'where to compute: auto, gpu or cpu',
  kernels: 'the slow reference instead of the fast programs of the graphics device',
} as const;

export const hides = (parts: readonly string[]): string => `takes parts away: ${parts.join(', ')}`;
