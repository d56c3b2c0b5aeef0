// Where the reader is: one time, one selection.

import type { Slot } from '../contract';
import type { Token, ViewState } from '../view-state';
import { quoted } from './words';
import { words } from '../words/en/places';

export interface Crumb {
  kind: 'step' | 'position' | 'token' | 'compare';
  text: string;
}

function name(token: Token): string {
  return token.size > 1 ? words.member(quoted(token.text), token.rank + 1, token.size) : quoted(token.text);
}

/** The parts of `step 17 · position 26 · " dog" (2 of 3)`. */
export function crumbs(view: ViewState, selected: Slot | null, compared: Slot | null = null): Crumb[] {
  const parts: Crumb[] = [{ kind: 'step', text: view.step < 0 ? words.beforeFirst : words.step(view.step) }];
  const token = selected === null ? undefined : view.tokens[selected];
  if (!token) return parts;
  parts.push({ kind: 'position', text: words.position(token.position) }, { kind: 'token', text: name(token) });
  const other = compared === null ? undefined : view.tokens[compared];
  if (other) parts.push({ kind: 'compare', text: words.comparedWith(name(other), other.position) });
  return parts;
}

export function breadcrumb(view: ViewState, selected: Slot | null, compared: Slot | null = null): string {
  return crumbs(view, selected, compared)
    .map((part) => part.text)
    .join(' · ');
}
