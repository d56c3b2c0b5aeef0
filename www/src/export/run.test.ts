// The CSV of a whole run, read back: nothing of the run is lost or made visible.

import { expect, test } from 'vitest';
import { latticeTable, stepsTable } from '../describe/tables';
import { cellText } from '../describe/table';
import { viewAt } from '../reduce';
import { chainedAt, fixtures, made, recorded } from '../testing';
import { csv } from './csv';
import { LINES_BEFORE, RUN_COLUMNS, runCsv } from './run';

/** A reader of RFC 4180. */
function parsed(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const pattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  for (const [, quoted, plain, end] of text.matchAll(pattern)) {
    row.push(quoted === undefined ? plain! : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

const json = (line: string, name: string): unknown => JSON.parse(line.slice(`# ${name} `.length));

test.each([...recorded(), ...fixtures()])('$name: every token with id, exact text, model and options', ({ trace }) => {
  const text = runCsv(trace);
  const rows = parsed(text);
  const before = rows.slice(0, LINES_BEFORE);
  expect(before.every((row) => row.length === 1 && row[0]!.startsWith('# '))).toBe(true);
  expect(json(before[1]![0]!, 'model')).toEqual(trace.run.model);
  expect(json(before[3]![0]!, 'options')).toEqual(trace.run.options);
  expect(before[2]![0]).toContain(JSON.stringify(trace.run.prompt.text));
  expect(rows[LINES_BEFORE]).toEqual([...RUN_COLUMNS]);

  const tokens = rows
    .slice(LINES_BEFORE + 1)
    .map((row) => Object.fromEntries(RUN_COLUMNS.map((name, i) => [name, row[i]!])));
  const known = [
    ...trace.run.prompt.tokens.map((token) => ({ ...token, step: '', probability: '' })),
    ...trace.steps.flatMap(({ set, step }) =>
      set.map((member) => ({ ...member, step: String(step), probability: String(member.probability) })),
    ),
  ];
  expect(tokens).toHaveLength(known.length);
  for (const [index, token] of tokens.entries()) {
    const { id, text, slot, step, position, probability } = known[index]!;
    expect(token).toMatchObject({ id: String(id), slot: String(slot), position: String(position), step, probability });
    expect(JSON.parse(token.text_json!)).toBe(text);
    expect(token.text).toBe(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);
  }
  const removed = viewAt(trace, trace.steps.length - 1).tokens.filter(({ removal }) => removal);
  expect(tokens.filter(({ removed_at_step }) => removed_at_step !== '')).toHaveLength(removed.length);
  // The reading is one member of every set that has any left.
  const read = tokens.filter(({ in_reading }) => in_reading === '1').map(({ step }) => step);
  expect(new Set(read).size).toBe(read.length);
  if (removed.length === 0) expect(read).toHaveLength(trace.steps.length);
});

test('texts that would be formulas, or break a line, are neither', () => {
  const trace = made(
    {},
    [
      {
        set: [
          ['=cmd|x!A0', 0.5],
          ['-', 0.3],
          ['"\n,', 0.2],
        ],
      },
    ],
    ['@SUM(1)', '\t'],
  );
  const rows = parsed(runCsv(trace)).slice(LINES_BEFORE + 1);
  expect(rows.every((row) => row.length === RUN_COLUMNS.length)).toBe(true);
  for (const row of rows)
    for (const cell of row.filter((cell) => !/^-?\d/.test(cell))) expect(cell).not.toMatch(/^[=+\-@\t\r]/);
  expect(rows.map((row) => JSON.parse(row[7]!) as string)).toEqual(['@SUM(1)', '\t', '=cmd|x!A0', '-', '"\n,']);
});

test('tables of a moment are saved with raw text and ids, and shown with visible spaces', () => {
  const trace = made({}, [
    {
      set: [
        [' cat', 0.6],
        ['\n', 0.3],
      ],
    },
  ]);
  const view = viewAt(trace, 0);
  const lattice = latticeTable(trace, view, chainedAt(trace, view));
  const saved = parsed(csv(lattice));
  const at = (name: string): number => lattice.columns.findIndex((column) => column.name === name);
  expect(saved.slice(3).map((row) => [row[at('token')], row[at('id')]])).toEqual([
    [' cat', '102'],
    ['\n', '103'],
  ]);
  expect(cellText(lattice.rows[2]![at('token')], lattice.columns[at('token')]!)).toBe('␣cat');
  const steps = stepsTable(trace);
  const set = steps.columns.findIndex(({ name }) => name === 'set');
  expect(JSON.parse(parsed(csv(steps))[1]![set]!)).toEqual([' cat', '\n']);
  expect(cellText(steps.rows[0]![set], steps.columns[set]!)).toBe('␣cat / ⏎');
});
