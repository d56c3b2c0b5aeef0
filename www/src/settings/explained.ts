// What every option does, an example, and what to take care of. The build writes it as options.json, which is fetched when
// somebody asks: it is text, and no program waits for it.

import type { OptionKey } from './kinds';

export interface Explanation {
  what: string;
  example: string;
  warning: string;
}

/** The type makes the compiler miss an option that the contract gains. */
export const EXPLAINED: Readonly<Record<OptionKey, Explanation>> = {
  selection_threshold: {
    what: 'The least probability with which a token (a word or a piece of one) is kept. All that reach it form a set, at one place of the text.',
    example: 'At 10 percent, " cat" 41, " dog" 31 and " child" 12 stay together; " bird" at 6 is left out.',
    warning: 'Below 2 percent sets fill up with unlikely tokens, and the text soon stops making sense.',
  },
  visibility: {
    what: 'Whether the members of one set see each other while they are computed. Later tokens see all of them.',
    example: 'Isolated: " dog" is computed as if " cat" had never been there.',
    warning: 'With “visible” the members blend, and no reading is exactly what the model would say alone.',
  },
  removal: {
    what: 'What happens to a member of a set that the words after it do not fit. “Judged by”, behind More, says how that is found out.',
    example: 'Mask: now that " barked" follows, " cat" has only 2 percent left; later tokens no longer see it.',
    warning: 'Mask and evict keep the influence that the member already had. Only rebuild computes it away.',
  },
  max_set: {
    what: 'Keeps only the most probable ones when more tokens reach the threshold.',
    example: '1 gives plain greedy decoding; 8 is plenty for a story.',
    warning:
      'Without a limit, a model that is quite unsure can put hundreds of tokens at one position and fill its memory.',
  },
  temperature: {
    what: 'How sure the model acts: below 1 probable tokens gain and the others lose, above 1 the other way round.',
    example: 'At 0.7 most sets shrink to one token; at 1.5 they grow.',
    warning: 'It changes what the threshold means: the same 10 percent keeps more tokens at a higher temperature.',
  },
  top_k: {
    what: 'Only the k most probable tokens may join, whatever the threshold says.',
    example: '3 never lets a fourth token in.',
    warning: 'It hides what the threshold would have done. The list of candidates still shows all of them.',
  },
  top_p: {
    what: 'Only the most probable tokens that together hold this share of the probability may join.',
    example: 'At 0.9 the tail that holds the last tenth stays out.',
    warning: 'With a threshold of several percent it rarely changes anything. 0 and 1 mean off.',
  },
  repetition_penalty: {
    what: 'Makes every token that the sequence holds less likely to be chosen again. 1 means off.',
    example: '1.1 breaks loops such as "and then and then".',
    warning: 'Above 1.3 even "the" and the full stop are pushed away, and grammar suffers.',
  },
  combine: {
    what: 'Every member of the newest set has its own idea of what follows. This makes one list of probabilities of them.',
    example: 'Mixture lets " cat" at 41 and " dog" at 31 percent vote with these weights.',
    warning:
      'Only the mixture has a meaning in probability: for one isolated set it is the exact average over its members.',
  },
  candidates: {
    what: 'How many of the most probable tokens each step shows, those below the threshold too.',
    example: '32 is enough to see the shape of the tail.',
    warning: 'More make traces larger. It changes nothing that is generated.',
  },
  schedule: {
    what: 'How the selection threshold moves from the first step to the last.',
    example: 'Linear from 5 to 50 percent: many alternatives at the start, one clear line at the end.',
    warning: 'The curve is laid over the most steps, so changing those moves all of it.',
  },
  final_threshold: {
    what: 'Where a moving threshold ends.',
    example: '1 ends in greedy decoding.',
    warning: 'A final value below the first one makes sets grow towards the end.',
  },
  bezier_p1: {
    what: 'Height of the curve’s first handle, at one third of the run.',
    example: 'A low first handle keeps the beginning open for longer.',
    warning: 'Its unit depends on the schedule: a threshold, or a share of the way.',
  },
  bezier_p2: {
    what: 'Height of the curve’s second handle, at two thirds of the run.',
    example: 'A high second handle closes the run early.',
    warning: 'Its unit depends on the schedule: a threshold, or a share of the way.',
  },
  relu_at: {
    what: 'The share of the run after which the threshold begins to move.',
    example: '0.5 keeps the first half open.',
    warning: 'At 1 it never moves.',
  },
  positions: {
    what: 'Whether a set shares one position or each member takes the next free one.',
    example: 'Shared: three tokens at position 12. Consecutive: 12, 13 and 14.',
    warning: 'Consecutive is the control experiment: the model then reads a list, not alternatives.',
  },
  position_gap: {
    what: 'Shifts all generated positions away from the prompt.',
    example: '5 leaves five empty positions after the prompt.',
    warning: 'Large gaps take the model beyond what it has seen in training.',
  },
  weighting: {
    what: 'How much each member of an earlier set counts when a later token looks back.',
    example:
      'By kin, " barked" hears " dog" and hardly " cat": each token hears the members it came through. Its ' +
      'probabilities come near the exact average over all readings: 0.05 away instead of 0.24 (KL, SmolLM2-135M).',
    warning: '“Full” is TEMPO as its author describes it: a set of three is heard about three times.',
  },
  reading: {
    what: 'Which path through the lattice the run gives as its text at the end.',
    example: 'Viterbi: the path whose words follow each other best, by what the model computed anyway.',
    warning: 'It changes nothing that is generated. The reading line can show either at any time.',
  },
  readings: {
    what: 'How many paths are drawn by chance at the end and kept in the trace.',
    example: '8 shows how far readings differ.',
    warning: 'The model computes nothing more for them, and they change nothing that is generated.',
  },
  seed: {
    what: 'Where the random numbers of drawn readings start.',
    example: 'The same seed draws the same readings on every device. “Another reading” counts on from it.',
    warning: 'The sets themselves are not drawn: a seed does not change them.',
  },
  reading_beams: {
    what: 'How many ways through the lattice the model itself reads as text while it runs. The best one is the scored reading.',
    example: '4 finds a better text than “Best fit” most of the time.',
    warning: 'Each of them adds a row to every step. They change nothing that is generated.',
  },
  exact_limit: {
    what: 'Where there are at most so many ways through the sets, each step measures how far TEMPO is from reading all of them. A strip under the lattice shows it.',
    example: '128 measures up to about five open sets.',
    warning:
      'Each new path costs the model a row, as much as a token: at 128 a step may take a hundred times as long. It changes nothing that is generated.',
  },
  meter_samples: {
    what: 'Where there are more paths, so many are drawn by chance and the distance is estimated from them.',
    example: '32 gives a rough number at every step, and each step costs up to 32 rows more for every set.',
    warning:
      'Beyond two open sets draw them by the chain, or the distance comes out far too large. The strip says what they are worth (ess). It changes nothing that is generated.',
  },
  meter_proposal: {
    what: 'How the paths of an estimate are drawn: each word by its own probability, or words that go together, as the model’s own rows say.',
    example:
      'With four open sets, 0.022 away from the truth (KL, story model), 32 paths drawn one by one say 0.157 too much, by the chain 0.009.',
    warning: 'One by one is how the estimate is defined; it holds with one or two open sets.',
  },
  max_steps: {
    what: 'The run ends after this many steps. Each step makes one set.',
    example: '40 gives a short paragraph.',
    warning: 'Every step gets slower as the sequence grows; a schedule is stretched over this number.',
  },
  min_steps: {
    what: 'The end of the text cannot be chosen before this step.',
    example: '20 keeps a story from ending after one sentence.',
    warning: 'A model that wants to stop and may not starts a new, unrelated text.',
  },
  eos: {
    what: 'What happens when the end of the text is one of several members.',
    example: 'Top: stops when the end is the most probable member.',
    warning: 'With “all”, readings that have ended are dropped while the others go on.',
  },
  capacity: {
    what: 'Of every token the model keeps a row of numbers to look back at: its cache. The run ends when it has no room for a set.',
    example: 'Empty takes what the model can: 512 for the story model.',
    warning: 'More rows need more memory on the device before the first step.',
  },
  budget: {
    what: 'Holds at most this many rows of the cache: those that were looked at least so far go first (H2O).',
    example: '48 keeps the 48 most attended rows, the newest ones always.',
    warning: 'It may take prompt tokens and whole sets, and it is independent of the removal rules.',
  },
  budget_recent: {
    what: 'The newest rows that the budget never takes.',
    example: '8 keeps the last few words safe.',
    warning: 'As large as the budget, it makes older rows all go.',
  },
  removal_score: {
    what: 'The number that a member on trial is judged by. Posterior and gamma ask what the words after it say of it.',
    example: 'Posterior: given that " barked" came next, " dog" has 98 percent and " cat" 2.',
    warning:
      'Attention is no evidence: within a set it finds the right member hardly better than a coin. Where 0.5 is chance ' +
      'and 1 is always right (AUC) it has 0.50 to 0.57, the posterior 0.94 (SmolLM2-135M and Gemma 3 270M).',
  },
  removal_rule: {
    what: 'Where the line is drawn.',
    example: 'Relative 0.5: half of the mean score of the set.',
    warning: 'An absolute limit that suits sets of two removes everything in sets of eight.',
  },
  relative: {
    what: 'A member stays if its score is at least this share of the mean score of its set.',
    example: '0.5 removes those with less than half of the mean.',
    warning: 'Above 1 at least one member of nearly every set goes.',
  },
  removal_limit: {
    what: 'A member stays if its score is at least this.',
    example: '0.01 with plain attention: one percent of what all tokens received.',
    warning: 'Its sense depends on the score: 0.01 is much for plain attention and nothing for a share.',
  },
  removal_keep: {
    what: 'What happens when every member of a set falls below the line.',
    example: 'Keep the best: the member with the highest score stays.',
    warning: 'Removing the position leaves a hole in the text.',
  },
  min_evidence: {
    what: 'How many later steps a set gets before it is judged.',
    example: '1 judges at the very next step; 3 waits.',
    warning: 'The longer you wait, the more tokens have already been computed under its influence.',
  },
  window: {
    what: 'Only this many of the latest steps count as evidence.',
    example: '4 judges by recent attention alone.',
    warning: 'A short window removes members that were needed only early on.',
  },
  removal_layers: {
    what: 'A model is a stack of layers, and all of them look back. Attention is measured in this many of the last ones.',
    example: '2 listens to the last two layers only.',
    warning: 'Early layers look mostly at neighbours; late ones are sparse. The choice changes verdicts.',
  },
  layer_weights: {
    what: 'How the measured layers count in the mean.',
    example: 'Rising: the last layer counts twice as much as the first.',
    warning: 'The difference is small unless the layers disagree.',
  },
  fade_steepness: {
    what: 'How sharply a member fades as its score falls below the line.',
    example: '10 is gentle; 50 is nearly a switch.',
    warning: '0 weakens every member on trial by the same amount.',
  },
  removal_schedule: {
    what: 'How the limit of the absolute rule moves from the first step to the last.',
    example: 'Linear from 0 to 0.02: mercy at first, strict at the end.',
    warning: 'It moves the absolute limit only, never the relative one.',
  },
  removal_final: {
    what: 'Where a moving limit ends.',
    example: '0.05 with the share score.',
    warning: 'The default of 1 removes nearly everything at the end; set it when you use a schedule.',
  },
  removal_p1: {
    what: 'Height of the limit’s first handle, at one third of the run.',
    example: 'A low one is lenient at first.',
    warning: 'Its unit depends on the schedule: a limit, or a share of the way.',
  },
  removal_p2: {
    what: 'Height of the limit’s second handle, at two thirds of the run.',
    example: 'A high one is strict early.',
    warning: 'Its unit depends on the schedule: a limit, or a share of the way.',
  },
  removal_at: {
    what: 'The share of the run after which the limit begins to move.',
    example: '0.5 leaves the first half alone.',
    warning: 'At 1 it never moves.',
  },
  decoder: {
    what: 'How tokens are chosen: by TEMPO, or in one of the usual ways, with the same model.',
    example: 'Beam shows what a search of as much work finds.',
    warning: 'Sets, kin, attention and removal are TEMPO’s own; the others have texts side by side, or a tree.',
  },
  samples: {
    what: 'How many texts are drawn.',
    example: '4 draws four texts.',
    warning: 'Each computes a row of its own in every step.',
  },
  min_p: {
    what: 'Tokens below this share of the best one are never drawn.',
    example: 'At 0.1 a token needs a tenth of the best one’s probability.',
    warning: '0 means off.',
  },
  beams: {
    what: 'How many texts are followed at once.',
    example: '1 is greedy decoding.',
    warning: 'Each computes a row of its own in every step. They are often the same text but for its end.',
  },
  length_penalty: {
    what: 'How much longer texts gain when beams are compared.',
    example: '1 compares the mean of a token.',
    warning: 'At 0 short texts win.',
  },
  simulations: {
    what: 'How many continuations are tried before each token.',
    example: '64 takes the story model a few seconds a token in a tab.',
    warning: 'Each takes a pass for every token that it tries.',
  },
  exploration: {
    what: 'How much tokens that were tried less are preferred.',
    example: 'At 0 only values count.',
    warning: 'Large values try all alike, whatever they are worth.',
  },
  branching: {
    what: 'How many tokens may follow a node of the tree.',
    example: 'With 5 the five most probable tokens are tried.',
    warning: '1 leaves no choice.',
  },
  depth: {
    what: 'How far a simulation goes on beyond the tree.',
    example: '8 looks eight tokens ahead.',
    warning: 'Each token takes a pass.',
  },
};
