// Pictures as they are saved, against files that a person has looked at: each kind at one moment, and lattice and slots of
// every recorded run. Nothing in them is measured or dated, so a file changes with the page or the run only.
// `npx vitest run src/export -u` writes them anew.

import { expect, test } from 'vitest';
import { latticeSvg, stripSvg } from '../export';
import { arcsLayout } from '../layout/arcs';
import { layoutLattice } from '../layout/lattice';
import { matrixLayout } from '../layout/matrix';
import { trialOf } from '../layout/received';
import { layoutStrip } from '../layout/strip';
import { thresholdLayout } from '../layout/threshold';
import { viewAt } from '../reduce';
import { sightMatrix } from '../sight';
import { chainedAt, randomChain, recorded } from '../testing';
import { latticeSizes } from '../views/lattice/sizes';
import { stripSizes } from '../views/strip/sizes';
import { wholePicture } from './choice';
import { matrixSvg } from './matrix';
import { receivedSvg } from './received';
import { thresholdSvg } from './threshold';

const { trace } = recorded().find(({ name }) => name === 'wide')!;
const view = viewAt(trace, 3);
const chained = randomChain(9);
const token = view.tokens.find(({ state }) => state === 'removed')!;

const PICTURES = {
  lattice: () => {
    const sizes = latticeSizes(9, 15);
    const choice = { open: false, area: false, selected: token.slot };
    const layout = layoutLattice(trace, view, sizes, choice);
    return latticeSvg(trace, view, layout, sizes, wholePicture(view), chainedAt(trace, view));
  },
  kin: () => {
    const sizes = latticeSizes(9, 15);
    const moment = viewAt(chained, 4);
    const slot = moment.columns.at(-2)!.tokens[0]!.slot;
    const layout = layoutLattice(chained, moment, sizes, { open: false, area: false, selected: null });
    return latticeSvg(chained, moment, layout, sizes, wholePicture(moment), chainedAt(chained, moment, slot));
  },
  strip: () => {
    const sizes = stripSizes(8, 13);
    return stripSvg(trace, view, layoutStrip(trace, view, sizes), sizes, wholePicture(view), true);
  },
  matrix: () => {
    const shown = sightMatrix(trace, view.step, 'visible');
    return matrixSvg(trace, view, shown, matrixLayout(view, shown, sightMatrix(trace, view.step)), 'light');
  },
  received: () => {
    const options = { cut: 0.02, ignoreFirst: true, character: 8, padding: 7, mostHeight: 150 };
    const arcs = arcsLayout(trace, view, token.slot, options);
    const trial = trialOf(trace, view, view.columns[token.column]!);
    return receivedSvg(trace, view, token, arcs, trial, options.cut, 'light');
  },
  threshold: () => {
    const { options, model } = trace.run;
    const line = thresholdLayout(view.current!, options, model.vocab, 0.02, 'log');
    return thresholdSvg(trace, view, view.current!, line, 'log', 'light');
  },
};

/** A tag a line: a difference names the part of the picture. */
const lines = (svg: string): string => `${svg.replaceAll('><', '>\n<')}\n`;

test.each(Object.entries(PICTURES))('%s', async (name, draw) => {
  await expect(lines(draw())).toMatchFileSnapshot(`pictures/${name}.svg`);
});

test.each(recorded())('$name: the end of the run as a page, and its last steps', async ({ name, trace }) => {
  const view = viewAt(trace, trace.steps.length - 1);
  const sizes = latticeSizes(9, 15);
  const layout = layoutLattice(trace, view, sizes, { open: false, area: false, selected: null });
  const lattice = latticeSvg(trace, view, layout, sizes, wholePicture(view), chainedAt(trace, view));
  await expect(lines(lattice)).toMatchFileSnapshot(`pictures/${name}.lattice.svg`);

  const small = stripSizes(8, 13);
  const choice = { ...wholePicture(view), from: Math.max(0, view.step - 9), wrap: 600 };
  const strip = stripSvg(trace, view, layoutStrip(trace, view, small), small, choice, false);
  await expect(lines(strip)).toMatchFileSnapshot(`pictures/${name}.strip.svg`);
});
