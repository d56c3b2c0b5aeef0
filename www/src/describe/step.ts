// What a step did, for the live region: short enough to be listened to.

import type { EndEvent } from '../contract';
import { percent, percentWords, plural } from '../format';
import { speakers } from '../layout/facts';
import type { Column, Trace, ViewState } from '../view-state';
import { bare, capital, list, numberWord } from './words';

/** How much is spoken: every step, only those that open or close alternatives, or none. */
export type Verbosity = 'all' | 'branches' | 'off';

/** "cat 41, dog 31 and child 12 percent" */
function members(column: Column): string {
  const members = column.tokens.map((token) => ({ name: bare(token.text), p: percentWords(token.probability ?? 0) }));
  const unit = ' percent';
  const last = members.length - 1;
  return list(
    members.map(({ name, p }, i) =>
      i < last && p.endsWith(unit) ? `${name} ${p.slice(0, -unit.length)}` : `${name} ${p}`,
    ),
  );
}

/** "Removed: child at position 9." for what this step took out. */
export function removalSentence(view: ViewState): string {
  const gone = view.tokens.filter((token) => token.removal?.step === view.step);
  if (gone.length === 0) return '';
  if (gone.length > 4) return `Removed: ${plural(gone.length, 'member')} of earlier sets.`;
  return `Removed: ${list(gone.map((token) => `${bare(token.text)} at position ${token.position}`))}.`;
}

/** "Three tokens at position 12: cat 41, dog 31 and child 12 percent." */
export function setSentence(column: Column): string {
  const n = column.tokens.length;
  const first = column.tokens[0];
  if (n === 1 && first) {
    return `One token at position ${column.position}: ${bare(first.text)}, ${percentWords(first.probability ?? 0)}.`;
  }
  const last = column.tokens[n - 1];
  const spread = last !== undefined && last.position !== column.position;
  const where = spread ? `positions ${column.position} to ${last.position}` : `position ${column.position}`;
  return `${capital(numberWord(n))} tokens at ${where}: ${members(column)}.`;
}

function readoutSentence(trace: Trace, view: ViewState): string {
  const end = trace.end;
  if (end && view.step === trace.steps.length - 1) return `The run ends here: ${endWords(trace)}.`;
  const speaking = speakers(trace, view.readout);
  if (view.readout.length < 2) return '';
  if (speaking.length === view.readout.length) return `Next is read from all ${numberWord(speaking.length)}.`;
  const token = view.tokens[speaking[0] ?? -1];
  return token ? `Next is read from ${bare(token.text)}.` : '';
}

/** By which rule the model's end of text ended a run (ALGORITHM.md §5). */
const EOS_WORDS = {
  top: 'end of text was the most probable token',
  any: 'end of text was in the set',
  all: 'nothing but end of text was in the set',
  mass: 'end of text had more than half of the set',
} as const;

/** Why a run ended; null while it goes on. How probable its end was is known of runs since version 2. */
export function endWords(trace: Trace): string | null {
  if (!trace.end) return null;
  switch (trace.end.reason) {
    case 'max-steps':
      return 'the number of steps is reached';
    case 'eos':
      return EOS_WORDS[trace.run.options.eos] + endShare(trace.end);
    case 'context-full':
      return 'the context is full';
    case 'stopped':
      return 'stopped by hand';
  }
}

function endShare({ ended = [] }: EndEvent): string {
  return ended.length === 0 ? '' : `, ${percent(ended.reduce((sum, { probability }) => sum + probability, 0))}`;
}

/** "Step 7. Three tokens at position 12: … Next is read from cat." Empty when there is nothing to say. */
export function stepSummary(trace: Trace, view: ViewState, verbosity: Verbosity): string {
  if (verbosity === 'off') return '';
  const column = view.columns[view.columns.length - 1];
  if (view.step < 0 || !column || column.step === null) {
    return verbosity === 'all' ? `Before step 0. The prompt has ${plural(view.tokens.length, 'token')}.` : '';
  }
  const removed = removalSentence(view);
  const last = trace.end !== null && view.step === trace.steps.length - 1;
  if (verbosity === 'branches' && column.tokens.length < 2 && removed === '' && !last) return '';
  const fallback = view.current?.fallback ? 'No token reached the threshold; the most probable is taken.' : '';
  return [`Step ${view.step}.`, fallback, setSentence(column), removed, readoutSentence(trace, view)]
    .filter(Boolean)
    .join(' ');
}
