// Where the reader is: one time, one selection.

import type { Slot } from '../contract';
import type { Token, ViewState } from '../view-state';
import { quoted } from './words';

export interface Crumb {
  kind: 'step' | 'position' | 'token' | 'compare';
  text: string;
}

function name(token: Token): string {
  return token.size > 1 ? `${quoted(token.text)} (${token.rank + 1} of ${token.size})` : quoted(token.text);
}

/** The parts of `step 17 · position 26 · " dog" (2 of 3)`. */
export function crumbs(view: ViewState, selected: Slot | null, compared: Slot | null = null): Crumb[] {
  const parts: Crumb[] = [{ kind: 'step', text: view.step < 0 ? 'before step 0' : `step ${view.step}` }];
  const token = selected === null ? undefined : view.tokens[selected];
  if (!token) return parts;
  parts.push({ kind: 'position', text: `position ${token.position}` }, { kind: 'token', text: name(token) });
  const other = compared === null ? undefined : view.tokens[compared];
  if (other) parts.push({ kind: 'compare', text: `with ${name(other)} at position ${other.position}` });
  return parts;
}

export function breadcrumb(view: ViewState, selected: Slot | null, compared: Slot | null = null): string {
  return crumbs(view, selected, compared)
    .map((part) => part.text)
    .join(' · ');
}
