// The pictures of matrix, received and threshold: well-formed, with text as text.
import { expect, test } from 'vitest';
import type { Look } from '../palette';
import { arcsLayout } from '../layout/arcs';
import { matrixLayout } from '../layout/matrix';
import { trialOf } from '../layout/received';
import { thresholdLayout } from '../layout/threshold';
import { viewAt } from '../reduce';
import { sightMatrix } from '../sight';
import { made, recorded, wellFormed } from '../testing';
import { matrixSvg } from './matrix';
import { receivedSvg } from './received';
import { thresholdSvg } from './threshold';

const hostile = made({ removal: 'report' }, [
  {
    set: [
      ['<img src=x onerror=alert(1)>', 0.6],
      ['"]]>&\u0000', 0.3],
    ],
  },
  { set: [['', 1]], verdicts: [{ slot: 2 }, { slot: 3, keep: false, score: 0.1 }] },
]);
const traces = [...recorded(), { name: 'hostile', trace: hostile }];
const looks: Look[] = ['light', 'dark', 'projector'];

test.each(traces)('$name: pictures are whole', ({ trace }) => {
  const view = viewAt(trace, trace.steps.length - 1);
  const step = view.current!;
  for (const look of looks) {
    const shown = sightMatrix(trace, view.step, 'visible');
    const matrix = matrixSvg(trace, view, shown, matrixLayout(view, shown, sightMatrix(trace, view.step)), look);
    const line = thresholdLayout(step, trace.run.options, trace.run.model.vocab, 0.02, 'log');
    const threshold = thresholdSvg(trace, view, step, line, 'log', look);
    const token = view.tokens[trace.run.prompt.tokens.length]!;
    const arcs = arcsLayout(trace, view, token.slot, {
      cut: 0.02,
      ignoreFirst: true,
      character: 8,
      padding: 7,
      mostHeight: 150,
    });
    const trial = trialOf(trace, view, view.columns[token.column]!);
    const received = receivedSvg(trace, view, token, arcs, trial, 0.02, look);
    for (const svg of [matrix, threshold, received]) {
      expect(wellFormed(svg)).toEqual([]);
      expect(svg).toMatch(/<title>.+<\/title><desc>.+<\/desc>/s);
      expect(svg).not.toMatch(/NaN|undefined|foreignObject|<img|\u0000/);
    }
  }
});

test('a token that looks like markup is written as text', () => {
  const view = viewAt(hostile, 0);
  const line = thresholdLayout(view.current!, hostile.run.options, 500, null, 'linear');
  expect(thresholdSvg(hostile, view, view.current!, line, 'linear', 'light')).toContain('&lt;img␣src=x');
});
