// The run that a link is of, as long as it is not there: it has to be computed. What the link says of it (a step, a
// pin) waits until then and is never said of another run.

import type { GenerationOptions, Slot } from '../contract';
import type { WeightFormat } from '../engine';
import type { ModelSource, RecordedSource, StoredModel } from '../models/source';
import { OPTION_KEYS } from '../option-rules';
import type { SharedState } from '../url-state';
import { EMBEDDED } from './live.svelte';
import type { Phase, Run } from './run.svelte';

/** The name of the model that comes with the page. */
const STORY = 'storyteller';

/** Digits of a file's hash that stand in a link: enough to tell two files apart. */
export const HASH_DIGITS = 16;

/** A name as a link can carry it. */
export function linkable(name: string): string {
  return name.replace(/[^!#-;=?-~]/g, '-');
}

/**
 * Where others find the model; null where it comes with the page or was a file of this computer. What stands behind
 * the "?" of an address may be a key to it and stays here.
 */
export function addressOf(source: RecordedSource): string | null {
  if (source.kind === 'url') return linkable(source.base.replace(/[?#].*$/, ''));
  if (source.kind !== 'hub') return null;
  const { repo, file, quantisation } = source;
  const path = file !== undefined ? `${repo}/${file}` : quantisation !== undefined ? `${repo}:${quantisation}` : repo;
  return source.revision === 'main' ? path : `${path}@${source.revision}`;
}

/** The model of a run as a link names it: its address, or else its name; null for the one that comes with the page. */
export function modelOf(run: Run): string | null {
  const { id } = run.trace.run.model;
  const address = run.setup && addressOf(run.setup.source);
  return address ?? (id === STORY ? null : linkable(id));
}

/** The same choices; how many rows the cache may have is open unless it is said. */
function same(asked: GenerationOptions, other: GenerationOptions): boolean {
  return OPTION_KEYS.every((key) => asked[key] === other[key] || (key === 'capacity' && asked[key] === null));
}

export class LinkedRun {
  readonly model: string | null;
  readonly hash: string | null;
  readonly weights: WeightFormat | null;
  readonly time: number | null;
  readonly selected: Slot | null;

  constructor(
    readonly prompt: string,
    readonly phases: readonly Phase[],
    /** As it came, to be handed on. */
    readonly state: SharedState,
  ) {
    this.model = state.model ?? null;
    this.hash = state.hash ?? null;
    this.weights = state.weights ?? null;
    this.time = state.time ?? null;
    this.selected = state.selected ?? null;
  }

  /** The options that the run ends with. */
  get options(): GenerationOptions {
    return this.phases.at(-1)!.options;
  }

  /** Whether a run of this prompt and these options is the one. */
  asks(prompt: string, options: GenerationOptions): boolean {
    return prompt === this.prompt && same(this.options, options);
  }

  /** Whether this is the run, as far as the link tells, and as far as the link looks. */
  is(run: Run): boolean {
    return run.origin !== 'link' && this.asksFor(run) && this.otherwise(run) === null;
  }

  /** Whether the run has the prompt and the options, from step to step. */
  asksFor(run: Run): boolean {
    const { phases } = run;
    return (
      run.trace.run.prompt.text === this.prompt &&
      phases.length === this.phases.length &&
      this.phases.every(({ from, options }, i) => from === phases[i]!.from && same(options, phases[i]!.options))
    );
  }

  /** What keeps a run of this prompt and these options from being the one. */
  otherwise(run: Run): 'model' | 'file' | 'weights' | 'short' | null {
    const { setup } = run;
    if (!this.hasModelOf(run)) return 'model';
    if (this.hash !== null && setup?.hash && !setup.hash.startsWith(this.hash)) return 'file';
    if (this.weights !== null && setup && setup.weights !== this.weights) return 'weights';
    return this.time !== null && this.time > run.last ? 'short' : null;
  }

  private hasModelOf(run: Run): boolean {
    // Links of before had the name of the model, and those written by hand have often none.
    if (this.model === null) return (this.time ?? this.selected) === null || modelOf(run) === null;
    return this.model === modelOf(run) || this.model === linkable(run.trace.run.model.id);
  }

  /** Where its model is to be had; null for a file that only the sender has. */
  source(stored: readonly StoredModel[]): ModelSource | null {
    if (this.model === null || this.model === STORY) return EMBEDDED;
    const copy = stored.find((model) => model.complete && this.names(model));
    if (copy) return { kind: 'stored', key: copy.key };
    if (/^https?:\/\//i.test(this.model)) return { kind: 'url', base: this.model };
    const [path = '', revision = 'main'] = this.model.split('@', 2);
    return path.includes('/') ? { kind: 'hub', repo: path, revision } : null;
  }

  private names(model: StoredModel): boolean {
    return this.model === addressOf(model.source) || this.model === linkable(model.title.replace(/\.gguf$/i, ''));
  }
}
