// Samples, beams and search trees as pictures.

import { beamsAt } from '../beside/beams';
import { lanesAt } from '../beside/lanes';
import { besideSentence, searchSentence } from '../describe/beside';
import { meterSentence } from '../describe/meter';
import { layoutBeams } from '../layout/beams';
import type { Drawing, DrawingSizes } from '../layout/drawing';
import { layoutLanes } from '../layout/lanes';
import { layoutMeter } from '../layout/meter';
import type { Trace, ViewState } from '../view-state';
import { words } from '../words/en/beside';
import { words as meter } from '../words/en/meter';
import type { PictureChoice } from './choice';
import { drawingSvg } from './drawing';
import { about, inkOf, momentOf, picture } from './svg';

/** As the screen's, of the usual size. */
const SIZES: DrawingSizes = { ch: 7.8, em: 13 };
const WIDTH = 1000;

/** What is looked at: the hypothesis that is picked, and the tree at the simulation that is shown. */
export interface Looked {
  picked: number;
  icicle(width: number, sizes: DrawingSizes): Drawing | null;
}

export function besideSvg(trace: Trace, view: ViewState, choice: PictureChoice, looked: Looked): string {
  const { decoder, prompt } = trace.run;
  const { step } = view;
  const last = prompt.tokens.at(-1)?.text ?? '';
  const drawing =
    decoder === 'sample'
      ? layoutLanes(lanesAt(trace, step), step, SIZES, Math.min(WIDTH, choice.wrap), true)
      : decoder === 'beam'
        ? layoutBeams(beamsAt(trace, step), last, SIZES, looked.picked)
        : looked.icicle(WIDTH, SIZES);
  const title = words.picture(words.titles[decoder as keyof typeof words.titles], momentOf(trace, view));
  const desc = decoder === 'mcts' ? searchSentence(trace, step) : besideSentence(trace, step);
  const { width, height } = drawing ?? { width: 0, height: 0 };
  const body = drawing ? drawingSvg(drawing, inkOf(choice.look), SIZES.em) : '';
  return picture({ width, height, title, desc, look: choice.look, metadata: about(trace, view) }, body);
}

/** The meter as a picture: all steps, with the sentence on the one shown. */
export function meterSvg(trace: Trace, view: ViewState, choice: PictureChoice): string {
  const drawing = layoutMeter(trace, view.step, SIZES.em, WIDTH);
  const body = drawingSvg(drawing, inkOf(choice.look), SIZES.em);
  const { width, height } = drawing;
  const title = meter.picture(momentOf(trace, view));
  return picture(
    { width, height, title, desc: meterSentence(view), look: choice.look, metadata: about(trace, view) },
    body,
  );
}
