// The recorded runs that the site offers, as its index names them. Whoever serves the page may write the index, so each
// field is taken for itself: what makes no sense is left out, and the run is still offered. Pure.

import type { Slot } from '../contract';
import type { WeightFormat } from '../engine';
import { MAX_STEPS, MAX_TOKENS } from '../trace';
import type { ViewState } from '../view-state';
import type { Run } from './run.svelte';

/** Where the model of a run is to be had. */
export interface OfferSource {
  repo: string;
  file: string | null;
}

/** A recorded run, fetched when somebody chooses it. */
export interface Offer {
  file: string;
  title: string;
  /** What to look at. */
  note: string;
  date: string | null;
  /** The model as people name it; null says nothing, the run itself does. */
  model: string | null;
  /** The step that shows most; null is the last one. */
  step: number | null;
  /** The token to pin there, by its slot or its text. */
  selected: number | string | null;
  /** The step that playing begins at. */
  first: number | null;
  /** How ordinary (greedy) decoding goes on. */
  ordinary: string | null;
  /** Null comes with the page; undefined: nobody knows. */
  source: OfferSource | null | undefined;
  /** Size of that model. */
  megabytes: number | null;
  /** What its weights were kept as. */
  weights: WeightFormat | null;
}

const WEIGHT_FORMATS: readonly WeightFormat[] = ['f32', 'f16', 'q8', 'q4'];
const LONGEST_LINE = 200;
const LONGEST_ORDINARY = 2000;

const line = (value: unknown, longest = LONGEST_LINE): string =>
  typeof value === 'string' ? value.slice(0, longest) : '';

function whole(value: unknown, most: number): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most ? value : null;
}

function selectedIn(value: unknown): number | string | null {
  return typeof value === 'string' ? line(value) || null : whole(value, MAX_TOKENS);
}

function sourceIn(value: unknown): OfferSource | null | undefined {
  if (value === null) return null;
  if (typeof value !== 'object') return undefined;
  const { repo, file } = value as Record<string, unknown>;
  if (typeof repo !== 'string' || !/^\w[\w.-]{0,95}\/\w[\w.-]{0,95}$/.test(repo)) return undefined;
  const isFile = typeof file === 'string' && /^\w[\w.-]{0,199}\.gguf$/i.test(file);
  return { repo, file: isFile ? file : null };
}

/** What an index says, in its order. An entry without a plain file name is none. */
export function offersIn(value: unknown): Offer[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown): Offer[] => {
    if (typeof entry !== 'object' || entry === null) return [];
    const said = entry as Record<string, unknown>;
    const { file, megabytes } = said;
    if (typeof file !== 'string' || !/^[\w-]+\.jsonl$/.test(file)) return [];
    return [
      {
        file,
        title: line(said['title']) || file,
        note: line(said['note']),
        date: line(said['date']) || null,
        model: line(said['model']) || null,
        step: whole(said['step'], MAX_STEPS),
        selected: selectedIn(said['selected']),
        first: whole(said['first'], MAX_STEPS),
        ordinary: line(said['ordinary'], LONGEST_ORDINARY) || null,
        source: sourceIn(said['source']),
        megabytes: typeof megabytes === 'number' && megabytes > 0 && megabytes < 1e6 ? megabytes : null,
        weights: WEIGHT_FORMATS.find((format) => format === said['weights']) ?? null,
      },
    ];
  });
}

/** A recorded run as the list shows it; `run` is null until it has been fetched. */
export interface ShownRun {
  file: string;
  title: string;
  note: string;
  date: string | null;
  model: string | null;
  run: Run | null;
}

/** The recorded runs in the order of the index; behind them those that were fetched and are not in it. */
export function shownRuns(offers: readonly Offer[], runs: readonly Run[]): ShownRun[] {
  const offered = offers.map(({ file, title, note, date, model }) => {
    const run = runs.find((other) => other.file === file) ?? null;
    return { file, title, note, date, model: model ?? run?.trace.run.model.id ?? null, run };
  });
  const others = runs.flatMap((run) => {
    const { file, title, note, date } = run;
    if (file === null || offers.some((offer) => offer.file === file)) return [];
    return [{ file, title, note, date, model: run.trace.run.model.id, run }];
  });
  return [...offered, ...others];
}

/** The token that an entry asks to pin, in what is shown: by its slot, or the newest of this text that was generated. */
export function offeredSlot(view: ViewState, selected: Offer['selected']): Slot | null {
  if (selected === null) return null;
  if (typeof selected === 'number') return view.tokens[selected]?.slot ?? null;
  return view.tokens.findLast(({ text, state }) => text === selected && state !== 'prompt')?.slot ?? null;
}
