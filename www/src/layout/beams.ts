// Beams as numbers: a column for each step, in it the hypotheses that went on, the most probable one first, each with a line
// from the one it came from.

import type { Beams } from '../beside/beams';
import { number } from '../format';
import type { Drawing, DrawingSizes, Role } from './drawing';
import { round, shown } from './measure';

/** Most tokens drawn at once; of a longer run the newest steps. */
const MOST = 1500;
const LONGEST = 14;
/** Room for the outline of the first and the last box. */
const EDGE = 2;

/** The drawing, with the path of the hypothesis of this rank as the thick line; and the first step drawn. */
export function layoutBeams(
  { tokens, beams }: Beams,
  prompt: string,
  { ch, em }: DrawingSizes,
  picked: number,
): Drawing & { from: number } {
  const ranks = beams[picked]?.ranks ?? [];
  const widest = Math.max(1, ...tokens.map((column) => column.length));
  const from = Math.max(0, tokens.length - Math.floor(MOST / widest));
  const height = round(2.9 * em);
  const pitch = height + Math.round(0.7 * em);
  const gap = Math.round(2.4 * em);
  const top = Math.round(1.6 * em);
  const drawing = { width: 0, height: top + widest * pitch, lines: [], boxes: [], letters: [], from } as Drawing & {
    from: number;
  };
  const box = (x: number, row: number, width: number, text: string, role: Role, bold: boolean, below: string): void => {
    const y = top + row * pitch;
    const dashed = role === 'removed';
    drawing.boxes.push({ x, y, width, height, role, fill: 'ground', stroke: bold ? 3 : 1.5, dashed });
    const middle = round(x + width / 2);
    const place = { x: middle, anchor: 'middle' } as const;
    const ink: Role = dashed ? 'soft' : 'ink';
    drawing.letters.push({ ...place, y: round(y + 1.25 * em), text, role: ink, token: true, bold });
    if (below !== '') drawing.letters.push({ ...place, y: round(y + 2.45 * em), text: below, role: 'soft' });
  };
  const first = shown(prompt, LONGEST);
  const start = round((first.places + 2) * ch);
  let [x, before] = [EDGE, EDGE];
  if (from === 0) {
    box(x, 0, start, first.text, 'prompt', false, '');
    before = x + start;
    x = before + gap;
  }
  for (const [at, column] of tokens.slice(from).entries()) {
    const step = from + at;
    const texts = column.map(({ token }) => shown(token.text, LONGEST));
    const width = round((Math.max(4, ...texts.map(({ places }) => places)) + 2) * ch);
    drawing.letters.push({ x: round(x + width / 2), y: em, text: String(step), role: 'soft', anchor: 'middle' });
    const isOpen = column.filter(({ held }) => held > 0).length > 1;
    for (const { rank, token, held } of column) {
      const isPicked = ranks[step] === rank;
      const role = held === 0 ? 'removed' : isOpen ? 'sibling' : 'single';
      box(x, rank, width, texts[rank]!.text, role, isPicked, number(token.log_probability, 3).replace('-', '\u2212'));
      if (step === from && from > 0) continue;
      const [y1, y2] = [token.parent, rank].map((row) => round(top + row * pitch + height / 2));
      const bend = round((x - before) / 2);
      const d = `M${before} ${y1}C${before + bend} ${y1} ${x - bend} ${y2} ${x} ${y2}`;
      const line = isPicked
        ? ({ d, role: 'ink', width: 4 } as const)
        : ({ d, role: held === 0 ? 'removed' : 'edge', width: held === 0 ? 1 : 1.5, dashed: held === 0 } as const);
      drawing.lines.push(line);
    }
    before = round(x + width);
    x = before + gap;
  }
  drawing.width = before + EDGE;
  // The thick line lies over the others.
  drawing.lines.sort((a, b) => a.width - b.width);
  return drawing;
}
