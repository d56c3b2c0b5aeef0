// The recorded runs that the site offers, as its index names them. Whoever serves the page may write the index, so each
// field is taken for itself: what makes no sense is left out, and the run is still offered. Pure.

import type { WeightFormat } from '../engine';
import { MAX_STEPS, MAX_TOKENS } from '../trace';

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
