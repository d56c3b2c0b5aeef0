// One token in words.

import type { Verdict } from '../contract';
import { percentWords } from '../format';
import { fadeOf } from '../layout/facts';
import { receivedAt } from '../reduce';
import type { Token, Trace, ViewState } from '../view-state';
import * as speech from '../words/en/speech';
import { spoken } from './words';

/** Where a token is in its life. */
export function stateWords(trace: Trace, token: Token): string {
  if (token.state === 'removed') return removalWords(token);
  if (token.state === 'trial' && trace.run.options.removal === 'off') return speech.STATE.kept;
  return speech.STATE[token.state];
}

/** "removed at step 17, masked" */
export function removalWords(token: Token): string {
  const removal = token.removal;
  if (!removal) return speech.STATE.removed;
  if (removal.by === 'budget') return speech.removedForBudget(removal.step);
  return speech.removedAt(removal.step, speech.EFFECTS[removal.effect]);
}

/** What the latest verdict says beyond "still there". */
function verdictWords(trace: Trace, verdict: Verdict): string[] {
  if (verdict.unattended) return [speech.UNATTENDED];
  if (verdict.keep) return [];
  if (verdict.effect === 'report') return [speech.REPORTED];
  const left = fadeOf(trace, verdict);
  return left === null ? [] : [speech.faded(percentWords(left))];
}

/** `" dog", 31 percent, member 2 of 3, on trial, received 0.9 percent` */
export function tokenLabel(trace: Trace, view: ViewState, token: Token): string {
  const parts = [spoken(token.text)];
  if (token.probability !== null) parts.push(percentWords(token.probability));
  if (token.size > 1) parts.push(speech.memberOf(token.rank + 1, token.size));
  parts.push(stateWords(trace, token));
  if (token.state !== 'removed' && token.verdict) parts.push(...verdictWords(trace, token.verdict.verdict));
  if (token.state !== 'removed') parts.push(speech.received(percentWords(receivedAt(view, token.slot))));
  return parts.join(', ');
}
