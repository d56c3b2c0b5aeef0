// The run that a link is of, in words: for the card that stands where the run would stand.

import type { LinkedRun } from '../app/linked';
import type { Run } from '../app/run.svelte';
import type { GenerationOptions } from '../contract';
import { PRESETS, presetOf } from '../presets';
import { settingOf, valueLabel } from '../settings';
import { changedKeys } from '../settings/values';
import { list } from './words';
import { words } from '../words/en/linked';

/** "Greedy, 24 steps at most", or option by option where no preset is meant. */
export function settingsWords(options: GenerationOptions): string {
  const id = presetOf(options);
  const preset = PRESETS.find((known) => known.id === id);
  const others = changedKeys(options).filter((key) => key !== 'max_steps' && key !== 'capacity');
  const own = others.map((key) => words.option(settingOf(key).label, valueLabel(key, options[key])));
  return words.settings(preset?.label ?? list(own), options.max_steps);
}

/** What of the controls differs from a run, option by option; how long it is and how much it reports is no difference. */
export function differenceWords(run: GenerationOptions, controls: GenerationOptions): string[] {
  const quiet = ['max_steps', 'min_steps', 'candidates', 'capacity', 'readings'];
  const keys = (Object.keys(run) as (keyof GenerationOptions)[]).filter(
    (key) => run[key] !== controls[key] && !quiet.includes(key),
  );
  return keys.map((key) => words.option(settingOf(key).label, valueLabel(key, run[key])));
}

/** Why the run on the screen, of the same prompt and options, is not that of the link; null where it is no such run. */
export function otherwiseWords(linkRun: LinkedRun, run: Run): string | null {
  const why = run.origin !== 'link' && run.trace.end && linkRun.asksFor(run) ? linkRun.otherwise(run) : null;
  if (why === null) return null;
  return why === 'short' ? words.endedBefore(linkRun.time) : words.otherwise[why];
}

export interface LinkFact {
  name: string;
  words: string;
}

/** Prompt, model and settings of the run, and what the link looks at in it. */
export function linkFacts(run: LinkedRun): LinkFact[] {
  const changes = run.phases.slice(1).map((phase) => words.from(phase.from, settingsWords(phase.options)));
  const look = [
    ...(run.time === null ? [] : [run.time < 0 ? words.promptAlone : words.step(run.time)]),
    ...(run.selected === null ? [] : [words.pin]),
  ];
  return [
    { name: words.prompt, words: run.prompt },
    { name: words.model, words: words.modelOf(run.model, run.weights, run.hash) },
    { name: words.settingsTitle, words: [settingsWords(run.phases[0]!.options), ...changes].join('; ') },
    ...(look.length === 0 ? [] : [{ name: words.opensAt, words: list(look) }]),
  ];
}
