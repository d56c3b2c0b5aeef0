// A whole run as CSV: a row for every token of it, after lines that say what was run.

import { chainAt } from '../chain';
import type { Cell } from '../describe/table';
import { readingOf } from '../describe/reading';
import { viewAt } from '../reduce';
import type { Token, Trace } from '../view-state';
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
] as const;

/**
 * Prompt tokens have no step. `text` has an apostrophe where a spreadsheet would take it for a formula; `text_json` is
 * exact. The state is the one at the end. `chain` is what each member of the set before gives this one, as a JSON list.
 */
export function runCsv(trace: Trace): string {
  const { version, decoder, model, prompt, options } = trace.run;
  const view = viewAt(trace, trace.steps.length - 1);
  const reading = readingOf(view, chainAt(trace, view), options.reading);
  const path = new Set(reading.words.map(({ slot }) => slot));
  const end = trace.end ? { reason: trace.end.reason, text: trace.end.text } : null;
  const before: Cell[] = [
    `# A run of TEMPO, trace version ${version}, decoder ${decoder}, ${trace.steps.length} steps. The header is line ${LINES_BEFORE + 1}.`,
    `# model ${JSON.stringify(model)}`,
    `# prompt ${JSON.stringify(prompt.text)} end ${JSON.stringify(end)}`,
    `# options ${JSON.stringify(options)}`,
  ];
  const rows = view.columns.flatMap((column) => column.tokens.map((token) => rowOf(trace, token, column.step, path)));
  return [before.map((line) => [line]), [[...RUN_COLUMNS]], rows]
    .flat()
    .map((row: readonly Cell[]) => `${row.map(field).join(',')}\r\n`)
    .join('');
}

function rowOf(trace: Trace, token: Token, step: number | null, path: ReadonlySet<number>): Cell[] {
  const event = step === null ? null : (trace.steps[step] ?? null);
  const { removal, verdict } = token;
  const chain = event?.chain?.[token.rank];
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
  ];
}
