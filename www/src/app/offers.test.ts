import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseTrace } from '../trace';
import { viewAt } from '../reduce';
import { made } from '../testing';
import { offeredSlot, offersIn, shownRuns } from './offers';
import { Run } from './run.svelte';

const PLAIN = {
  title: 'a.jsonl',
  note: '',
  date: null,
  model: null,
  step: null,
  selected: null,
  first: null,
  ordinary: null,
  source: undefined,
  megabytes: null,
  weights: null,
};

describe('the index of recorded runs', () => {
  it('is read field by field', () => {
    const full = {
      file: 'a.jsonl',
      title: 'A',
      note: 'look here',
      date: '2026-11-28',
      model: 'SmolLM2',
      step: 15,
      selected: ' sorry',
      first: 0,
      ordinary: ' handed it to him.',
      source: { repo: 'owner/name', file: 'name.Q4_1.gguf' },
      megabytes: 98,
      weights: 'q8',
    };
    expect(offersIn([full])).toEqual([full]);
    expect(offersIn([{ file: 'a.jsonl' }])).toEqual([{ file: 'a.jsonl', ...PLAIN }]);
    expect(offersIn([{ file: 'a.jsonl', source: null, selected: 12 }])[0]).toMatchObject({
      source: null,
      selected: 12,
    });
  });

  it.each([
    ['title', { a: 1 }],
    ['note', 7],
    ['date', ['2026']],
    ['model', false],
    ['step', -1],
    ['step', 1.5],
    ['step', '3'],
    ['step', 1e9],
    ['selected', -4],
    ['selected', {}],
    ['selected', ''],
    ['first', Infinity],
    ['ordinary', null],
    ['source', 'owner/name'],
    ['source', { repo: 'https://elsewhere.example/x' }],
    ['source', { repo: '../..' }],
    ['megabytes', -98],
    ['megabytes', Number.NaN],
    ['megabytes', '98'],
    ['weights', 'q5'],
  ])('leaves out %s where it is %o, and offers the run', (field, value) => {
    expect(offersIn([{ file: 'a.jsonl', [field]: value }])).toEqual([{ file: 'a.jsonl', ...PLAIN }]);
  });

  it('takes no address and no path for a file', () => {
    const files = ['../a.jsonl', 'https://elsewhere.example/a.jsonl', 'a.json', '', 7, undefined];
    expect(offersIn(files.map((file) => ({ file, title: 'A' })))).toEqual([]);
    expect(offersIn([{ file: 'a.jsonl', source: { repo: 'owner/name', file: '../x.gguf' } }])[0]?.source).toEqual({
      repo: 'owner/name',
      file: null,
    });
  });

  it('cuts long texts, and is empty for what is no list', () => {
    expect(offersIn([{ file: 'a.jsonl', note: 'x'.repeat(5000) }])[0]?.note).toHaveLength(200);
    for (const value of [null, {}, 'x', 3, [null, 7, 'a']]) expect(offersIn(value)).toEqual([]);
  });
});

describe('the list of recorded runs', () => {
  const trace = made(
    {},
    [
      { set: [[' c', 0.5]] },
      {
        set: [
          [' b', 0.5],
          [' d', 0.3],
        ],
      },
    ],
    ['A', ' b'],
  );
  const fetched = (file: string, title: string): Run => new Run({ title, origin: 'recorded', trace, file });

  it('is in the order of the index, fetched or not, and each run is on it once', () => {
    const offers = offersIn([
      { file: 'a.jsonl', title: 'A', model: 'Small' },
      { file: 'b.jsonl', note: 'look' },
    ]);
    const runs = [fetched('c.jsonl', 'C'), fetched('b.jsonl', 'B'), new Run({ title: 'mine', origin: 'live', trace })];
    const shown = shownRuns(offers, runs);
    expect(shown.map(({ file, title, note, model, run }) => [file, title, note, model, run?.title])).toEqual([
      ['a.jsonl', 'A', '', 'Small', undefined],
      ['b.jsonl', 'b.jsonl', 'look', 'made', 'B'],
      ['c.jsonl', 'C', '', 'made', 'C'],
    ]);
  });

  it('pins the token of an entry by slot or by text, and none that is not there', () => {
    const view = viewAt(trace, 1);
    expect(offeredSlot(view, 4)).toBe(4);
    expect(offeredSlot(view, ' b')).toBe(3);
    expect(offeredSlot(view, 'A')).toBeNull();
    expect(offeredSlot(view, 99)).toBeNull();
    expect(offeredSlot(view, null)).toBeNull();
    expect(offeredSlot(viewAt(trace, 0), ' b')).toBeNull();
  });
});

describe('the runs that come with the page', () => {
  const folder = new URL('../../public/traces/', import.meta.url);
  const written = JSON.parse(readFileSync(new URL('index.json', folder), 'utf8')) as Record<string, unknown>[];

  it.each(offersIn(written).map((offer) => [offer.file, offer] as const))(
    '%s has what its entry names',
    (file, offer) => {
      const trace = parseTrace(readFileSync(new URL(file, folder), 'utf8'));
      const entry = written.find((other) => other['file'] === file)!;
      // Nothing was cut or left out.
      expect(offer).toMatchObject(entry);
      const last = trace.steps.length - 1;
      for (const step of [offer.step, offer.first]) expect(step ?? 0).toBeLessThanOrEqual(last);
      const shown = trace.steps.slice(0, (offer.step ?? last) + 1).flatMap(({ set }) => set);
      const { selected } = offer;
      if (selected !== null) expect(shown.some(({ slot, text }) => slot === selected || text === selected)).toBe(true);
    },
  );
});
