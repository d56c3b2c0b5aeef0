// Attention received and its verdicts, in words.

import type { Slot } from '../contract';
import { number, percent, percentsApart } from '../format';
import { laterRows, receivedBy, sinkShare } from '../history';
import type { ArcsLayout } from '../layout/arcs';
import { isShare, type Trial, type TrialRow } from '../layout/received';
import type { Column, Token, Trace, ViewState } from '../view-state';
import type { Cell, Table } from './table';
import { named } from './named';
import { words } from '../words/en/received';

const { columns } = words;

/** "half the set's mean", "0.9 of the set's mean" */
export const shareOfMean = words.shareOfMean;

/** A score or a limit as the score's kind is read: percent, or a factor. */
export function scoreText(trace: Trace, value: number): string {
  return isShare(trace.run.options.removal_score) ? percent(value) : number(value);
}

/** A score and the line it was held against, with the digit that decides. */
export function scorePair(trace: Trace, score: number, limit: number): [score: string, limit: string] {
  return isShare(trace.run.options.removal_score) ? percentsApart(score, limit) : numbersApart(score, limit);
}

function numbersApart(score: number, limit: number): [string, string] {
  const [a, b] = [number(score), number(limit)];
  return a === b && score !== limit ? [number(score, 5), number(limit, 5)] : [a, b];
}

function scoreSentence(trace: Trace, row: TrialRow, share: string): string {
  const name = named(row.text);
  const later = laterRows(trace, row.slot, row.step ?? -1);
  switch (trace.run.options.removal_score) {
    case 'attention':
      return words.scores.attention(name, share, later);
    case 'share':
      return words.scores.share(name, row.evidence, later, share);
    case 'share-ratio':
      return words.scores.ratio(name, row.evidence, later, share);
    case 'posterior':
      return words.scores.posterior(name, share);
    case 'gamma':
      return words.scores.gamma(name, share);
  }
}

function lineWords(trace: Trace, line: string): string {
  const { removal_rule: rule, relative } = trace.run.options;
  return rule === 'relative' ? words.relativeLine(line, shareOfMean(relative)) : words.absoluteLine(line);
}

/** The verdict card: what it got, where the line was, what was decided, what that did. */
export function verdictSentence(trace: Trace, row: TrialRow): string {
  if (row.step === null || row.limit === null || row.score === null) {
    return words.notJudgedYet(named(row.text));
  }
  const [share, line] = scorePair(trace, row.score, row.limit);
  const judged = words.judged(scoreSentence(trace, row, share), lineWords(trace, line));
  if (row.keep) return words.keptAt(judged, row.step, row.score < row.limit);
  return words.goneAt(judged, row.step, trace.run.options.removal);
}

/** One word for the end of a trial row. */
export function verdictWord(trace: Trace, row: TrialRow): string {
  const { verdicts } = words;
  if (row.step === null) return trace.run.options.removal === 'off' ? verdicts.none : verdicts.notYet;
  if (row.keep) return (row.score ?? 0) < (row.limit ?? 0) ? verdicts.spared : verdicts.kept;
  return row.removed ? verdicts.removed(row.step) : verdicts.weak;
}

/** The same under a limit that is tried out. */
export function whatIfWord(row: TrialRow): string {
  if (!row.whatIf) return '';
  const { spared, stay, go } = words.would;
  const would = row.whatIf.keep ? (row.whatIf.spared ? spared : stay) : go;
  return row.whatIf.changed ? would : words.asRecorded(would);
}

/** Why a set has no trial yet, or none at all. */
export function trialNote(trace: Trace, column: Column, trial: Trial | null): string {
  const options = trace.run.options;
  if (column.step === null) return words.promptNotJudged;
  if (column.tokens.length < 2) return words.alone;
  if (options.removal === 'off') return words.removalOff;
  if (trial === null || trial.step === null) {
    return words.judgedAfter(options.min_evidence);
  }
  return '';
}

export function sinkSentence(trace: Trace, view: ViewState): string {
  if (view.step < 0) return '';
  const first = view.tokens[0];
  return first ? words.sink(named(first.text), sinkShare(trace, view.step), view.step) : '';
}

/** How many arcs are drawn, and how many the cut hides. */
export function arcsSentence(token: Token, arcs: ArcsLayout, cut: number): string {
  const later = arcs.weights.size;
  const name = named(token.text);
  if (later === 0) return words.nobodyLooked(name);
  return words.arcs(name, arcs.arcs.length, arcs.hidden, cut, arcs.hiddenWeight / arcs.hidden, arcs.beyond);
}

/** One row per later step: what one token received. */
export function receivedTable(trace: Trace, view: ViewState, slot: Slot): Table {
  const token = view.tokens[slot];
  const without = receivedBy(trace, slot, view.step, { ignoreFirst: true });
  return {
    caption: words.tableTitle(token ? named(token.text) : null, slot),
    columns: [
      { name: columns.step, kind: 'number' },
      { name: columns.from, kind: 'token' },
      { name: columns.received, kind: 'number', digits: 4 },
      { name: columns.withoutFirst, kind: 'number', digits: 4 },
      { name: columns.score, kind: 'number', digits: 4 },
      { name: columns.limit, kind: 'number', digits: 4 },
      { name: columns.verdict },
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
        verdict ? (verdict.keep ? words.verdicts.kept : words.verdicts.weak) : null,
      ];
    }),
  };
}
