// What the view of attention received says; describe/received.ts decides what is said of weights and verdicts.

import type { RemovalMode } from '../../contract';
import { count, number, percent, percentWords, plural } from '../../format';
import { words as kin } from './kin';

/** Whose attention it was: of the tokens computed later, in so many steps. */
export interface LaterTokens {
  rows: number;
  steps: number;
}

const from = ({ rows, steps }: LaterTokens): string => `from ${plural(rows, 'later token')} (${plural(steps, 'step')})`;
const gotText = (name: string, share: string, later: LaterTokens): string =>
  `${name} got ${share} on average ${from(later)}`;
const got = (name: string, share: number | null, later: LaterTokens): string =>
  gotText(name, share === null ? 'no attention' : percent(share), later);

const EFFECTS: Readonly<Record<RemovalMode, string>> = {
  off: '',
  report: 'This is only reported, nothing changes (report).',
  mask: 'Later tokens do not see it (mask).',
  evict: 'Later tokens do not see it, and its memory is free (evict).',
  rebuild: 'The tokens that had seen it were computed again without it (rebuild).',
  fade: 'It is looked at less from the next step on; nothing is removed (fade).',
};

export const words = {
  title: 'What did later words look at?',
  /** The name that the field has for it. */
  term: 'Attention received',
  help:
    'To find the next word, a model looks back at the tokens before it; how much it looks at each is called attention. ' +
    'Arcs run from later places of the text back to the selected token: the wider, the more it was looked at, on ' +
    'average over all parts of the model that look (its layers, and the heads in each). Below, the trial of its set: ' +
    'the score of every member against the line of the removal rule, where removal is on. Drag the line to see which ' +
    'verdicts would change; that is a what-if over the recorded scores. The first token of a text often receives most ' +
    `of the attention whatever it says (a sink), so it can be left out of the arcs; verdicts always count it. ${kin.attention}`,

  ignoreFirst: 'Ignore first token',
  cut: 'Hide below',
  cutSpoken: (cut: number, hidden: number) => `${percentWords(cut)}, ${plural(hidden, 'arc')} hidden`,
  set: 'Set',
  noSet: 'none: alone at its position',
  setName: (position: number, members: string) => `Position ${position}: ${members}`,
  unselected: (name: string) => `Nothing is selected; shown is ${name}.`,
  promptOnly: 'Only the prompt is here: nobody has looked at anything yet.',

  tokens: 'Tokens of the run, one per position',
  oneOf: (name: string, size: number) => `${name}, one of ${size}`,
  gave: (name: string, weight: number) => `${name}, gave ${percentWords(weight)}`,

  trialOf: (position: number) => `The set at position ${position}`,
  judgedAt: (position: number, step: number) => `The set at position ${position}, judged at step ${step}`,
  select: (name: string) => `Select ${name}`,
  mean: (share: string) => `${share} mean`,
  limitTried: (step: number) => `Limit tried on step ${step}`,
  withChange: (limit: string, change: string) => `${limit}; ${change}`,
  ofMean: (limit: string, share: string) => `${limit}, ${share}`,
  line: 'Line',
  limit: 'Limit',
  sameVerdicts: 'the same verdicts',
  changedVerdicts: (changed: number, all: number) => `${changed} of ${all} verdicts would change`,
  whatIf: (change: string, recorded: string) =>
    `${change}. What-if: later steps not re-run. The fainter dashed line is that of the run: ${recorded}.`,
  judgedInStep: (step: number, line: string) => `Judged at step ${step}, dashed line at ${line}`,
  neverJudged: 'Not judged yet',
  back: 'Back to the run',

  headsTitle: 'Layer by layer, head by head',
  everyHead: (name: string, step: number, rows: number) =>
    `How much every head looked at ${name} in step ${step}${rows > 1 ? `, mean over the ${rows} tokens that were computed in it` : ''}. ` +
    'A head is one of the parts of a model that look back; each layer has several.',
  counted: (from: number, last: number) => `Verdicts count layers ${from} to ${last} only.`,
  readStep: (step: number) => `Read step ${step}`,
  readFromModel: (step: number) => `Read step ${step} from the model`,
  recordedRun: 'This run is a recording, and a recording has no attention by head: run it live to read it.',
  earlierRun: 'The model holds the attention of its latest run only: run this one again to read it.',
  underWay: 'The run is under way: stop it, or wait for its end.',
  runLive: 'Run it live',
  board: 'Heads, one row per layer',
  layerSmall: 'layer',
  notCounted: 'not counted',
  headCell: (layer: number, head: number, value: number | null) =>
    `Layer ${layer}, head ${head}: ${value === null ? 'could not look at it' : percentWords(value)}`,
  layer: 'Layer',
  head: 'Head',
  lookedMost: 'looked most at',
  tokenAt: (slot: number) => `token ${slot}`,
  takenApart: (layers: number, heads: number) =>
    'A recorded run has the average over all parts of the model that look back. Taken apart, ' +
    `${plural(layers, 'layer')} of ${plural(heads, 'head')} would be ${count(layers * heads)} numbers for each pair of ` +
    'tokens, so they are read from a live model when asked for.',

  /** "half the set's mean", "0.9 of the set's mean" */
  shareOfMean: (relative: number) => {
    if (relative === 0.5) return "half the set's mean";
    return relative === 1 ? "the set's mean" : `${number(relative)} of the set's mean`;
  },
  /** What a member got, by the score that it is judged by. */
  scores: {
    attention: gotText,
    share: (name: string, received: number | null, later: LaterTokens, share: string) =>
      `${got(name, received, later)}, ${share} of what its set got`,
    ratio: (name: string, received: number | null, later: LaterTokens, ratio: string) =>
      `${got(name, received, later)}, ${ratio} times its weight in the set`,
    posterior: (name: string, share: string) =>
      `Now that the next set is known, ${name} has a probability of ${share} (its posterior)`,
    gamma: (name: string, share: string) =>
      `Now that all sets since are known, ${name} has a probability of ${share} (its gamma)`,
  },
  relativeLine: (line: string, share: string) => `the line is ${line} (${share})`,
  absoluteLine: (line: string) => `the limit is ${line}`,
  notJudgedYet: (name: string) => `${name} was not judged yet.`,
  judged: (score: string, line: string) => `${score}; ${line}.`,
  keptAt: (judged: string, step: number, isSpared: boolean) =>
    `${judged} Kept at step ${step}${isSpared ? ' although it is below the line: one member has to stay' : ''}.`,
  goneAt: (judged: string, step: number, effect: RemovalMode) => {
    const done = effect === 'report' || effect === 'fade' ? 'Judged too weak' : 'Removed';
    return [`${judged} ${done} at step ${step}.`, EFFECTS[effect]].filter(Boolean).join(' ');
  },
  verdicts: {
    none: 'not judged',
    notYet: 'not judged yet',
    spared: 'spared',
    kept: 'kept',
    weak: 'too weak',
    removed: (step: number) => `removed at step ${step}`,
  },
  would: { spared: 'would be spared', stay: 'would stay', go: 'would go' },
  asRecorded: (would: string) => `${would}, as recorded`,
  promptNotJudged: 'Prompt tokens are never judged.',
  alone: 'It is alone at its position: nothing to judge.',
  removalOff: 'Removal is off in this run: attention received is shown, nobody is judged.',
  judgedAfter: (steps: number) => `It is judged after ${plural(steps, 'later step')}.`,
  sink: (name: string, share: number, step: number) =>
    `${name}, the first token, received ${percent(share)} of the attention of step ${step}.`,
  nobodyLooked: (name: string) => `No later token has looked at ${name} yet.`,
  arcs: (name: string, arcs: number, hidden: number, cut: number, hiddenMean: number, beyond: number) => {
    const drawn = `${plural(arcs, 'arc')} into ${name}`;
    const parts = [
      ...(hidden === 0
        ? [`${drawn}, none hidden`]
        : [drawn, `${hidden} below ${percent(cut)} hidden, ${percent(hiddenMean)} each on average`]),
      ...(beyond > 0 ? [`${beyond} later columns are not drawn`] : []),
    ];
    return `${parts.join('; ')}.`;
  },
  tableTitle: (name: string | null, slot: number) =>
    `Attention received by ${name ?? 'no token'} (slot ${slot}), step by step`,
  columns: {
    step: 'step',
    from: 'looked from',
    received: 'received',
    withoutFirst: 'without the first token',
    score: 'score',
    limit: 'limit',
    verdict: 'verdict',
    slot: 'slot',
    token: 'token',
  },
};
