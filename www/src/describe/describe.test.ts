import { expect, test } from 'vitest';
import { viewAt } from '../reduce';
import { chainedAt, fixtures, made, recorded } from '../testing';
import { bracketPieces, bracketText, lines } from './brackets';
import { breadcrumb, crumbs } from './breadcrumb';
import { positionLabel, positionNumber } from './position';
import { endWords, stepSummary } from './step';
import { latticeTable, plainTable, stepsTable, stripTable } from './tables';
import { stateWords, tokenLabel } from './token';
import { numberWord } from '../words/en/speech';
import { bare, list, quoted, readable, spoken } from './words';

const all = [...fixtures(), ...recorded()];

/** Three members, of which the third goes in step 1; then one token alone. */
const animals = made({ removal: 'mask' }, [
  {
    set: [
      [' cat', 0.41],
      [' dog', 0.31],
      [' child', 0.12],
    ],
  },
  {
    set: [[' sat', 0.9]],
    received: [0.2, 0.1, 0.3, 0.1, 0.009, 0.291],
    verdicts: [{ slot: 2 }, { slot: 3 }, { slot: 4, keep: false }],
  },
]);

test('words', () => {
  expect(quoted(' dog')).toBe('" dog"');
  expect([quoted(' '), quoted('\n'), quoted('')]).toEqual(['"space"', '"newline"', '"" (nothing)']);
  expect(quoted('<img src=x onerror=alert(1)>')).toBe('"<img src=x onerror=alert(1)>"');
  expect([bare(' dog'), bare('  ')]).toEqual(['dog', 'space']);
  expect([list(['a']), list(['a', 'b', 'c'])]).toEqual(['a', 'a, b and c']);
  expect([numberWord(3), numberWord(40)]).toEqual(['three', '40']);
});

test('text that runs on keeps its line ends, and cannot turn around what follows', () => {
  expect(readable('a\nb\tc')).toBe('a\nb\tc');
  expect(readable('a\u202eb')).toBe('a\\u202eb');
  expect(readable('\u{1f469}\u200d\u{1f467}')).toBe('\u{1f469}\u200d\u{1f467}');
});

test('signs are said by their names, words in quotes, and two are both', () => {
  expect([',', '.', ' "', '."', "'s", '\n\n'].map(spoken)).toEqual([
    '"comma"',
    '"full stop"',
    '"quotation mark"',
    '"full stop quotation mark"',
    `"'s"`,
    '"newline newline"',
  ]);
  const trace = made({}, [{ set: [['.', 0.23], [' car', 0.18], [' and', 0.12]] }, { set: [[' a', 0.5], [',', 0.4]] }]); // prettier-ignore
  expect(stepSummary(trace, viewAt(trace, 0), 'all')).toContain(
    'position 2: "full stop" 23 percent, " car" 18 percent and " and" 12 percent. Next is read from all three.',
  );
  expect(stepSummary(trace, viewAt(trace, 1), 'all')).toMatch(/Next is read from both\.$/);
  expect(tokenLabel(trace, viewAt(trace, 0), viewAt(trace, 0).tokens[2]!)).toMatch(
    /^"full stop", 23 percent, member 1 of 3/,
  );
});

test('a token in words', () => {
  const view = viewAt(animals, 0);
  expect(view.tokens.map((token) => tokenLabel(animals, view, token))).toEqual([
    '"A", prompt token, received 20 percent',
    '" b", prompt token, received 20 percent',
    '" cat", 41 percent, member 1 of 3, on trial, received 20 percent',
    '" dog", 31 percent, member 2 of 3, on trial, received 20 percent',
    '" child", 12 percent, member 3 of 3, on trial, received 20 percent',
  ]);
  const later = viewAt(animals, 1);
  expect(tokenLabel(animals, later, later.tokens[4]!)).toBe(
    '" child", 12 percent, member 3 of 3, removed at step 1, masked',
  );
  expect(tokenLabel(animals, later, later.tokens[5]!)).toBe(
    '" sat", 90 percent, alone at its position, received 29 percent',
  );
});

test('a verdict that removes nobody is told as what it is', () => {
  const set: [string, number][] = [
    ['a', 0.5],
    ['b', 0.3],
  ];
  const verdicts = [{ slot: 2 }, { slot: 3, keep: false, score: 0.2, limit: 0.25 }];
  const reported = made({ removal: 'report' }, [{ set }, { set: [['c', 1]], verdicts }]);
  expect(tokenLabel(reported, viewAt(reported, 1), viewAt(reported, 1).tokens[3]!)).toContain(
    'would be removed, only reported',
  );
  const faded = made({ removal: 'fade' }, [{ set }, { set: [['c', 1]], verdicts }]);
  // sigmoid(10 (0.2 / 0.25 - 1)) = sigmoid(-2)
  expect(tokenLabel(faded, viewAt(faded, 1), viewAt(faded, 1).tokens[3]!)).toContain('faded to 12 percent');
  const kept = made({ removal: 'mask' }, [
    { set },
    { set: [['c', 1]], verdicts: [{ slot: 2, keep: true, unattended: true }, { slot: 3 }] },
  ]);
  expect(tokenLabel(kept, viewAt(kept, 1), viewAt(kept, 1).tokens[2]!)).toContain('kept although unattended');
});

test('without removal nobody is on trial, and the budget is named', () => {
  const trace = made({ removal: 'off', budget: 3 }, [
    {
      set: [
        ['a', 0.5],
        ['b', 0.3],
      ],
      over_budget: [0],
    },
  ]);
  const view = viewAt(trace, 0);
  expect(stateWords(trace, view.tokens[2]!)).not.toContain('trial');
  expect(stateWords(trace, view.tokens[0]!)).toBe('removed at step 0 to keep the budget');
});

test('a position in words', () => {
  const view = viewAt(animals, 1);
  expect(view.columns.map(positionLabel)).toEqual([
    'Position 0, prompt',
    'Position 1, prompt',
    'Position 2, 3 tokens, 1 removed',
    'Position 3, 1 token',
  ]);
  const apart = made({ positions: 'consecutive' }, [
    {
      set: [
        ['a', 0.5],
        ['b', 0.3],
        ['c', 0.2],
      ],
    },
  ]);
  const column = viewAt(apart, 0).columns[2]!;
  expect([positionLabel(column), positionNumber(column)]).toEqual(['Positions 2 to 4, 3 tokens', '2-4']);
});

test('a step in words', () => {
  expect(stepSummary(animals, viewAt(animals, 0), 'all')).toBe(
    'Step 0. Three tokens at position 2: " cat" 41 percent, " dog" 31 percent and " child" 12 percent. Next is read from all three.',
  );
  expect(stepSummary(animals, viewAt(animals, 1), 'all')).toBe(
    'Step 1. One token at position 3: " sat", 90 percent. Removed: " child" at position 2.',
  );
  expect(stepSummary(animals, viewAt(animals, -1), 'all')).toBe('Before step 0. The prompt has 2 tokens.');
  expect(stepSummary(animals, viewAt(animals, -1), 'branches')).toBe('');
  expect(stepSummary(animals, viewAt(animals, 1), 'branches')).toContain('Removed');
  expect(stepSummary(animals, viewAt(animals, 1), 'off')).toBe('');
  const first = made(
    { combine: 'first' },
    animals.steps.slice(0, 1).map(({ set }) => ({ set: set.map((m) => [m.text, m.probability] as [string, number]) })),
  );
  expect(stepSummary(first, viewAt(first, 0), 'all')).toContain('Next is read from " cat".');
});

test('why a run ended is said by the rule that ended it', () => {
  const by = (name: string) => endWords(fixtures().find((each) => each.name === name)!.trace);
  expect(by('eos-any')).toBe('end of text was in the set');
  expect(by('tiny-eos-top')).toBe('end of text was the most probable token');
  expect(by('chain-llama')).toMatch(/^end of text was .*, \d+\u00a0%$/);
  expect(endWords(recorded()[0]!.trace)).toBe('the number of steps is reached');
  expect(endWords({ ...recorded()[0]!.trace, end: null })).toBeNull();
});

test('plain steps are silent where only branches are wanted', () => {
  const plain = made({}, [{ set: [['a', 1]] }, { set: [['b', 1]], event: { fallback: true } }]);
  expect(stepSummary(plain, viewAt(plain, 0), 'branches')).toBe('');
  expect(stepSummary(plain, viewAt(plain, 1), 'all')).toContain('No token reached the threshold');
});

test('the breadcrumb names one time and one selection', () => {
  const view = viewAt(animals, 1);
  expect(breadcrumb(view, null)).toBe('step 1');
  expect(breadcrumb(view, 3)).toBe('step 1 · position 2 · " dog" (2 of 3)');
  expect(breadcrumb(view, 5, 2)).toBe('step 1 · position 3 · " sat" · with " cat" (1 of 3) at position 2');
  expect(crumbs(viewAt(animals, -1), 5)).toEqual([{ kind: 'step', text: 'before step 0' }]);
});

test('brackets mark who was removed', () => {
  const view = viewAt(animals, 1);
  expect(bracketText(animals, view)).toBe('A b[ cat/ dog/~~ child~~] sat');
  expect(bracketText(animals, view, false)).toBe('[ cat/ dog/~~ child~~] sat');
  expect(bracketPieces(animals, view).map((piece) => piece.kind)).toEqual([
    'prompt',
    'sign',
    'member',
    'sign',
    'member',
    'sign',
    'removed',
    'sign',
    'plain',
  ]);
});

test('pieces come in the lines that their line ends make', () => {
  const texts = (...pieces: string[]): string[][] =>
    lines(pieces.map((text) => ({ text }))).map((line) => line.map(({ text }) => text));
  expect(texts()).toEqual([]);
  expect(texts('a', ' b')).toEqual([['a', ' b']]);
  expect(texts('a\n', 'b')).toEqual([['a\n'], ['b']]);
  expect(texts('a', '[', '\n\n', ']b\nc')).toEqual([['a', '[', '\n'], ['\n'], [']b\n'], ['c']]);
  const piece = { text: 'whole', kind: 'plain' };
  expect(lines([piece])[0]?.[0]).toBe(piece);
});

test('bytes of one character that are spread over single tokens come together', () => {
  const trace = made({}, [{ set: [['caf', 1]] }, { set: [['\\xc3', 1]] }, { set: [['\\xa9', 1]] }]);
  expect(bracketText(trace, viewAt(trace, 2), false)).toBe('café');
});

test.each(all)('$name: brackets without the removed are those of the end event', ({ trace }) => {
  // Models without a tokenizer leave the texts empty.
  if (!trace.end || trace.end.brackets === '') return;
  const view = viewAt(trace, trace.steps.length - 1);
  // Where bytes are spread over members of several sets, the end event joins more than brackets can show.
  if (/\\x[89a-f]/.test(JSON.stringify(view.tokens.map((token) => token.text)))) return;
  const text = view.columns
    .filter((column) => column.step !== null)
    .map((column) => {
      const live = column.tokens.filter((token) => token.state !== 'removed').map((token) => token.text);
      return live.length > 1 ? `[${live.join('/')}]` : (live[0] ?? '');
    })
    .join('');
  expect(text).toBe(trace.end.brackets);
});

test.each(all)('$name: every view has a table whose rows are as long as its columns', ({ trace }) => {
  for (const step of [-1, 0, trace.steps.length - 1]) {
    const view = viewAt(trace, step);
    const chained = chainedAt(trace, view, view.readout[0]);
    for (const table of [
      latticeTable(trace, view, chained),
      stripTable(trace, view, chained.kin),
      stepsTable(trace),
      plainTable(trace, view, chained.reading),
    ]) {
      expect(table.caption).not.toBe('');
      expect(new Set(table.columns.map((column) => column.name)).size).toBe(table.columns.length);
      for (const row of table.rows) expect(row).toHaveLength(table.columns.length);
    }
    expect(latticeTable(trace, view, chained).rows).toHaveLength(view.tokens.length);
  }
});

test('the strip table knows freed rows and the place of one to one', () => {
  const trace = made({ removal: 'evict' }, [
    {
      set: [
        ['a', 0.5],
        ['b', 0.3],
      ],
    },
    { set: [['c', 1]], verdicts: [{ slot: 2 }, { slot: 3, keep: false }] },
  ]);
  const rows = stripTable(trace, viewAt(trace, 1), null).rows;
  expect(rows.map((row) => [row[2], row[3], row[4]])).toEqual([
    [0, 0, 'held'],
    [1, 1, 'held'],
    [2, 2, 'held'],
    [2, 3, 'freed'],
    [3, 4, 'held'],
  ]);
});
