// SVG as text: plain shapes and letters, colours inlined, nothing foreign inside, so that every program opens it.

import { PALETTES, type Look, type Palette } from '../palette';
import type { Trace, ViewState } from '../view-state';
import { words } from '../words/en/pictures';
import type { PictureChoice } from './choice';

/** What is written into an attribute or between tags: text stays text. Characters that XML forbids are dropped. */
export function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

export type Attributes = Readonly<Record<string, string | number | null | undefined>>;

/** One element. `inner` is markup that was made by these functions. */
export function el(name: string, attributes: Attributes = {}, inner = ''): string {
  let own = '';
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined) continue;
    own += ` ${key}="${typeof value === 'number' ? Math.round(value * 100) / 100 : escapeXml(value)}"`;
  }
  return inner === '' ? `<${name}${own}/>` : `<${name}${own}>${inner}</${name}>`;
}

/** A line of text; spaces are kept. */
export function label(x: number, y: number, text: string, attributes: Attributes = {}): string {
  return el('text', { x, y, 'xml:space': 'preserve', ...attributes }, escapeXml(text));
}

export const FONT_TEXT = "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', sans-serif";
export const FONT_TOKEN = "ui-monospace, 'SF Mono', 'Cascadia Mono', 'DejaVu Sans Mono', monospace";

/** A palette with the quiet colours that a drawing needs beside the roles. */
export interface Ink extends Palette {
  soft: string;
  line: string;
  edge: string;
}

const QUIET: Readonly<Record<Look, { soft: string; line: string; edge: string }>> = {
  light: { soft: '#535b67', line: '#dde2e8', edge: '#7d8793' },
  dark: { soft: '#a9b2be', line: '#2b333e', edge: '#707b89' },
  projector: { soft: '#20262e', line: '#8b95a1', edge: '#3d4652' },
};

export function inkOf(look: Look): Ink {
  return { ...PALETTES[look], ...QUIET[look] };
}

export interface Picture {
  width: number;
  height: number;
  /** One line, drawn above the picture and read as its name. */
  title: string;
  /** What is to be seen, in words. */
  desc: string;
  look: Look;
  /** What was run and what moment it is, for whoever finds the file later. */
  metadata?: string;
  /** Patterns and the like. */
  defs?: string;
}

const MARGIN = 24;
const TITLE = 34;
/** Width of a letter of the title, on average. */
const TITLE_LETTER = 7.8;

/** A whole file: ground, title, and the body moved into the margin. */
export function picture(about: Picture, body: string): string {
  const ink = inkOf(about.look);
  // A long title is not cut off.
  const width = Math.ceil(Math.max(about.width, TITLE_LETTER * [...about.title].length) + 2 * MARGIN);
  const height = Math.ceil(about.height + 2 * MARGIN + TITLE);
  const root = {
    xmlns: 'http://www.w3.org/2000/svg',
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    role: 'img',
    'font-family': FONT_TEXT,
    'font-size': 13,
    fill: ink.ink,
  };
  return el(
    'svg',
    root,
    el('title', {}, escapeXml(about.title)) +
      el('desc', {}, escapeXml(about.desc)) +
      (about.metadata ? el('metadata', {}, escapeXml(about.metadata)) : '') +
      el('defs', {}, hatch(ink) + (about.defs ?? '')) +
      el('rect', { width, height, fill: ink.ground }) +
      label(MARGIN, MARGIN + 12, about.title, { 'font-size': 14, 'font-weight': 600 }) +
      el('g', { transform: `translate(${MARGIN} ${MARGIN + TITLE})` }, body),
  );
}

/** The hatch of what is removed, as url(#hatch). */
function hatch(ink: Ink): string {
  const line = el('path', { d: 'M0 6L6 0', stroke: ink.removed, 'stroke-width': 0.8, 'stroke-opacity': 0.45 });
  return el('pattern', { id: 'hatch', width: 6, height: 6, patternUnits: 'userSpaceOnUse' }, line);
}

/** The metadata of a picture of this moment. */
export function about(trace: Trace, view: ViewState): string {
  const { model, options, prompt } = trace.run;
  return JSON.stringify({ model: model.id, prompt: prompt.text, step: view.step, options });
}

/** "storyteller, after step 17" */
export function momentOf(trace: Trace, view: ViewState): string {
  return words.moment(trace.run.model.id, view.step);
}

/** ", steps 5 to 12", where that is not all. */
export function rangeWords(choice: PictureChoice, view: ViewState): string {
  const { from, to } = choice;
  if (from <= 0 && to >= view.step) return '';
  return words.range(from, to);
}
