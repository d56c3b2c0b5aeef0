// Samples as numbers: a line of tokens for each lane, broken where it is wider than the drawing.

import type { Lane } from '../beside/lanes';
import { percent } from '../format';
import { words } from '../words/en/beside';
import type { Drawing, DrawingSizes } from './drawing';
import { round, shown } from './measure';

const LONGEST = 24;
/** Room for the outline of the first and the last box. */
const EDGE = 2;

export function laneNote({ lane, tokens, ended, reading }: Lane): string {
  return words.laneNote(lane, tokens.length, reading?.log_probability ?? null, ended);
}

/** What the step shown has drawn has a thick outline. With `noted` each lane has its note above it. */
export function layoutLanes(
  lanes: readonly Lane[],
  step: number,
  { ch, em }: DrawingSizes,
  width: number,
  noted: boolean,
): Drawing {
  const drawing: Drawing = { width, height: 0, lines: [], boxes: [], letters: [] };
  const height = round(2.9 * em);
  let y = EDGE;
  for (const lane of lanes) {
    if (noted) {
      drawing.letters.push({ x: 0, y: round(y + 1.2 * em), text: laneNote(lane), role: 'ink', bold: true });
      y = round(y + 1.8 * em);
    }
    let x = EDGE;
    for (const [at, { text, probability, slot }] of lane.tokens.entries()) {
      const told = shown(text, LONGEST);
      const wide = round((Math.max(4, told.places) + 2) * ch);
      if (x > EDGE && x + wide + EDGE > width) [x, y] = [EDGE, round(y + height + 4)];
      const box = { x, y, width: wide, height, role: 'single', fill: 'ground', dashed: slot === null } as const;
      drawing.boxes.push({ ...box, stroke: at === step ? 3 : 1.5 });
      const bar = { x: round(x + 4), y: round(y + height - 6), height: 4, role: 'single', stroke: 0 } as const;
      drawing.boxes.push({ ...bar, width: round(Math.max(2, (wide - 8) * probability)), fill: 'role' });
      drawing.letters.push({ x: round(x + ch), y: round(y + 1.2 * em), text: told.text, role: 'ink', token: true });
      drawing.letters.push({ x: round(x + ch), y: round(y + 2.2 * em), text: percent(probability), role: 'soft' });
      x = round(x + wide + 4);
    }
    y = round(y + height + em);
  }
  drawing.height = y;
  return drawing;
}
