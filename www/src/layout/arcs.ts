// Attention received as arcs over a line of tokens: from the set of each later step back to one token.

import type { Slot } from '../contract';
import { receivedBy } from '../history';
import { shownText } from '../describe/named';
import type { Column, Trace, ViewState } from '../view-state';
import { fit, places as placesIn, round } from './measure';

/** A token on the line: it stands for one column of the run. */
export interface LineItem {
  column: number;
  /** The member that stands for its column: the chosen one, or the most probable live one. */
  slot: Slot;
  text: string;
  size: number;
  x: number;
  width: number;
}

export interface Arc {
  step: number;
  column: number;
  weight: number;
  path: string;
  stroke: number;
  /** Where it lands, left to right by distance, so that arcs do not cross. */
  end: number;
}

export interface ArcsLayout {
  items: LineItem[];
  width: number;
  /** Height of the room above the line that the arcs need. */
  height: number;
  /** The widest first, so that thin ones are drawn on top. */
  arcs: Arc[];
  /** Later columns that are not drawn any more, because the run is long. */
  beyond: number;
  /** Arcs under the cut: how many, and their attention together. */
  hidden: number;
  hiddenWeight: number;
  /** What each later column gave, hidden ones included. */
  weights: Map<number, { step: number; weight: number }>;
}

export interface ArcsOptions {
  /** The smallest weight that is drawn. */
  cut: number;
  ignoreFirst: boolean;
  /** Width of one character, and of the space around a text. */
  character: number;
  padding: number;
  /** The most room for arcs. */
  mostHeight: number;
}

/** Of a longer run the columns from a little before the token on are drawn. */
export const MOST_ITEMS = 400;
const BEFORE = 24;
/** Longer texts are cut on the line; the inspector has them whole. */
export const LONGEST = 12;
/** Pixels of stroke per share of 1, so that widths compare as weights do; hairlines stay visible. */
const STROKE = 70;
const THINNEST = 1;
const THICKEST = 20;
/** Part of the token's width that the ends of the arcs share. */
const SPREAD = 0.7;
/** How the height of an arc grows with its length: below 1, near ones are lifted a little. */
const BEND = 0.8;
/** Room for the arrow head above the token. */
export const LANDING = 7;

/** Who stands for a column on the line. */
function spokesman(column: Column, chosen: Slot | null): Column['tokens'][number] | undefined {
  return (
    column.tokens.find((token) => token.slot === chosen) ??
    column.tokens.find((token) => token.state !== 'removed') ??
    column.tokens[0]
  );
}

/** The columns of a run on one line, each as wide as its text. */
export function lineItems(
  view: ViewState,
  chosen: Slot | null,
  { character, padding }: Pick<ArcsOptions, 'character' | 'padding'>,
): LineItem[] {
  let x = 0;
  const own = (chosen === null ? undefined : view.tokens[chosen]?.column) ?? 0;
  const from = Math.max(0, Math.min(own - BEFORE, view.columns.length - MOST_ITEMS));
  return view.columns.slice(from, from + MOST_ITEMS).flatMap((column) => {
    const token = spokesman(column, chosen);
    if (!token) return [];
    const { text, characters: long } = fitted(token.text);
    // The number of further members stands behind the text.
    const characters = long + (column.tokens.length > 1 ? 2.5 : 0);
    const width = Math.max(28, Math.round(characters * character + 2 * padding));
    const item = { column: column.index, slot: token.slot, text, size: column.tokens.length, x, width };
    x += width;
    return [item];
  });
}

/** A run has few different texts, and every step of a scrub asks for all of them. */
const fits = new Map<string, { text: string; characters: number }>();
function fitted(text: string): { text: string; characters: number } {
  let found = fits.get(text);
  if (!found) {
    const cut = fit(shownText(text), LONGEST);
    found = { text: cut, characters: placesIn(cut) };
    if (fits.size > 20_000) fits.clear();
    fits.set(text, found);
  }
  return found;
}

const middle = (item: LineItem | undefined): number => (item ? item.x + item.width / 2 : 0);

export function arcsLayout(trace: Trace, view: ViewState, slot: Slot, options: ArcsOptions): ArcsLayout {
  const items = lineItems(view, slot, options);
  const last = items.at(-1);
  const width = last ? last.x + last.width : 0;
  const own = view.tokens[slot]?.column ?? -1;
  const at = new Map(items.map((item) => [item.column, item]));
  const lastColumn = last?.column ?? -1;
  const byStep = new Map(view.columns.map((column) => [column.step, column.index]));
  const weights = new Map<number, { step: number; weight: number }>();
  for (const { step, value } of receivedBy(trace, slot, view.step, { ignoreFirst: options.ignoreFirst })) {
    const column = byStep.get(step);
    // What a token gives itself in its own step is not seen from later rows.
    if (column !== undefined && column > own && column <= lastColumn) weights.set(column, { step, weight: value });
  }
  const target = at.get(own);
  const shown = [...weights].filter(([, { weight }]) => weight >= options.cut);
  const cutOff = [...weights].filter(([, { weight }]) => weight < options.cut);
  const reach = Math.max(0, ...[...weights.keys()].map((column) => middle(at.get(column))));
  const span = Math.max(1, reach - middle(target));
  const height = Math.min(options.mostHeight, Math.max(48, span / 2));
  const arcs = shown.map(([column, { step, weight }], index): Arc => {
    const from = middle(at.get(column));
    const stroke = Math.max(THINNEST, Math.min(THICKEST, STROKE * weight));
    // The nearest lands on the right.
    const aside = shown.length > 1 ? 0.5 - index / (shown.length - 1) : 0;
    const end = round(middle(target) + aside * SPREAD * (target?.width ?? 0));
    const rise = (height - 10) * ((from - middle(target)) / span) ** BEND;
    // A curve of this kind rises to three quarters of its control points.
    const top = round(height - LANDING - (rise * 4) / 3);
    return {
      step,
      column,
      weight,
      stroke: round(stroke),
      end,
      path: `M${round(from)} ${height}C${round(from)} ${top} ${end} ${top} ${end} ${height - LANDING}`,
    };
  });
  arcs.sort((a, b) => b.weight - a.weight);
  const hiddenWeight = cutOff.reduce((sum, [, { weight }]) => sum + weight, 0);
  const beyond = view.columns.length - 1 - lastColumn;
  return { items, width, height, arcs, beyond, hidden: cutOff.length, hiddenWeight, weights };
}

/** The arrow head of an arc, a little wider than its line. */
export function headPath(arc: Pick<Arc, 'end' | 'stroke'>, height: number): string {
  const half = round(Math.max(3, arc.stroke * 0.7 + 1));
  return `M${round(arc.end - half)} ${height - LANDING}h${2 * half}L${arc.end} ${height}z`;
}
