// For tests only: the fixtures that the Rust side is tested with too, and small traces made by hand.

import { readFileSync, readdirSync } from 'node:fs';
import * as reading from './beside/read';
import { chainAt, kinOf, type Chain, type Kin } from './chain';
import { DEFAULTS, type GenerationOptions, type Slot, type StepEvent, type Verdict } from './contract';
import { readingOf, type ShownReading } from './describe/reading';
import { FIRST_DEFAULTS } from './option-rules';
import { parseTrace } from './trace';
import type { Trace, ViewState } from './view-state';

const FIXTURES = new URL('../../tests/fixtures/tempo/', import.meta.url);
const BESIDE = new URL('../../tests/fixtures/lab/', import.meta.url);
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
    return { name: file.replace(/\.jsonl$/, ''), text, trace: parseTrace(text, reading) };
  });
}

/** The reference traces of tests/fixtures/tempo. */
export const fixtures = (): Fixture[] => read(FIXTURES);
/** The reference traces of the decoders beside TEMPO, of tests/fixtures/lab. */
export const besideFixtures = (): Fixture[] => read(BESIDE);
/** The recorded runs that the page brings along. */
export const recorded = (): Fixture[] => read(RECORDED);

export interface MadeStep {
  /** Text and probability of each member, in order. */
  set: [string, number][];
  received?: number[];
  verdicts?: Partial<Verdict>[];
  over_budget?: number[];
  /** What the set before says of this one, a row for each member of this one. */
  chain?: number[][];
  event?: Partial<StepEvent>;
}

/**
 * A trace of these steps after a prompt of `prompt` tokens; what is not given is plain. It has version 2 if a step has a
 * chain or that is asked for, and the defaults of its version.
 */
export function made(
  options: Partial<GenerationOptions>,
  steps: readonly MadeStep[],
  prompt = ['A', ' b'],
  version = steps.some(({ chain }) => chain) ? 2 : 1,
): Trace {
  const resolved = { ...(version === 1 ? FIRST_DEFAULTS : DEFAULTS), ...options };
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
      ...(given.chain ? { chain: given.chain } : {}),
      ...given.event,
    };
  });
  return {
    run: {
      type: 'run',
      version,
      decoder: 'tempo',
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

/** A run of random sets of one to three members, with a chain; later steps remove members and empty positions. */
export function randomChain(seed: number, steps = 6): Trace {
  const next = random(seed);
  const sizes = Array.from({ length: steps }, () => 1 + Math.floor(3 * next()));
  let slot = 2;
  const firstOf = sizes.map((size) => (slot += size) - size);
  const gone = new Set<number>();
  const told = sizes.map((size, step): MadeStep => {
    const raw = Array.from({ length: size }, () => 0.05 + next()).sort((a, b) => b - a);
    const total = 1.3 * raw.reduce((sum, value) => sum + value, 0);
    const verdicts: Partial<Verdict>[] = [];
    for (let set = 0; set < step; set += 1) {
      const fate = next();
      for (let member = 0; member < sizes[set]!; member += 1) {
        const judged = firstOf[set]! + member;
        if (gone.has(judged)) continue;
        // Now and then a whole set goes.
        if (fate < 0.06 || (fate < 0.2 && member === 0)) {
          gone.add(judged);
          verdicts.push({ slot: judged, keep: false });
        }
      }
    }
    const row = (): number[] => Array.from({ length: sizes[step - 1] ?? 0 }, () => (next() < 0.1 ? 0 : next() / 2));
    return {
      set: raw.map((value, member) => [` ${String.fromCharCode(97 + member)}${step}`, value / total]),
      verdicts,
      ...(step > 0 ? { chain: Array.from({ length: size }, row) } : {}),
    };
  });
  return made({ removal: 'mask', removal_keep: 'remove-position' }, told, undefined, 2);
}

/** What the chain shows of a moment, with the kin of `slot`. */
export function chainedAt(
  trace: Trace,
  view: ViewState,
  slot: Slot | null = null,
): { chain: Chain | null; kin: Kin | null; reading: ShownReading; path: ReadonlySet<Slot> } {
  const chain = chainAt(trace, view);
  const reading = readingOf(view, chain, 'viterbi');
  const kin = chain && slot !== null ? kinOf(chain, slot) : null;
  return { chain, kin, reading, path: new Set(reading.words.map((word) => word.slot)) };
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

/** Enough of XML to notice an unescaped sign: tags close in order, no stray bracket, no bare ampersand. */
export function wellFormed(svg: string): string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  for (const [, close, name, empty] of svg.matchAll(/<(\/?)([a-z]+)(?:\s[a-zA-Z:-]+="[^"<]*")*(\/?)>/g)) {
    if (empty) continue;
    if (!close) open.push(name ?? '');
    else if (open.pop() !== name) wrong.push(`</${name}>`);
  }
  const rest = svg.replace(/<\/?[a-z]+(?:\s[a-zA-Z:-]+="[^"<]*")*\/?>/g, '');
  if (/[<>]/.test(rest)) wrong.push('a bracket');
  if (/&(?!(amp|lt|gt|quot);)/.test(svg)) wrong.push('an ampersand');
  return [...wrong, ...open];
}
