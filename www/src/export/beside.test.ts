// What is saved of the other decoders and of the meter: pictures and tables against files that a person has looked at, of the
// reference traces; and that nothing a token says gets out of its place. `npx vitest run src/export -u` writes the files anew.

import { describe, expect, test } from 'vitest';
import { numbersAfter, searchAt, triedAt } from '../beside/search';
import type { DecoderEvent } from '../contract';
import { besideTable, termsTable } from '../describe/beside';
import { meterTable } from '../describe/meter';
import type { Table } from '../describe/table';
import { layoutIcicle } from '../layout/icicle';
import type { Look } from '../palette';
import { viewAt } from '../reduce';
import { besideFixtures, fixtures, wellFormed } from '../testing';
import { lastOf, type Trace } from '../view-state';
import { besideSvg, meterSvg } from './beside';
import { wholePicture } from './choice';
import { csv } from './csv';
import { runCsv } from './run';

const named = (name: string): Trace =>
  [...besideFixtures(), ...fixtures()].find((fixture) => fixture.name === name)!.trace;

interface Moment {
  name: string;
  trace: Trace;
  step: number;
  picked?: number;
  /** Simulations that are made; all of them, where nothing is said. */
  made?: number;
}

/** As the screen draws it. */
function drawn({ trace, step, picked = 0, made = Infinity }: Moment, look: Look = 'light'): string {
  const view = viewAt(trace, step);
  const choice = { ...wholePicture(view), look };
  if (!trace.beside) return meterSvg(trace, view, choice);
  const search = trace.run.decoder === 'mcts' ? searchAt(trace, step) : null;
  const number = Math.min(made, search?.event.simulations.length ?? 0);
  return besideSvg(trace, view, choice, {
    picked,
    icicle: (width, sizes) =>
      search &&
      layoutIcicle(search, numbersAfter(search, number), number > 0 ? triedAt(search, number - 1) : null, sizes, width),
  });
}

function termsOf(trace: Trace, step: number, made: number): Table {
  const search = searchAt(trace, step)!;
  return termsTable(search, triedAt(search, made - 1));
}

/** A second text that has ended, a hypothesis that is not the first, a simulation in the middle of a step. */
const MOMENTS: readonly Moment[] = [
  { name: 'samples', trace: named('sample-ends'), step: lastOf(named('sample-ends')) },
  { name: 'beams', trace: named('beam-ends'), step: 6, picked: 1 },
  { name: 'search', trace: named('mcts-curious'), step: 1, made: 5 },
  { name: 'meter', trace: named('meter-samples'), step: 3 },
];

const lines = (svg: string): string => `${svg.replaceAll('><', '>\n<')}\n`;

describe.each(MOMENTS)('$name', (moment) => {
  const { name, trace, step, made = 0 } = moment;

  test('is drawn as its file', async () => {
    await expect(lines(drawn(moment))).toMatchFileSnapshot(`pictures/${name}.svg`);
  });

  test('has its numbers as their file', async () => {
    const tables = !trace.beside
      ? [meterTable(trace)]
      : trace.run.decoder === 'mcts'
        ? [besideTable(trace, step), termsOf(trace, step, made)]
        : [besideTable(trace, step)];
    await expect(`${[...tables.map(csv), runCsv(trace)].join('\r\n')}`).toMatchFileSnapshot(`pictures/${name}.csv`);
  });
});

/** The same events, each of whose texts looks like markup, a formula or nothing. */
function hostile(trace: Trace): Trace {
  const TEXTS = ['<img src=x onerror=alert(1)>', '"]]>&\u0000', '=1+1', '', ' \u202e'];
  let at = 0;
  const beside = JSON.parse(JSON.stringify(trace.beside), (key, value: unknown) =>
    key === 'text' ? TEXTS[(at += 1) % TEXTS.length] : value,
  ) as DecoderEvent[];
  return { ...trace, beside };
}

const looks: Look[] = ['light', 'dark', 'projector'];

test.each(besideFixtures())('$name: is whole at every step, in every look, whatever its tokens say', ({ trace }) => {
  for (const each of [trace, hostile(trace)]) {
    for (let step = -1; step <= lastOf(each); step += 1) {
      for (const made of [0, 1, Infinity]) {
        const svg = drawn({ name: '', trace: each, step, made }, looks[(step + 1) % 3]);
        expect(wellFormed(svg)).toEqual([]);
        expect(svg).toMatch(/<title>.+<\/title><desc>.+<\/desc>/s);
        expect(svg).not.toMatch(/NaN|undefined|Infinity|foreignObject|<img|\u0000/);
        const sizes = [...svg.matchAll(/ (?:width|height)="([^"]*)"/g)].map(([, size]) => Number(size));
        expect(Math.min(...sizes)).toBeGreaterThanOrEqual(0);
      }
    }
    for (const line of runCsv(each).split('\r\n').slice(5)) expect(line).not.toMatch(/(^|,)"?[=@]/);
  }
});
