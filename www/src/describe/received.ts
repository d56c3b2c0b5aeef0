// Attention received and its verdicts, in words.

import type { RemovalMode, Slot } from '../contract';
import { number, percent, plural } from '../format';
import { receivedBy, sinkShare } from '../history';
import type { ArcsLayout } from '../layout/arcs';
import { isShare, type Trial, type TrialRow } from '../layout/received';
import type { Column, Token, Trace, ViewState } from '../view-state';
import type { Cell, Table } from './table';
import { named } from './named';

const EFFECTS: Readonly<Record<RemovalMode, string>> = {
  off: '',
  report: 'Effect: reported only, nothing changes.',
  mask: 'Effect: masked, later tokens do not see it.',
  evict: 'Effect: evicted, later tokens do not see it and its memory is free.',
  rebuild: 'Effect: rebuilt, the tokens that had seen it were computed again without it.',
  fade: 'Effect: faded, it is looked at less from the next step on; nothing is removed.',
};

/** "half the set's mean", "0.9 of the set's mean" */
export function shareOfMean(relative: number): string {
  if (relative === 0.5) return "half the set's mean";
  if (relative === 1) return "the set's mean";
  return `${number(relative)} of the set's mean`;
}

/** A score or a limit as the score's kind is read: percent, or a factor. */
export function scoreText(trace: Trace, value: number): string {
  return isShare(trace.run.options.removal_score) ? percent(value) : number(value);
}

/** Queries and steps after a slot's birth up to a step: the rows that could look at it. */
export function laterRows(trace: Trace, slot: Slot, upto: number): { rows: number; steps: number } {
  let born = -1;
  let rows = 0;
  let steps = 0;
  for (const step of trace.steps) {
    if (step.step > upto) break;
    if (step.set.some((member) => member.slot === slot)) born = step.step;
    else if (born >= 0) {
      rows += step.set.length;
      steps += 1;
    }
  }
  const window = trace.run.options.window;
  if (window > 0 && steps > window) {
    const latest = trace.steps.filter((step) => step.step <= upto).slice(-window);
    return { rows: latest.reduce((sum, step) => sum + step.set.length, 0), steps: latest.length };
  }
  return { rows, steps };
}

function scoreSentence(trace: Trace, row: TrialRow): string {
  const name = named(row.text);
  const score = row.score ?? 0;
  const { rows, steps } = laterRows(trace, row.slot, row.step ?? -1);
  const from = `from ${plural(rows, 'later token')} (${plural(steps, 'step')})`;
  const sentence = `${name} got ${row.evidence === null ? 'no attention' : percent(row.evidence)} on average ${from}`;
  switch (trace.run.options.removal_score) {
    case 'attention':
      return `${name} got ${percent(score)} on average ${from}`;
    case 'share':
      return `${sentence}, ${percent(score)} of what its set got`;
    case 'share-ratio':
      return `${sentence}, ${number(score)} times its weight in the set`;
    case 'posterior':
      return `Now that the next set is known, ${name} has a probability of ${percent(score)} (its posterior)`;
    case 'gamma':
      return `Now that all sets since are known, ${name} has a probability of ${percent(score)} (its gamma)`;
  }
}

function lineWords(trace: Trace, limit: number): string {
  const { removal_rule: rule, relative } = trace.run.options;
  const line = scoreText(trace, limit);
  return rule === 'relative' ? `the line is ${line} (${shareOfMean(relative)})` : `the limit is ${line}`;
}

/** The verdict card: what it got, where the line was, what was decided, what that did. */
export function verdictSentence(trace: Trace, row: TrialRow): string {
  if (row.step === null || row.limit === null || row.score === null) {
    return `${named(row.text)} was not judged yet.`;
  }
  const sentence = `${scoreSentence(trace, row)}; ${lineWords(trace, row.limit)}.`;
  if (row.keep) {
    const spared = row.score < row.limit;
    return `${sentence} Kept at step ${row.step}${spared ? ' although it is below the line: one member has to stay' : ''}.`;
  }
  const effect = trace.run.options.removal;
  const done = effect === 'report' || effect === 'fade' ? 'Judged too weak' : 'Removed';
  return [`${sentence} ${done} at step ${row.step}.`, EFFECTS[effect]].filter(Boolean).join(' ');
}

/** One word for the end of a trial row. */
export function verdictWord(trace: Trace, row: TrialRow): string {
  if (row.step === null) return trace.run.options.removal === 'off' ? 'not judged' : 'not judged yet';
  if (row.keep) return (row.score ?? 0) < (row.limit ?? 0) ? 'spared' : 'kept';
  return row.removed ? `removed at step ${row.step}` : 'too weak';
}

/** The same under a limit that is tried out. */
export function whatIfWord(row: TrialRow): string {
  if (!row.whatIf) return '';
  const would = row.whatIf.keep ? (row.whatIf.spared ? 'would be spared' : 'would stay') : 'would go';
  return row.whatIf.changed ? would : `${would}, as recorded`;
}

/** Why a set has no trial yet, or none at all. */
export function trialNote(trace: Trace, column: Column, trial: Trial | null): string {
  const options = trace.run.options;
  if (column.step === null) return 'Prompt tokens are never judged.';
  if (column.tokens.length < 2) return 'It is alone at its position: nothing to judge.';
  if (options.removal === 'off') return 'Removal is off in this run: attention received is shown, nobody is judged.';
  if (trial === null || trial.step === null) {
    const wait = plural(options.min_evidence, 'later step');
    return `It is judged after ${wait}.`;
  }
  return '';
}

export function sinkSentence(trace: Trace, view: ViewState): string {
  if (view.step < 0) return '';
  const first = view.tokens[0];
  return first
    ? `${named(first.text)}, the first token, received ${percent(sinkShare(trace, view.step))} of the attention of step ${view.step}.`
    : '';
}

/** How many arcs are drawn, and how many the cut hides. */
export function arcsSentence(token: Token, arcs: ArcsLayout, cut: number): string {
  const later = arcs.weights.size;
  const name = named(token.text);
  if (later === 0) return `No later token has looked at ${name} yet.`;
  const parts = [`${plural(arcs.arcs.length, 'arc')} into ${name}`];
  if (arcs.hidden === 0) parts[0] += ', none hidden';
  else
    parts.push(
      `${arcs.hidden} below ${percent(cut)} hidden, ${percent(arcs.hiddenWeight / arcs.hidden)} each on average`,
    );
  if (arcs.beyond > 0) parts.push(`${arcs.beyond} later columns are not drawn`);
  return `${parts.join('; ')}.`;
}

/** One row per later step: what one token received. */
export function receivedTable(trace: Trace, view: ViewState, slot: Slot): Table {
  const token = view.tokens[slot];
  const without = receivedBy(trace, slot, view.step, { ignoreFirst: true });
  return {
    caption: `Attention received by ${token ? named(token.text) : 'no token'} (slot ${slot}), step by step`,
    columns: [
      { name: 'step', kind: 'number' },
      { name: 'looked from', kind: 'token' },
      { name: 'received', kind: 'number', digits: 4 },
      { name: 'without the first token', kind: 'number', digits: 4 },
      { name: 'score', kind: 'number', digits: 4 },
      { name: 'limit', kind: 'number', digits: 4 },
      { name: 'verdict' },
    ],
    rows: receivedBy(trace, slot, view.step).map(({ step, value }, index): Cell[] => {
      const event = trace.steps[step];
      const verdict = event?.verdicts.find((candidate) => candidate.slot === slot);
      return [
        step,
        event?.set.map((member) => member.text) ?? null,
        value,
        without[index]?.value ?? null,
        verdict?.score ?? null,
        verdict?.limit ?? null,
        verdict ? (verdict.keep ? 'kept' : 'too weak') : null,
      ];
    }),
  };
}

/** One row per member of a set on trial. */
export function trialTable(trace: Trace, trial: Trial): Table {
  return {
    caption: `Trial of the set at position ${trial.position}`,
    columns: [
      { name: 'slot', kind: 'number' },
      { name: 'token', kind: 'token' },
      { name: 'mean received', kind: 'number', digits: 4 },
      { name: 'judged at step', kind: 'number' },
      { name: 'score', kind: 'number', digits: 4 },
      { name: 'limit', kind: 'number', digits: 4 },
      { name: 'verdict' },
    ],
    rows: trial.rows.map((row): Cell[] => [
      row.slot,
      row.text,
      row.mean,
      row.step,
      row.score,
      row.limit,
      verdictWord(trace, row),
    ]),
  };
}
