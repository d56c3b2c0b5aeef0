// Which palette the page wears now, for pictures that are made on request.

import type { Look } from '../palette';

/** The palette that is to be seen: the visitor's choice, else the system's. Paper is always light. */
export function look(): Look {
  const chosen = document.documentElement.dataset.look;
  if (chosen === 'light' || chosen === 'dark' || chosen === 'projector') return chosen;
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}
