// The words of the help. What stands between two stars is a term that is explained there.

export const HELP_TITLE = 'Help';
export const SEEN = 'What you see';
export const PRESETS_TITLE = 'Presets';
export const KEYS_TITLE = 'Keys';
export const KEYS_OFF = 'Single-letter keys are turned off in the settings.';
export const TYPING = 'Generate, while typing the prompt';
export const LOCAL_TITLE = 'In one part';
export const FILES_TITLE = 'Files and citation';
export const FORMAT_TITLE = 'The trace format';
/** Of a text that is fetched. */
export const MISSING = 'It could not be fetched. Close this and open it again.';
export const CHECK = 'Test this machine';

export const SEEN_TEXTS: readonly string[] = [
  'A language model says how likely each next word is, after the words before. (More exactly each next *token*: a word or ' +
    'a part of one.) Ordinary programs keep one of them and forget the rest. TEMPO keeps every one that is likely enough, ' +
    'and goes on from all of them at once.',
  'In the picture, the *lattice*, each column is a place in the text and each cell a token, with how likely the model ' +
    'found it. Blue: only one was likely enough. Orange: several at the same place, a *set*. They are words that the model ' +
    'found possible there, not sentences side by side: each goes with some of its neighbours only.',
  'Which goes with which is known: each kept token also says how likely it finds each token of the next set (the *chain*). ' +
    'Point at a token, or pin it, and its *kin* light up: before it the tokens that it came through, with the share of ' +
    'each; after it, how much of every token came through it.',
  'The *reading* under the lattice is one way through it, drawn as the thick line: the one whose words follow each other ' +
    'best. “Top of each set” takes the most likely token at each place on its own, so neighbours need not fit; “Another ' +
    'reading” draws a way by chance. Unless a run asks for it, the model scores none of them as a whole.',
  'A token can be *removed* when what follows does not fit it, which is to say: when little of what follows came through ' +
    'it (its *posterior*). It stays on the screen, dashed and struck through, with the step at which it went. How much the ' +
    'model looks at a token (its *attention*) does not tell whether it fits.',
  'Press a token to pin it and see why it is there. Move through time to see how the run came about. Change an option and ' +
    'branch from any step.',
];

export const WORTH = 'What it is worth';

/** What the study found, in docs/findings; what does not work comes first. */
export const WORTH_TEXTS: readonly string[] = [
  'As a search TEMPO is at most a little better than beam search of the same cost: the true continuation of a text is found ' +
    'about as often (SmolLM2-135M, 40 texts).',
  'Its probabilities of the next token come near the exact average over all readings when members weigh by kin (KL 0.03 with ' +
    'two or more open sets, where 0 is exact) and are far from it as its author describes it (0.31).',
  'The best-fitting reading is a text (−1.11 nats a token; ordinary decoding −1.21, beam search −1.05), the top of each set is ' +
    'not (as described −2.55); and removal, by whatever score, brought nothing nearer.',
];
export const WORTH_SOURCE =
  'A nat is a unit of the mean logarithm of the probabilities; nearer to 0 is more probable. All figures with their intervals, ' +
  'and what does not work, stand in docs/findings/README.md of the source code.';

export const PRESET_FIGURES =
  'Figures of the presets: the same study, threshold 0.1. KL is the distance from the exact average; “a token” is the mean ' +
  'logarithm of its probability.';

export const PRIVACY =
  'Nothing you type leaves this device. A model from elsewhere is fetched only after you have said so.';

export const FILES_TEXT =
  'Every panel saves its picture (light, in rows as wide as a page, unless you choose otherwise), its table, and the whole ' +
  'run as CSV with exact texts, ids, model and options. A saved trace keeps all that a run recorded; dropped on the page, ' +
  'it is that run again.';

export const cite = (citation: string): string => `To cite: ${citation}`;

/** A key of one part of the page: "Lattice: pin the token". */
export const inPart = (where: string, label: string): string =>
  `${where}: ${label.charAt(0).toLowerCase()}${label.slice(1)}`;
