// The pictures of one moment as they are saved, against files that a person has looked at; `npx vitest run -u` writes
// them anew.

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
    return latticeSvg(trace, view, layout, sizes, 'light', chainedAt(trace, view));
  },
  kin: () => {
    const sizes = latticeSizes(9, 15);
    const moment = viewAt(chained, 4);
    const slot = moment.columns.at(-2)!.tokens[0]!.slot;
    const layout = layoutLattice(chained, moment, sizes, { open: false, area: false, selected: null });
    return latticeSvg(chained, moment, layout, sizes, 'light', chainedAt(chained, moment, slot));
  },
  strip: () => {
    const sizes = stripSizes(8, 13);
    return stripSvg(trace, view, layoutStrip(trace, view, sizes), sizes, 'light', true);
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

test.each(Object.entries(PICTURES))('%s', async (name, draw) => {
  // A tag a line: a difference names the part of the picture.
  await expect(`${draw().replaceAll('><', '>\n<')}\n`).toMatchFileSnapshot(`pictures/${name}.svg`);
});
