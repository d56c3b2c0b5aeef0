// Names of saved files: what it is, of which prompt, at which moment.

import { lastOf, type Trace, type ViewState } from '../view-state';

/** Most letters of the prompt. */
const MOST = 40;

/** The prompt's first words as a part of a file name: letters, digits and hyphens only. */
function slug(prompt: string): string {
  const words = prompt.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  let name = '';
  for (const word of words) {
    const longer = name === '' ? [...word].slice(0, MOST).join('') : `${name}-${word}`;
    if (longer.length > MOST) break;
    name = longer;
  }
  return name || 'run';
}

/** "tempo-lattice-once-upon-a-time-step-12", without an ending. */
export function fileName(
  part: string,
  trace: Trace,
  view: ViewState,
  range: { from: number; to: number } | null = null,
): string {
  const steps = range && (range.from > 0 || range.to < view.step) ? `-of-${range.from}-to-${range.to}` : '';
  const moment = view.step < 0 ? '-prompt' : `-step-${view.step}`;
  return `tempo-${part}-${slug(trace.run.prompt.text)}${moment}${steps}`;
}

/** The same for what is of the whole run: "tempo-run-once-upon-a-time-26-steps". */
export function runName(trace: Trace): string {
  return `tempo-run-${slug(trace.run.prompt.text)}-${lastOf(trace) + 1}-steps`;
}
