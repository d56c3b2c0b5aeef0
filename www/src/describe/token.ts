// One token in words.

import type { Verdict } from '../contract';
import { percentWords } from '../format';
import { fadeOf } from '../layout/facts';
import type { Token, Trace } from '../view-state';
import { EFFECT_WORDS, quoted } from './words';

/** Where a token is in its life. */
export function stateWords(trace: Trace, token: Token): string {
  switch (token.state) {
    case 'prompt':
      return 'prompt token';
    case 'single':
      return 'alone at its position';
    case 'survived':
      return 'survived';
    case 'trial':
      return trace.run.options.removal === 'off' ? 'kept' : 'on trial';
    case 'removed':
      return removalWords(token);
  }
}

/** "removed at step 17, masked" */
export function removalWords(token: Token): string {
  const removal = token.removal;
  if (!removal) return 'removed';
  if (removal.by === 'budget') return `removed at step ${removal.step} to keep the budget`;
  return `removed at step ${removal.step}, ${EFFECT_WORDS[removal.effect]}`;
}

/** What the latest verdict says beyond "still there". */
function verdictWords(trace: Trace, verdict: Verdict): string[] {
  if (verdict.unattended) return ['kept although unattended'];
  if (verdict.keep) return [];
  if (verdict.effect === 'report') return ['would be removed, only reported'];
  const left = fadeOf(trace, verdict);
  return left === null ? [] : [`faded to ${percentWords(left)}`];
}

/** `" dog", 31 percent, member 2 of 3, on trial, received 0.9 percent` */
export function tokenLabel(trace: Trace, token: Token): string {
  const parts = [quoted(token.text)];
  if (token.probability !== null) parts.push(percentWords(token.probability));
  if (token.size > 1) parts.push(`member ${token.rank + 1} of ${token.size}`);
  parts.push(stateWords(trace, token));
  if (token.state !== 'removed' && token.verdict) parts.push(...verdictWords(trace, token.verdict.verdict));
  if (token.state !== 'removed') parts.push(`received ${percentWords(token.received)}`);
  return parts.join(', ');
}
