// One run of the list: a recorded one, a live one, or one from a file.

import type { GenerationOptions } from '../contract';
import type { WeightFormat } from '../engine';
import type { Origin as ModelOrigin } from '../models/source';
import { lastOf, type Trace } from '../view-state';
import type { Offer } from './offers';

/** A run of a link came inside of it and was not computed here. */
export type Origin = 'recorded' | 'live' | 'file' | 'link';

/** Options in force from a step on. A run has one phase, a branch two or more. */
export interface Phase {
  from: number;
  options: GenerationOptions;
}

/** What a live run was computed with, beside the options in its trace. */
export interface Setup extends ModelOrigin {
  /** null where the engine did not tell. */
  weights: WeightFormat | null;
  /** Cache rows as asked for; the trace has the number that came of it. */
  capacity: number | null;
}

/** How ordinary decoding goes on after the same prompt: the most probable token at every step and nothing else. */
export interface Ordinary {
  text: string;
  /** How many steps were computed; null where nobody has told. */
  steps: number | null;
}

export interface RunFacts {
  title: string;
  origin: Origin;
  trace: Trace;
  note?: string;
  /** When it was recorded, as people write it. */
  date?: string | null;
  /** Name of the recorded file, for links. */
  file?: string | null;
  /** What the site's index says of it. */
  offer?: Offer | undefined;
  branch?: { of: string; step: number } | null;
  phases?: Phase[];
  setup?: Setup | null;
  ordinary?: Ordinary | null;
}

let count = 0;

export class Run {
  readonly id = `run-${++count}`;
  readonly title: string;
  readonly origin: Origin;
  readonly note: string;
  readonly date: string | null;
  readonly file: string | null;
  readonly offer: Offer | null;
  readonly branch: { of: string; step: number } | null;
  /** Null for runs of a file. */
  readonly setup: Setup | null;
  /** A trace is replaced by a longer one, never changed in place. */
  trace: Trace = $state.raw({} as Trace);
  phases: Phase[] = $state.raw([]);
  /** Null until it was recorded or computed. */
  ordinary: Ordinary | null = $state.raw(null);
  private phaseTrace: { of: Trace; seen: Trace } | null = null;

  constructor(facts: RunFacts) {
    this.title = facts.title;
    this.origin = facts.origin;
    this.note = facts.note ?? '';
    this.date = facts.date ?? null;
    this.file = facts.file ?? null;
    this.offer = facts.offer ?? null;
    this.branch = facts.branch ?? null;
    this.setup = facts.setup ?? null;
    this.ordinary = facts.ordinary ?? null;
    this.trace = facts.trace;
    this.phases = facts.phases ?? [{ from: 0, options: facts.trace.run.options }];
  }

  get last(): number {
    return lastOf(this.trace);
  }

  /** The options that the step after `step` would run with. */
  optionsAfter(step: number): GenerationOptions {
    return this.phases.findLast((phase) => phase.from <= step + 1)?.options ?? this.trace.run.options;
  }

  /**
   * The trace as the views are to see it at `step`. A trace names the options that its run began with; after a change
   * those in force at the step speak for it.
   */
  traceAt(step: number): Trace {
    const { trace } = this;
    const options = this.optionsAfter(step - 1);
    if (this.phases.length < 2 || options === trace.run.options) return trace;
    // One object for all steps of a phase: what is known of a trace is kept by it.
    if (this.phaseTrace?.of !== trace || this.phaseTrace.seen.run.options !== options) {
      this.phaseTrace = { of: trace, seen: { ...trace, run: { ...trace.run, options } } };
    }
    return this.phaseTrace.seen;
  }

  /** One line for the list of runs. */
  get line(): string {
    const parts: string[] = [];
    if (this.branch) {
      const where = this.branch.step < 0 ? 'from the prompt' : `at step ${this.branch.step}`;
      parts.push(`branch of “${this.branch.of}” ${where}`);
    }
    if (this.note) parts.push(this.note);
    const changes = this.phases.length - (this.branch ? 2 : 1);
    if (changes > 0) parts.push(`options changed at step ${this.phases.at(-1)?.from ?? 0}`);
    return parts.join(' · ');
  }

  /** "recorded with storyteller on 2026-11-21" */
  get badge(): string {
    const model = this.trace.run.model.id;
    if (this.origin === 'live') return `live with ${model}`;
    if (this.origin === 'link') return `from a link: not recomputed, made with ${model}`;
    if (this.origin === 'file') return `from a file, made with ${model}`;
    return this.date ? `recorded with ${model} on ${this.date}` : `recorded with ${model}`;
  }
}

/** A short name for a run by its prompt. */
export function titleOf(prompt: string): string {
  const line = prompt.replace(/\s+/g, ' ').trim();
  return line.length > 32 ? `${line.slice(0, 31).trimEnd()}…` : line || 'A run without a prompt text';
}
