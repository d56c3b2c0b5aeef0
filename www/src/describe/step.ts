// What a step did, for the live region: short enough to be listened to.

import type { EndEvent } from '../contract';
import { percent, percentWords } from '../format';
import { speakers } from '../layout/facts';
import type { Column, Trace, ViewState } from '../view-state';
import * as speech from '../words/en/speech';
import { list, spoken } from './words';

/** How much is spoken: every step, only those that open or close alternatives, or none. */
export type Verbosity = 'all' | 'branches' | 'off';

/** `" cat" 41 percent, " dog" 31 percent and " child" 12 percent` */
function members(column: Column): string {
  return list(column.tokens.map((token) => speech.member(spoken(token.text), percentWords(token.probability ?? 0))));
}

/** `Removed: " child" at position 9.` for what this step took out. */
export function removalSentence(view: ViewState): string {
  const gone = view.tokens.filter((token) => token.removal?.step === view.step);
  if (gone.length === 0) return '';
  if (gone.length > 4) return speech.removedMany(gone.length);
  return speech.removed(list(gone.map((token) => speech.removedOne(spoken(token.text), token.position))));
}

/** `Three tokens at position 12: " cat" 41 percent, " dog" 31 percent and " child" 12 percent.` */
export function setSentence(column: Column): string {
  const n = column.tokens.length;
  const first = column.tokens[0];
  if (n === 1 && first) {
    return speech.oneToken(column.position, spoken(first.text), percentWords(first.probability ?? 0));
  }
  return speech.severalTokens(n, column.position, column.tokens[n - 1]?.position ?? column.position, members(column));
}

function readoutSentence(trace: Trace, view: ViewState): string {
  const why = endWords(trace);
  if (why !== null && view.step === trace.steps.length - 1) return speech.endsHere(why);
  const speaking = speakers(trace, view.readout);
  if (view.readout.length < 2) return '';
  if (speaking.length === view.readout.length) return speech.readFromAll(speaking.length);
  const token = view.tokens[speaking[0] ?? -1];
  return token ? speech.readFrom(spoken(token.text)) : '';
}

/** Why a run ended; null while it goes on. How probable its end was is known of runs since version 2. */
export function endWords(trace: Trace): string | null {
  if (!trace.end) return null;
  const { reason } = trace.end;
  if (reason !== 'eos') return speech.END[reason];
  return trace.beside ? speech.END_BESIDE : speech.END_OF_TEXT[trace.run.options.eos] + endShare(trace.end);
}

function endShare({ ended = [] }: EndEvent): string {
  return ended.length === 0 ? '' : `, ${percent(ended.reduce((sum, { probability }) => sum + probability, 0))}`;
}

/** `Step 7. Three tokens at position 12: … Next is read from " cat".` Empty when there is nothing to say. */
export function stepSummary(trace: Trace, view: ViewState, verbosity: Verbosity): string {
  if (verbosity === 'off') return '';
  const column = view.columns[view.columns.length - 1];
  if (view.step < 0 || !column || column.step === null) {
    return verbosity === 'all' ? speech.beforeFirst(view.tokens.length) : '';
  }
  const removed = removalSentence(view);
  const last = trace.end !== null && view.step === trace.steps.length - 1;
  if (verbosity === 'branches' && column.tokens.length < 2 && removed === '' && !last) return '';
  const fallback = view.current?.fallback ? speech.FALLBACK : '';
  return [speech.step(view.step), fallback, setSentence(column), removed, readoutSentence(trace, view)]
    .filter(Boolean)
    .join(' ');
}
