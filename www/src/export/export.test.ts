import { expect, test } from 'vitest';
import type { Table } from '../describe/table';
import { csv, latticeSvg, stripSvg, wholePicture } from '../export';
import { layoutLattice } from '../layout/lattice';
import { layoutStrip } from '../layout/strip';
import { PALETTES, type Look } from '../palette';
import { viewAt } from '../reduce';
import { chainedAt, made, randomChain, recorded } from '../testing';
import { el, escapeXml, inkOf } from './svg';

const LATTICE = { ch: 9, cellHeight: 46, rowGap: 8, gap: 28, padding: 26, head: 24, ghost: 34, least: 5, most: 14 };
const STRIP = { ch: 8, padding: 10, gap: 3, least: 2, most: 10, slot: 26, ribbon: 60, own: 40 };
const LOOKS: Look[] = ['light', 'dark', 'projector'];

const nasty = made({ removal: 'mask' }, [
  {
    set: [
      ['<img src=x onerror=alert(1)>', 0.5],
      ['</text><script>alert(1)</script>', 0.3],
      ['"&\u0000\ud800', 0.2],
    ],
  },
  { set: [['=1+1', 1]], verdicts: [{ slot: 2 }, { slot: 3, keep: false }] },
]);

/** A reader of XML that is strict enough: every tag is closed in order, nothing but the five entities. */
function wellFormed(text: string): string[] {
  const open: string[] = [];
  const names: string[] = [];
  for (const [, tag] of text.matchAll(/<([^>]*)>/g)) {
    if (tag === undefined || !/^\/?[a-z]+(\s[\w:-]+="[^"<]*")*\/?$/i.test(tag)) throw new Error(`odd tag: ${tag}`);
    const name = tag.replace(/^\//, '').split(/[\s/]/)[0] ?? '';
    names.push(name);
    if (tag.startsWith('/')) {
      if (open.pop() !== name) throw new Error(`${name} closes nothing`);
    } else if (!tag.endsWith('/')) open.push(name);
  }
  if (open.length > 0) throw new Error(`open: ${open.join()}`);
  if (/&(?!(amp|lt|gt|quot|apos);)/.test(text)) throw new Error('a bare ampersand');
  return names;
}

test.each([...recorded(), { name: 'nasty', trace: nasty }, { name: 'chained', trace: randomChain(9) }])(
  '$name: pictures are well-formed in every palette',
  ({ trace }) => {
    const view = viewAt(trace, trace.steps.length - 1);
    const lattice = layoutLattice(trace, view, LATTICE, { open: false, area: false, selected: null });
    const strip = layoutStrip(trace, view, STRIP);
    for (const look of LOOKS) {
      for (const picture of [
        latticeSvg(
          trace,
          view,
          lattice,
          LATTICE,
          { ...wholePicture(view), look },
          chainedAt(trace, view, view.readout[0]),
        ),
        stripSvg(trace, view, strip, STRIP, { ...wholePicture(view), look }, true),
      ]) {
        const names = new Set(wellFormed(picture));
        expect(names).toContain('title');
        expect(names).toContain('desc');
        expect(names).toContain('metadata');
        for (const bad of ['script', 'img', 'image', 'foreignObject', 'style', 'a', 'use'])
          expect(names).not.toContain(bad);
        expect(picture).toContain(PALETTES[look].ground);
        expect(picture).not.toMatch(/NaN|undefined|Infinity/);
      }
    }
  },
);

test('nothing but text comes out of a text', () => {
  expect(escapeXml('<a b="c">&\u0001\ud800')).toBe('&lt;a b=&quot;c&quot;&gt;&amp;');
  expect(el('rect', { x: 1.23456, fill: null, id: '"' })).toBe('<rect x="1.23" id="&quot;"/>');
  expect(inkOf('dark').ground).toBe(PALETTES.dark.ground);
});

test('CSV quotes what has to be quoted and leaves no formula', () => {
  const table: Table = {
    caption: 'not in the file',
    columns: [{ name: 'token' }, { name: 'p', kind: 'number' }],
    rows: [
      ['a,b', 0.123456789],
      ['"', null],
      ['=1+1', NaN],
      ['two\nlines', -3],
      [' x', 1],
    ],
  };
  expect(csv(table)).toBe(
    ['token,p', '"a,b",0.123456789', '"""",', "'=1+1,", '"two\nlines",-3', '" x",1', ''].join('\r\n'),
  );
});
