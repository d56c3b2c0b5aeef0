// The distance from the exact distribution, step by step, in words and as a table.

import type { MeterEvent, Slot } from '../contract';
import { count, number } from '../format';
import type { Trace, ViewState } from '../view-state';
import { words } from '../words/en/meter';
import type { Cell, Table } from './table';

/** What the step shown says of its distance from the exact distribution. */
export function meterSentence(view: ViewState): string {
  const { current } = view;
  if (!current) return words.atPrompt;
  const { meter } = current;
  if (!meter) return words.unmeasured(current.step);
  const distance = words.distance(current.step, meter.kl, meter.total_variation, meter.top1);
  return `${distance} ${paths(meter)}`;
}

function paths({ paths, sampled, ess }: MeterEvent): string {
  if (sampled === undefined) return words.exact(count(paths));
  return words.estimated(sampled, paths < 1e6 ? count(paths) : number(paths, 2), number(ess ?? 0, 2));
}

/** How much of the exact distribution goes through a member of an open set; null where the step shown does not say. */
export function exactShare(view: ViewState, slot: Slot): { share: number; isEstimate: boolean } | null {
  const { meter } = view.current ?? {};
  if (!meter) return null;
  const open = view.columns
    .map(({ step, tokens }) => (step === null ? [] : tokens.filter(({ removal }) => !removal)))
    .filter((members) => members.length > 1);
  if (open.length !== meter.members.length) return null;
  for (const [at, members] of open.entries()) {
    const member = members.findIndex((token) => token.slot === slot);
    const share = meter.members[at]![member];
    if (share !== undefined) return { share, isEstimate: meter.sampled !== undefined };
  }
  return null;
}

/** One row a step. */
export function meterTable(trace: Trace): Table {
  const { columns } = words;
  return {
    caption: words.caption,
    columns: [
      { name: columns.step, kind: 'number' },
      { name: columns.paths, kind: 'number' },
      { name: columns.kl, kind: 'number', digits: 4 },
      { name: columns.variation, kind: 'number', digits: 4 },
      { name: columns.top1 },
      { name: columns.sampled, kind: 'number' },
      { name: columns.ess, kind: 'number', digits: 1 },
    ],
    rows: trace.steps.map(({ step, meter }): Cell[] => {
      if (!meter) return [step, null, null, null, null, null, null];
      const { paths, kl, total_variation, top1, sampled, ess } = meter;
      return [step, paths, kl, total_variation, top1 ? words.yes : words.no, sampled ?? null, ess ?? null];
    }),
  };
}
