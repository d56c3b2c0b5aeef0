// What the view of attention received says. What it says of weights and verdicts is in describe/received.ts.

import { count, percentWords, plural } from '../../format';
import { ATTENTION_NOTE } from '../../describe/kin';

export const words = {
  title: 'Attention received',
  help:
    'To find the next word, a model looks back at the tokens before it; how much it looks at each is called attention. ' +
    'Arcs run from later places of the text back to the selected token: the wider, the more it was looked at, on ' +
    'average over all parts of the model that look (its layers, and the heads in each). Below, the trial of its set: ' +
    'the score of every member against the line of the removal rule, where removal is on. Drag the line to see which ' +
    'verdicts would change; that is a what-if over the recorded scores. The first token of a text often receives most ' +
    `of the attention whatever it says (a sink), so it can be left out of the arcs; verdicts always count it. ${ATTENTION_NOTE}`,

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
  whatIf: (change: string) => `${change}. What-if: later steps not re-run.`,
  back: 'Back to the run',

  headsTitle: 'Layer by layer, head by head',
  everyHead: (name: string, step: number, rows: number) =>
    `How much every head looked at ${name} in step ${step}${rows > 1 ? `, mean over the ${rows} tokens that were computed in it` : ''}. ` +
    'A head is one of the parts of a model that look back; each layer has several.',
  counted: (from: number, last: number) => `Verdicts count layers ${from} to ${last} only.`,
  readStep: (step: number) => `Read step ${step}`,
  readFromModel: (step: number) => `Read step ${step} from the model`,
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
};
