// The meter as numbers: a bar a step, over the ticks of the time line.

import { number } from '../format';
import type { Trace } from '../view-state';
import type { Drawing, Role } from './drawing';
import { round } from './measure';
import { layoutScrubber } from './scrubber';

/** The scale ends here at least, so that what is nearly exact looks so. */
const LEAST_SCALE = 0.1;

export function layoutMeter(trace: Trace, step: number, em: number, width: number): Drawing {
  const inset = 8;
  const { ticks, pitch } = layoutScrubber(trace, { width, height: 1, inset });
  const [top, height] = [Math.round(1.5 * em), Math.round(4 * em)];
  const base = top + height;
  const most = trace.steps.reduce((largest, { meter }) => Math.max(largest, meter?.kl ?? 0), LEAST_SCALE);
  const drawing: Drawing = { width, height: base + Math.round(0.5 * em), lines: [], boxes: [], letters: [] };
  const wide = round(Math.min(24, Math.max(3, pitch / 2)));
  for (const { step: at, x } of ticks) {
    const meter = trace.steps[at]?.meter;
    if (!meter) continue;
    const long = round(Math.max(1, (height * meter.kl) / most));
    const role: Role = at === step ? 'ink' : 'soft';
    const isEstimate = meter.sampled !== undefined;
    const box = { x: round(x - wide / 2), y: round(base - long), width: wide, height: long, role, key: at };
    drawing.boxes.push(
      isEstimate
        ? { ...box, fill: 'ground', stroke: at === step ? 2.5 : 1.5, dashed: true }
        : { ...box, fill: 'role', stroke: 0 },
    );
    const arm = 3;
    if (!meter.top1) {
      const y = round(base - long - 2 * arm);
      const d = `M${round(x - arm)} ${round(y - arm)}l${2 * arm} ${2 * arm}m0 ${-2 * arm}l${-2 * arm} ${2 * arm}`;
      drawing.lines.push({ d, role: 'ink', width: 1.5 });
    }
  }
  drawing.lines.push({ d: `M${inset} ${base + 0.5}H${width - inset}`, role: 'edge', width: 1 });
  drawing.lines.push({ d: `M${inset} ${top + 0.5}H${width - inset}`, role: 'edge', width: 1, dashed: true });
  drawing.letters.push({ x: inset, y: top - 4, text: number(most, 2), role: 'soft' });
  return drawing;
}
