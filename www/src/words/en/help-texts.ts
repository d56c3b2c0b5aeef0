// The long texts of the help, of which help.json is made. What stands between two stars is a term that is explained there.

export const HELP_TEXTS = {
  seen: [
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
      'best. “Likeliest at each place” takes the most likely token at each place on its own, so neighbours need not fit; “Another ' +
      'reading” draws a way by chance. Unless a run asks for it, the model scores none of them as a whole.',
    'A token can be *removed* when what follows does not fit it, which is to say: when little of what follows came through ' +
      'it (its *posterior*). It stays on the screen, dashed and struck through, with the step at which it went. How much the ' +
      'model looks at a token (its *attention*) does not tell whether it fits.',
    'Press a token to pin it and see why it is there. Move through time to see how the run came about. Change an option and ' +
      'branch from any step.',
  ],
  /** What the study found, in docs/findings; what does not work comes first. */
  worth: [
    'As a search TEMPO is at most a little better than beam search of the same cost: the true continuation of a text is found ' +
      'about as often (SmolLM2-135M, 40 texts).',
    'Its probabilities of the next token come near the exact average over all readings when members weigh by kin (KL 0.03 with ' +
      'two or more open sets, where 0 is exact) and are far from it as its author describes it (0.31).',
    'The best-fitting reading is a text (−1.11 nats a token; ordinary decoding −1.21, beam search −1.05), the top of each set is ' +
      'not (as described −2.55); and removal, by whatever score, brought nothing nearer.',
  ],
  source:
    'A nat is a unit of the mean logarithm of the probabilities; nearer to 0 is more probable. All figures with their intervals, ' +
    'and what does not work, stand in docs/findings/README.md of the source code.',
  figures:
    'Figures of the presets: the same study, threshold 0.1. KL is the distance from the exact average; “a token” is the mean ' +
    'logarithm of its probability.',
  files:
    'Every panel saves its picture (light, in rows as wide as a page, unless you choose otherwise), its table, and the whole ' +
    'run as CSV with exact texts, ids, model and options. A saved trace keeps all that a run recorded; dropped on the page, ' +
    'it is that run again.',
} as const satisfies Record<string, string | readonly string[]>;
