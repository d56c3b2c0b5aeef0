// For tests only: the fixtures that the Rust side is tested with too, and small traces made by hand.

import { readFileSync, readdirSync } from 'node:fs';
import { DEFAULTS, type GenerationOptions, type StepEvent, type Verdict } from './contract';
import { parseTrace } from './trace';
import type { Trace } from './view-state';

const FIXTURES = new URL('../../tests/fixtures/tempo/', import.meta.url);
const RECORDED = new URL('../public/traces/', import.meta.url);

export interface Fixture {
  name: string;
  text: string;
  trace: Trace;
}

function read(folder: URL): Fixture[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.jsonl'));
  return files.sort().map((file) => {
    const text = readFileSync(new URL(file, folder), 'utf8');
    return { name: file.replace(/\.jsonl$/, ''), text, trace: parseTrace(text) };
  });
}

/** The reference traces of tests/fixtures/tempo. */
export const fixtures = (): Fixture[] => read(FIXTURES);
/** The recorded runs that the page brings along. */
export const recorded = (): Fixture[] => read(RECORDED);

export interface MadeStep {
  /** Text and probability of each member, in order. */
  set: [string, number][];
  received?: number[];
  verdicts?: Partial<Verdict>[];
  over_budget?: number[];
  event?: Partial<StepEvent>;
}

/** A trace of these steps after a prompt of `prompt` tokens; what is not given is plain. */
export function made(options: Partial<GenerationOptions>, steps: readonly MadeStep[], prompt = ['A', ' b']): Trace {
  const resolved = { ...DEFAULTS, ...options };
  let slots = prompt.length;
  const events = steps.map((given, step): StepEvent => {
    const set = given.set.map(([text, probability], rank) => {
      const index = resolved.positions === 'consecutive' ? slots + rank : prompt.length + step;
      return { slot: slots + rank, position: index + resolved.position_gap, id: 100 + slots + rank, text, probability };
    });
    slots += set.length;
    return {
      type: 'step',
      step,
      threshold: 0.1,
      entropy: 1,
      above: set.length,
      fallback: false,
      candidates: set.map(({ id, text, probability }) => ({ id, text, probability })),
      set,
      ended: [],
      received: given.received ?? Array.from({ length: slots }, () => 1 / slots),
      verdicts: (given.verdicts ?? []).map((verdict) => {
        return { slot: 0, score: 0.5, limit: 0.25, keep: true, effect: resolved.removal, ...verdict };
      }),
      ...(given.over_budget ? { over_budget: given.over_budget } : {}),
      slots,
      live: slots,
      ...given.event,
    };
  });
  return {
    run: {
      type: 'run',
      version: 1,
      model: {
        id: 'made',
        architecture: 'llama',
        layers: 1,
        heads: 1,
        kv_heads: 1,
        head_dim: 8,
        vocab: 500,
        rope_theta: 10_000,
      },
      options: resolved,
      prompt: {
        text: prompt.join(''),
        tokens: prompt.map((text, slot) => ({ slot, position: slot, id: slot, text })),
      },
    },
    steps: events,
    end: null,
  };
}

/** A repeatable stream of numbers from 0 to 1 (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
