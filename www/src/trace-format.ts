// The trace format in words, for whoever reads a saved trace with a program of their own. The types are in contract.ts, the
// definition in ALGORITHM.md §11 and LAB.md L8; a test holds the names here to what is read and written. The build writes it as
// trace-format.json, which the help fetches: it is text, and no program waits for it.

export interface FormatKey {
  /** The key, or several that belong together. */
  name: string;
  what: string;
  /** The first version that has it, where that is not the first. */
  since?: number;
  /** May be missing. */
  optional?: boolean;
}

export interface FormatPart {
  title: string;
  /** What this object is and where it stands. */
  what: string;
  keys: readonly FormatKey[];
}

export const FORMAT_INTRODUCTION = [
  'A trace is a text file in UTF-8 (JSON Lines, .jsonl): one JSON object a line, each with a key “type”. The first line is a run, then there is a step for each set, in order, and an end. A file without an end is a run that was cut off. Other keys may be added; pass over what you do not know.',
  'A token is named by its slot: a number that counts up from 0, prompt first, and never changes or comes twice. A position is where a token stands in the text; members of a set share it, unless the option positions is “consecutive”. So position 9 may hold slots 9, 10 and 11. Probabilities are from 0 to 1, logarithms are natural.',
];

export const FORMAT_VERSIONS =
  'Version 2 is what is written now. Version 1 has no decoder, chain, readings and work, and no ended in its last line; the text of its end is the most probable live member of every set, and options that it does not name have the defaults of that time (weighting none, removal_score share, reading probable).';

/** What the steps of all other decoders have. */
const REST: readonly FormatKey[] = [
  { name: 'step', what: 'Counted from 0.' },
  { name: 'slots, live', what: 'Cache rows held after this step; both are the same number.' },
  { name: 'timing', what: 'forward_ms and total_ms, where they were measured.', optional: true },
];

export const FORMAT: readonly FormatPart[] = [
  {
    title: 'run',
    what: 'The first line: what is about to run.',
    keys: [
      { name: 'version', what: '1 or 2.' },
      {
        name: 'decoder',
        what: 'How tokens are chosen: “tempo”, “greedy”, or “sample”, “beam” and “mcts”, whose steps are samples, beams and search.',
        since: 2,
      },
      { name: 'model', what: 'An object; see model.' },
      { name: 'options', what: 'Every option with the value it had, under the names of the settings of this page.' },
      { name: 'prompt', what: 'text as it was typed, and tokens: a list of tokens, special ones too.' },
      {
        name: 'chat',
        what: 'Where the prompt is made of a conversation: messages, each with role and content, and thinking: whether the model was told to think first (null: nothing was said).',
        optional: true,
      },
    ],
  },
  {
    title: 'model',
    what: 'In a run.',
    keys: [
      { name: 'id', what: 'Name of its folder or repository.' },
      { name: 'architecture', what: 'The kind of network, as in config.json: “llama”.' },
      {
        name: 'layers, heads, kv_heads, head_dim',
        what: 'Its shape: decoder layers, query heads, key and value heads, numbers of one head.',
      },
      { name: 'vocab', what: 'Tokens that it knows.' },
      { name: 'rope_theta', what: 'Base of the angles that positions become.' },
    ],
  },
  {
    title: 'token',
    what: 'In prompt.tokens, set, candidates and ended.',
    keys: [
      { name: 'slot, position', what: 'Where it is. Candidates have neither: they are not in the text.' },
      { name: 'id', what: 'Its number in the vocabulary.' },
      {
        name: 'text',
        what: 'The token decoded alone, with its space in front. One that is only a part of a character shows its bytes: \\xc3.',
      },
      {
        name: 'probability',
        what: 'What the model gave it when it was chosen. Not divided by the sum of the set. Prompt tokens have none.',
      },
      { name: 'lane', what: 'Of a token that was drawn: which sample, from 0.', optional: true },
    ],
  },
  {
    title: 'step',
    what: 'A line for each set, from step 0 on.',
    keys: [
      { name: 'step', what: 'Counted from 0.' },
      { name: 'threshold', what: 'The least probability for joining the set in this step.' },
      { name: 'entropy', what: 'Of the next-token distribution, in nats: 0 is sure, large is open.' },
      { name: 'above', what: 'How many tokens reached the threshold, before other limits.' },
      { name: 'fallback', what: 'True where none did, so the most probable one was taken.' },
      {
        name: 'candidates',
        what: 'The most probable tokens, chosen or not, in order; as many as the option candidates says.',
      },
      { name: 'set', what: 'The tokens that were chosen, the most probable one first.' },
      { name: 'ended', what: 'End-of-text tokens that would have been in the set and were left out.' },
      {
        name: 'received',
        what: 'A number for each slot so far: the share of the attention of this set’s pass that went to it. The sum is 1; what is gone has 0.',
      },
      { name: 'verdicts', what: 'A list of the members judged in this step; see verdict.' },
      {
        name: 'over_budget',
        what: 'Slots whose rows were given back because the option budget was passed.',
        optional: true,
      },
      { name: 'slots', what: 'Rows of the cache that are held after this step.' },
      { name: 'live', what: 'Rows that later tokens can see.' },
      {
        name: 'chain',
        what: 'A list for each member of this set, with a number for each member of the set before, in order: the probability that that one’s row gives to this one. Step 0 has none.',
        since: 2,
        optional: true,
      },
      {
        name: 'meter',
        what: 'How far the next-token distribution after this step is from the exact one, where the option exact_limit or meter_samples asks for it; see meter.',
        optional: true,
      },
      { name: 'timing', what: 'forward_ms, the pass through the model, and total_ms, the whole step.', optional: true },
    ],
  },
  {
    title: 'meter',
    what: 'In a step. Every path through the live members was scored as ordinary text.',
    keys: [
      { name: 'paths', what: 'How many paths there are.' },
      {
        name: 'kl',
        what: 'The Kullback-Leibler distance of TEMPO’s distribution from the exact one, in nats: 0 is exact.',
      },
      { name: 'total_variation', what: 'Half the sum of the differences, from 0 to 1.' },
      { name: 'top1', what: 'True where both find the same token most probable.' },
      {
        name: 'members',
        what: 'A list for each set with more than one live member: how probable each of them is, by all paths.',
      },
      {
        name: 'sampled',
        what: 'How many paths were drawn, where it was not all of them: the other numbers are estimates then.',
        optional: true,
      },
      { name: 'ess', what: 'The effective sample size of these.', optional: true },
    ],
  },
  {
    title: 'verdict',
    what: 'In verdicts. The token named was chosen in an earlier step.',
    keys: [
      { name: 'slot', what: 'Who is judged.' },
      { name: 'score, limit', what: 'What it got, and the number that this was compared with.' },
      { name: 'keep', what: 'False: it goes, if effect is one that removes.' },
      {
        name: 'effect',
        what: '“mask” hides its row from later tokens, “evict” gives the row back too, “rebuild” computes what came after anew; “fade” weakens it and “report” only says so.',
      },
      { name: 'unattended', what: 'True where it failed and was kept as the best of its set.', optional: true },
    ],
  },
  {
    title: 'samples',
    what: 'In place of a step, of the decoder sample.',
    keys: [
      {
        name: 'lanes',
        what: 'What was drawn, in the order of the lanes that go on: tokens with lane; slot is null for an end-of-text token, which ends its lane.',
      },
      ...REST,
    ],
  },
  {
    title: 'beams',
    what: 'In place of a step, of the decoder beam.',
    keys: [
      {
        name: 'hypotheses',
        what: 'Those that go on, the most probable one first, by their newest tokens; see hypothesis.',
      },
      { name: 'finished', what: 'Those that ended and are kept so far, best first; see hypothesis.' },
      ...REST,
    ],
  },
  {
    title: 'hypothesis',
    what: 'In a beams.',
    keys: [
      { name: 'parent', what: 'Its rank in the line before, from 0.', optional: true },
      { name: 'slot, position, id', what: 'Of its newest token.', optional: true },
      { name: 'ids', what: 'Of one that has ended: all its tokens.', optional: true },
      { name: 'text', what: 'Of its newest token; of one that has ended, all of it.' },
      { name: 'log_probability', what: 'Of all its tokens, in nats.' },
      { name: 'score', what: 'That over its length to the power of length_penalty.' },
    ],
  },
  {
    title: 'search',
    what: 'In place of a step, of the decoder mcts.',
    keys: [
      { name: 'simulations', what: 'In the order in which they were made; see simulation.' },
      { name: 'tree', what: 'All nodes before the root moves, the root first; see node.' },
      { name: 'chosen', what: 'The token that is appended.' },
      ...REST,
    ],
  },
  {
    title: 'simulation',
    what: 'In a search.',
    keys: [
      { name: 'path', what: 'Ids from the root, which is left out, to the node that was reached.' },
      { name: 'rollout', what: 'Ids of the most probable tokens from there.' },
      { name: 'value', what: 'Geometric mean of the probabilities of all these tokens.' },
    ],
  },
  {
    title: 'node',
    what: 'Of a tree.',
    keys: [
      { name: 'node', what: 'Its place in the tree, from 0.' },
      { name: 'parent', what: 'That of the node above it; null for the root.' },
      { name: 'id, text', what: 'Its token; the root’s is the one that everything here follows.' },
      { name: 'prior', what: 'Probability among the children of its parent.' },
      { name: 'visits', what: 'Simulations that went through it or ended there.' },
      { name: 'value', what: 'Mean value of these; 0 without any.' },
    ],
  },
  {
    title: 'end',
    what: 'The last line.',
    keys: [
      { name: 'reason', what: '“max-steps”, “eos” (end of text), “context-full” or “stopped”.' },
      {
        name: 'ended',
        what: 'The end-of-text tokens that ended the run: they would have been in the next set.',
        since: 2,
        optional: true,
      },
      { name: 'text', what: 'What was generated as one text: the reading that the option reading names.' },
      { name: 'brackets', what: 'The same with sets as [a/b/c]. For people: brackets in tokens are not marked.' },
      {
        name: 'stats',
        what: 'steps, tokens (members of all sets), mean_set (tokens by steps), removed, and seconds where they were measured.',
      },
      { name: 'readings', what: 'Texts of one live member of every set; see reading.', since: 2, optional: true },
      {
        name: 'work',
        what: 'passes through the model, rows computed, peak_rows held at once, cache_bytes.',
        since: 2,
        optional: true,
      },
      {
        name: 'answer',
        what: 'Where the run answers a conversation: the two parts of text, thinking (null where there is none) and text.',
        optional: true,
      },
    ],
  },
  {
    title: 'reading',
    what: 'In readings.',
    keys: [
      {
        name: 'kind',
        what: '“probable”: the most probable member of every set; “viterbi”: the path whose words follow each other best; “scored”: the most probable one as ordinary text; “drawn”: by chance.',
      },
      { name: 'text, ids', what: 'The words, and their numbers in the vocabulary.' },
      {
        name: 'log_probability',
        what: 'The logarithm of what the chain gives the path; of a scored one, of what the model gives the text.',
      },
      {
        name: 'score',
        what: 'By which readings of a kind are compared.',
        optional: true,
      },
      { name: 'exact', what: 'True where every path was looked at.', optional: true },
    ],
  },
];

export const FORMAT_EXAMPLE = `import json
events = [json.loads(line) for line in open("tempo-run.jsonl", encoding="utf-8")]
for step in (e for e in events if e["type"] == "step"):
    print(step["step"], [(m["text"], round(m["probability"], 2)) for m in step["set"]])`;

export const CSV_NOTE =
  'The CSV of a whole run has a row for each token instead. Four lines that begin with # come before its header and say model, prompt and options, of a branch those in force at the step shown; of another decoder than TEMPO the columns are others (pandas: read_csv(name, skiprows=4)). The column text has an apostrophe in front of what a spreadsheet would take for a formula; text_json is the exact text as a JSON string.';

/** All of it, as the file has it. */
export const FORMAT_FILE = {
  introduction: FORMAT_INTRODUCTION,
  parts: FORMAT,
  versions: FORMAT_VERSIONS,
  example: FORMAT_EXAMPLE,
  csv: CSV_NOTE,
};
