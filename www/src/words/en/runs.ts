// The words of the list of runs.

import { plural } from '../../format';

export const RUNS_TITLE = 'Runs';
export const RECORDED = 'Recorded runs';
export const RECORDED_WHAT = 'Real runs, shown at once. Nothing is computed and no model is fetched.';
export const YOURS = 'Your runs';
export const LOOK_AT = 'Look at:';
export const OPEN_FILE = 'Open a saved run';
export const SAVE_RUN = 'Save this run';
export const DROP = 'A file of a run (a “trace”) can be dropped anywhere on the page too.';

/** The model of a run as people name it. */
export function modelName(id: string): string {
  return id === 'storyteller' ? 'the story model of this page' : id;
}

/** "SmolLM2-135M-Instruct · 20 steps · recorded on 2026-11-28", as far as it is known. */
export function recordedFacts(model: string | null, steps: number | null, date: string | null): string {
  const facts = [model ?? '', steps === null ? '' : plural(steps, 'step'), date === null ? '' : `recorded on ${date}`];
  return facts.filter(Boolean).join(' · ') || 'recorded';
}

export function ownFacts(badge: string, steps: number): string {
  return `${badge} · ${plural(steps, 'step')}`;
}
