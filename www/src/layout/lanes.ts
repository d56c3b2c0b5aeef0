// Samples as numbers, for a picture: a line for each lane, broken where it is wider than the picture.

import type { Lane } from '../beside/lanes';
import { percent } from '../format';
import { words } from '../words/en/beside';
import type { Drawing, DrawingSizes } from './drawing';
import { round, shown } from './measure';

const LONGEST = 24;

export function layoutLanes(lanes: readonly Lane[], { ch, em }: DrawingSizes, width: number): Drawing {
  const drawing: Drawing = { width, height: 0, lines: [], boxes: [], letters: [] };
  const height = round(2.9 * em);
  let y = 0;
  for (const { lane, tokens, ended } of lanes) {
    const name = words.lane(lane) + (ended ? ` · ${words.ended}` : '');
    drawing.letters.push({ x: 0, y: round(y + 1.2 * em), text: name, role: 'ink', bold: true });
    y = round(y + 1.8 * em);
    let x = 0;
    for (const { text, probability, slot } of tokens) {
      const told = shown(text, LONGEST);
      const wide = round((Math.max(4, told.places) + 2) * ch);
      if (x > 0 && x + wide > width) [x, y] = [0, round(y + height + 4)];
      const dashed = slot === null;
      drawing.boxes.push({ x, y, width: wide, height, role: 'single', fill: 'ground', stroke: 1.5, dashed });
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
