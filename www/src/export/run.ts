// A whole run as CSV: a row for every token of it, after lines that say what was run.

import { chainAt } from '../chain';
import type { Cell } from '../describe/table';
import { readingOf, scoredOf } from '../describe/reading';
import { exactShare } from '../describe/meter';
import { viewAt } from '../reduce';
import { lastOf, type Token, type Trace } from '../view-state';
import { field } from './csv';

/** Lines before the header; each begins with "#". */
export const LINES_BEFORE = 4;

export const RUN_COLUMNS = [
  'step',
  'slot',
  'position',
  'rank',
  'members',
  'id',
  'text',
  'text_json',
  'probability',
  'state',
  'removed_at_step',
  'removed_by',
  'effect',
  'verdict_step',
  'score',
  'limit',
  'in_reading',
  'threshold',
  'above',
  'entropy',
  'chain',
  'kl',
  'total_variation',
  'paths',
  'sampled',
  'exact',
] as const;

/**
 * Prompt tokens have no step. `text` has an apostrophe where a spreadsheet would take it for a formula; `text_json` is
 * exact. The state is the one at the end. `chain` is what each member of the set before gives this one, as a JSON list;
 * `exact` is the exact posterior right after the step, where that was measured.
 */
export function runCsv(trace: Trace): string {
  if (trace.beside) return besideCsv(trace);
  const { options } = trace.run;
  const view = viewAt(trace, trace.steps.length - 1);
  const reading = readingOf(view, chainAt(trace, view), options.reading, 0, [], scoredOf(trace));
  const path = new Set(reading.words.map(({ slot }) => slot));
  const rows = view.columns.flatMap((column) => column.tokens.map((token) => rowOf(trace, token, column.step, path)));
  return written(trace, RUN_COLUMNS, rows);
}

export const BESIDE_COLUMNS = [
  'step',
  'lane',
  'parent',
  'slot',
  'position',
  'id',
  'text',
  'text_json',
  'probability',
  'log_probability',
  'score',
  'visits',
  'value',
] as const;

/**
 * A row for every token of another decoder: of each lane, of each hypothesis that went on (`lane` is its rank), or what a
 * search has chosen. Prompt tokens have no step, and what ends a text has no slot.
 */
function besideCsv(trace: Trace): string {
  const rows = trace.run.prompt.tokens.map((token) => besideRow(null, token, {}));
  for (const event of trace.beside ?? []) {
    const { step } = event;
    if (event.type === 'samples') rows.push(...event.lanes.map((token) => besideRow(step, token, token)));
    else if (event.type === 'beams')
      rows.push(...event.hypotheses.map((token, lane) => besideRow(step, token, { ...token, lane })));
    else {
      const node = event.tree.find(({ parent, id }) => parent === 0 && id === event.chosen.id);
      rows.push(besideRow(step, event.chosen, { ...event.chosen, visits: node!.visits, value: node!.value }));
    }
  }
  return written(trace, BESIDE_COLUMNS, rows);
}

type Told = Partial<
  Record<'lane' | 'parent' | 'probability' | 'log_probability' | 'score' | 'visits' | 'value', number>
>;

function besideRow(
  step: number | null,
  { slot, position, id, text }: { slot: number | null; position: number; id: number; text: string },
  told: Told,
): Cell[] {
  const { lane, parent, probability, log_probability, score, visits, value } = told;
  const numbers = [probability, log_probability, score, visits, value].map((number) => number ?? null);
  return [step, lane ?? null, parent ?? null, slot, position, id, text, JSON.stringify(text), ...numbers];
}

/** The lines that say what was run, the header, and the rows. */
function written(trace: Trace, columns: readonly string[], rows: Cell[][]): string {
  const { version, decoder, model, prompt, options } = trace.run;
  const end = trace.end && { reason: trace.end.reason, text: trace.end.text, readings: trace.end.readings };
  const before: Cell[] = [
    `# A run of ${trace.beside ? 'another decoder' : 'TEMPO'}, trace version ${version}, decoder ${decoder}, ${lastOf(trace) + 1} steps. The header is line ${LINES_BEFORE + 1}.`,
    `# model ${JSON.stringify(model)}`,
    `# prompt ${JSON.stringify(prompt.text)} end ${JSON.stringify(end)}`,
    `# options ${JSON.stringify(options)}`,
  ];
  return [before.map((line) => [line]), [[...columns]], rows]
    .flat()
    .map((row: readonly Cell[]) => `${row.map(field).join(',')}\r\n`)
    .join('');
}

function rowOf(trace: Trace, token: Token, step: number | null, path: ReadonlySet<number>): Cell[] {
  const event = step === null ? null : (trace.steps[step] ?? null);
  const { removal, verdict } = token;
  const chain = event?.chain?.[token.rank];
  const meter = event?.meter;
  const exact = meter ? exactShare(viewAt(trace, step!), token.slot) : null;
  return [
    step,
    token.slot,
    token.position,
    token.rank + 1,
    token.size,
    token.id,
    token.text,
    JSON.stringify(token.text),
    token.probability,
    token.state,
    removal?.step ?? null,
    removal?.by ?? null,
    removal?.effect ?? null,
    verdict?.step ?? null,
    verdict?.verdict.score ?? null,
    verdict?.verdict.limit ?? null,
    step === null ? null : path.has(token.slot) ? 1 : 0,
    event?.threshold ?? null,
    event?.above ?? null,
    event?.entropy ?? null,
    chain ? JSON.stringify(chain) : null,
    meter?.kl ?? null,
    meter?.total_variation ?? null,
    meter?.paths ?? null,
    meter?.sampled ?? null,
    exact?.share ?? null,
  ];
}
