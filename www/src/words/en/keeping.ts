// Words for what stays on this device between visits.

import { bytes, plural } from '../../format';

export const KEEPING = {
  title: 'What this page keeps on this device',
  noRuns: 'No runs of yours.',
  never: 'This browser lets the page keep no runs, as private windows often do. Save what you want to have later.',
  prompt: 'Your prompt, your options, and the choices above.',
  resetDraft: 'Reset prompt and options',
  nowhere: 'Nothing of it leaves this device.',
  deleteChats: 'Delete all conversations',
  deleteAll: 'Delete all of it: models, runs, conversations, prompt, options',
  models: 'See and delete models',
  all: 'All that this page keeps here',
  deleteRun: 'Delete',
  reallyDelete: 'Really delete',
  deleteRuns: 'Delete all my runs',
  running: 'A run is under way; stop it before you delete.',
} as const;

export function modelsKept(sizes: readonly number[]): string {
  if (sizes.length === 0) return 'No models.';
  const sum = sizes.reduce((all, size) => all + size, 0);
  return `Models: ${bytes(sum)}, ${plural(sizes.length, 'model')}.`;
}

export function runsKept(count: number, size: number, most: { runs: number; bytes: number }): string {
  if (count === 0) return KEEPING.noRuns;
  return `Runs: ${bytes(size)}, ${plural(count, 'run')}. Up to ${most.runs} runs and ${bytes(most.bytes)}; then the oldest go.`;
}

export function chatsKept(count: number): string {
  return count === 0 ? 'No conversations.' : `${plural(count, 'conversation')}, with their lattices.`;
}

/** Why a run of the list will not be there after a reload. */
export const NOT_KEPT = {
  large: 'too large to keep: it is gone when you leave, unless you save it',
  failed: 'not kept: it is gone when you leave, unless you save it',
} as const;

export function deleteName(title: string, sure: boolean): string {
  return `${sure ? KEEPING.reallyDelete : KEEPING.deleteRun}: ${title}`;
}

/** Beside the run's other facts in the list. */
export function cutAt(note: string, step: number): string {
  const where = `kept up to step ${step}, then the page was left`;
  return note === '' ? where : `${note} · ${where}`;
}
