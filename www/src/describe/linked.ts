// The run that a link is of, in words: for the card that stands where the run would stand.

import type { LinkedRun } from '../app/linked';
import type { Run } from '../app/run.svelte';
import type { GenerationOptions } from '../contract';
import { PRESETS, presetOf } from '../presets';
import { settingOf } from '../settings';
import { changedKeys } from '../settings/values';
import { plural } from '../format';
import { list } from './words';

/** "Greedy, 24 steps at most", or option by option where no preset is meant. */
export function settingsWords(options: GenerationOptions): string {
  const id = presetOf(options);
  const preset = PRESETS.find((known) => known.id === id);
  const others = changedKeys(options).filter((key) => key !== 'max_steps' && key !== 'capacity');
  const own = others.map((key) => `${settingOf(key).label.toLowerCase()} ${String(options[key])}`);
  return `${preset?.label ?? list(own)}, ${plural(options.max_steps, 'step')} at most`;
}

/** What of the controls differs from a run, option by option; how long it is and how much it reports is no difference. */
export function differenceWords(run: GenerationOptions, controls: GenerationOptions): string[] {
  const quiet = ['max_steps', 'min_steps', 'candidates', 'capacity', 'readings'];
  const keys = (Object.keys(run) as (keyof GenerationOptions)[]).filter(
    (key) => run[key] !== controls[key] && !quiet.includes(key),
  );
  return keys.map((key) => `${settingOf(key).label.toLowerCase()} ${String(run[key])}`);
}

const OTHERWISE_WORDS = {
  model: 'another model',
  file: 'another file of the model: it has changed since the link was made',
  weights: 'weights that are kept in another format',
} as const;

/** Why the run on the screen, of the same prompt and options, is not that of the link; null where it is no such run. */
export function otherwiseWords(linkRun: LinkedRun, run: Run): string | null {
  const why = run.trace.end && linkRun.asksFor(run) ? linkRun.otherwise(run) : null;
  if (why === null) return null;
  if (why === 'short')
    return `The run on the screen ended before step ${linkRun.time}, so nothing is sought or pinned.`;
  return `The run on the screen has ${OTHERWISE_WORDS[why]}. So nothing is sought or pinned.`;
}

export interface LinkFact {
  name: string;
  words: string;
}

/** Prompt, model and settings of the run, and what the link looks at in it. */
export function linkFacts(run: LinkedRun): LinkFact[] {
  const weights = run.weights === null ? '' : `, weights kept as ${run.weights}`;
  const hash = run.hash === null ? '' : `, file ${run.hash.slice(0, 8)}…`;
  const changes = run.phases.slice(1).map((phase) => `from step ${phase.from}: ${settingsWords(phase.options)}`);
  const look = [
    ...(run.time === null ? [] : [run.time < 0 ? 'the prompt alone' : `step ${run.time}`]),
    ...(run.selected === null ? [] : ['a pinned token']),
  ];
  return [
    { name: 'Prompt', words: run.prompt },
    { name: 'Model', words: `${run.model ?? 'the story model of this page'}${weights}${hash}` },
    { name: 'Settings', words: [settingsWords(run.phases[0]!.options), ...changes].join('; ') },
    ...(look.length === 0 ? [] : [{ name: 'Opens at', words: list(look) }]),
  ];
}
