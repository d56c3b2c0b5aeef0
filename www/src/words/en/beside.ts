// The words of the views of other decoders: samples, beams, the tree search.

import { NBSP, count, number, percent, plural } from '../../format';

/** "−12.3" */
export const nats = (x: number): string => number(x, 4).replace('-', '\u2212');
const lnp = (x: number): string => `ln${NBSP}p ${nats(x)}`;

export const words = {
  titles: { sample: 'Samples', beam: 'Beams', mcts: 'Search tree' },
  help: {
    sample:
      'Each line is a text of its own that was drawn by chance (a lane). A token has the probability that it had before ' +
      'top k, top p and min p left tokens out; its bar is as long. No lane sees another. Time shows the past of all lanes.',
    beam:
      'Beam search follows several texts at once (hypotheses) and keeps the most probable ones. Each column is a step, the ' +
      'best hypothesis on top; a line leads from each to the one that it goes on from. Dashed: given up later. The thick ' +
      'line is the hypothesis that is chosen in the list. ln p is the sum of the logarithms of its probabilities; the score ' +
      'divides it by the length to the power of the length penalty.',
    mcts:
      'Before each token the search tries continuations (simulations). A box is a token, as wide as its share of the visits; ' +
      'its tint is Q, the mean value of the simulations through it, its outline the prior P. Step through the simulations: ' +
      'each goes down where Q + C · P · √(1 + N) / (1 + n) is greatest, makes the children of the last node, writes on ' +
      'greedily (dashed), and tells every node on its way its value.',
  },
  /** What TEMPO's panels are about and this run has not. */
  without:
    'Threshold, visibility, attention received, kin and removal belong to the sets of TEMPO; a run of another decoder has none.',
  atPrompt: 'Before the first step.',
  laneSaid: (lane: number, text: string, ended: boolean): string =>
    `Sample ${lane + 1}: ${text || 'nothing yet'}${ended ? ' (ended)' : ''}`,
  ended: 'ended',
  goesOn: 'goes on',
  laneNote: (lane: number, tokens: number, logProbability: number | null, ended: boolean): string =>
    `Sample ${lane + 1}: ${plural(tokens, 'token')}` +
    (logProbability === null ? '' : `, ${lnp(logProbability)} by the model itself`) +
    (ended ? ' · ended' : ''),
  board: 'Hypotheses by step',
  hypotheses: 'Hypotheses',
  finished: 'Ended with end of text',
  beamNote: (logProbability: number, score: number): string => `${lnp(logProbability)}, score ${nats(score)}`,
  newest: (from: number): string => `drawn from step ${from} on`,
  legend: {
    lost: 'dashed: given up later',
    picked: 'thick: the one chosen below',
    value: (most: string): string => `tint: Q from 0 to ${most}`,
    prior: 'outline: prior P',
    way: 'frame: the way of this simulation',
    ghost: 'dashed: its roll-out',
  },
  search: (simulations: number, nodes: number, text: string, visits: number, probability: number): string =>
    `${plural(simulations, 'simulation')}, ${plural(nodes, 'node')}. Chosen: ${text}, with ${plural(visits, 'visit')}; ` +
    `the model gave it ${percent(probability)}.`,
  underWay: (step: number, made: number, all: number): string =>
    `Step ${step} is under way: simulation ${made} of ${count(all)}. Priors and terms come with the step.`,
  simulation: 'Simulation',
  of: (made: number, all: number): string =>
    made === 0 ? `before the first of ${count(all)}` : `${count(made)} of ${count(all)}`,
  back: 'Previous simulation',
  forward: 'Next simulation',
  play: 'Play the simulations',
  pause: 'Pause the simulations',
  kept: (visits: number): string =>
    visits === 0
      ? 'The tree begins with its root and the children of the root; nothing was tried yet.'
      : `The step before has left this tree, with ${plural(visits, 'visit')} of its root.`,
  select: (way: string): string => `Select: the way goes ${way}.`,
  chose: (text: string, value: string, bonus: string, score: string): string =>
    `to ${text} (${value} + ${bonus} = ${score})`,
  expand: (texts: string): string => `Expand: ${texts} become children.`,
  noExpand: 'Expand: nothing, for the text ends here or has its greatest length.',
  known: 'Expand: nothing, this node has no children to come.',
  rollOut: (text: string): string => `Roll out: the model writes on greedily:${NBSP}${text}`,
  noRollOut: 'Roll out: nothing to write.',
  backUp: (value: number, nodes: number): string =>
    `Back up: V = ${number(value, 4)}, the geometric mean of the probabilities of all these tokens; N grows by one and Q ` +
    `takes V in at ${plural(nodes, 'node')}.`,
  terms: (exploration: number): string =>
    `What this simulation saw: score = Q + ${number(exploration)} · P · √(1 + N) / (1 + n)`,
  treeCaption: (step: number): string => `Nodes of the search tree of step ${step}, most visits first`,
  lanesCaption: (step: number): string => `Samples after step ${step}`,
  beamsCaption: (step: number): string => `Hypotheses after step ${step}`,
  columns: {
    lane: 'sample',
    step: 'step',
    token: 'token',
    id: 'id',
    probability: 'probability',
    slot: 'slot',
    rank: 'rank',
    state: 'state',
    parent: 'parent',
    text: 'text',
    logProbability: 'ln p',
    score: 'score',
    node: 'node',
    way: 'tokens from the root',
    prior: 'P',
    visits: 'visits',
    value: 'Q',
    at: 'at',
    bonus: 'C · P · √(1 + N) / (1 + n)',
    taken: 'taken',
    n: 'n',
  },
  yes: 'yes',
  saidSamples: (step: number, newest: string): string => `Step ${step}. ${newest}.`,
  saidLane: (lane: number, text: string, share: string): string => `Sample ${lane + 1}: ${text}, ${share}`,
  saidMore: (more: number): string => `${plural(more, 'more sample')}`,
  saidBeams: (step: number, text: string, ended: number): string =>
    `Step ${step}. The most probable hypothesis: ${text}.${ended > 0 ? ` ${plural(ended, 'hypothesis has', 'hypotheses have')} ended.` : ''}`,
  saidSearch: (step: number, text: string, visits: number, all: number): string =>
    `Step ${step}. The search chooses ${text}, with ${visits} of ${plural(all, 'visit')}.`,
  saidSimulation: (made: number, value: number): string => `Simulation ${made}, value ${number(value, 3)}`,
  picture: (what: string, moment: string): string => `${what} of ${moment}`,
} as const;
