// A drawing as SVG.

import { corner, type Drawing } from '../layout/drawing';
import { FONT_TOKEN, el, label, type Ink } from './svg';

/** Its shapes, in the colours of a look. `em` is the size of the letters that it was laid out for. */
export function drawingSvg({ lines, boxes, letters }: Drawing, ink: Ink, em: number): string {
  const colour = (role: string): string => (role in ink ? String(ink[role as keyof Ink]) : role);
  const dash = (dashed = false): string | null => (dashed ? '4 4' : null);
  return [
    ...lines.map(({ d, role, width, dashed }) =>
      el('path', { d, fill: 'none', stroke: colour(role), 'stroke-width': width, 'stroke-dasharray': dash(dashed) }),
    ),
    ...boxes.map((box) => {
      const { x, y, width, height, role, fill, stroke, dashed } = box;
      return el('rect', {
        x,
        y,
        width,
        height,
        rx: corner(box),
        fill: fill === 'role' ? colour(role) : fill === 'none' ? fill : colour(fill),
        stroke: stroke > 0 ? colour(role) : null,
        'stroke-width': stroke > 0 ? stroke : null,
        'stroke-dasharray': dash(dashed),
      });
    }),
    ...letters.map(({ x, y, text, role, token, bold, anchor }) =>
      label(x, y, text, {
        fill: colour(role),
        'font-size': em,
        'font-family': token ? FONT_TOKEN : null,
        'font-weight': bold ? 700 : null,
        'text-anchor': anchor === 'start' ? null : (anchor ?? null),
      }),
    ),
  ].join('');
}
