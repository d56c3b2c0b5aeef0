import { describe, expect, test } from 'vitest';
import type { Combine } from '../contract';
import { NBSP } from '../format';
import { viewAt } from '../reduce';
import { fixtures, made, recorded, type MadeStep } from '../testing';
import {
  choiceSentence,
  compareSentence,
  fateSentence,
  inspectorTable,
  looksSentence,
  neighbours,
  numberFacts,
  pinSentence,
  readingSentence,
} from './inspector';
import { named, shownText } from './named';

const steps: MadeStep[] = [
  {
    set: [
      [' cat', 0.6],
      [' dog', 0.3],
    ],
    event: {
      candidates: [
        { id: 102, text: ' cat', probability: 0.6 },
        { id: 103, text: ' dog', probability: 0.3 },
        { id: 7, text: ' child', probability: 0.04 },
      ],
    },
  },
  { set: [[' sat', 0.5]], received: [0.5, 0.1, 0.2, 0.1, 0.1] },
];
const run = made({}, steps);
const view = viewAt(run, 1);
const [cat, dog, sat] = [view.tokens[2]!, view.tokens[3]!, view.tokens[4]!];
const column = (index: number) => view.columns[index]!;
const plain = (text: string): string => text.replaceAll(NBSP, ' ');

test('why it was chosen', () => {
  expect(plain(choiceSentence(run, dog, column(2)))).toBe(
    '" dog" has 30 %, the threshold is 10 %: it is number 2 of 2 above.',
  );
  expect(plain(choiceSentence(run, sat, column(3)))).toBe(
    '" sat" has 50 %, the threshold is 10 %: it is the only one above.',
  );
  const fallback = made({}, [{ set: [[' a', 0.05]], event: { fallback: true, above: 0, threshold: 2 } }]);
  const shown = viewAt(fallback, 0);
  expect(plain(choiceSentence(fallback, shown.tokens[2]!, shown.columns[2]!))).toBe(
    'No token reached 2 (above everything), so the most probable one was kept: " a" with 5 %.',
  );
});

test('a pin is said with the reason why the token is here', () => {
  expect(pinSentence(run, view, dog)).toBe(
    'Pinned " dog" at position 2. " dog" has 30 percent, the threshold is 10 percent: it is number 2 of 2 above.',
  );
  expect(pinSentence(run, view, view.tokens[0]!)).toBe('Pinned "A" at position 0. It belongs to the prompt.');
  const gone = made({ removal: 'mask' }, [steps[0]!, { ...steps[1]!, verdicts: [{ slot: 3, keep: false }] }]);
  const then = viewAt(gone, 1);
  expect(pinSentence(gone, then, then.tokens[3]!)).toMatch(/2 above\. It is removed at step 1, masked\.$/);
});

test('how the distribution was read', () => {
  const read = (combine: Combine): string => plain(readingSentence(made({ combine }, steps), column(3)));
  expect(plain(readingSentence(run, column(2)))).toBe('Read from " b", the last prompt token.');
  expect(read('mixture')).toBe(
    'Read from 2 members at position 2, their predictions mixed, each by its share: " cat" 67 % and " dog" 33 %.',
  );
  expect(read('first')).toBe('Read from " cat" alone, the most probable of 2 members at position 2.');
  expect(read('last')).toBe('Read from " dog" alone, the last of 2 members at position 2.');
  expect(read('max')).toMatch(/renormalised: " cat" and " dog"\.$/);
  expect(readingSentence(run, column(0))).toMatch(/^It belongs to the prompt/);
});

test('the candidates around it, with the line between', () => {
  const around = neighbours(run, dog, column(2));
  expect(around.map(({ rank, here, member, lineAbove }) => [rank, here, member, lineAbove])).toEqual([
    [1, false, true, false],
    [2, true, true, false],
    [3, false, false, true],
  ]);
  expect(neighbours(run, view.tokens[0]!, column(0))).toEqual([]);
});

test('what became of it', () => {
  expect(fateSentence(run, view.tokens[0]!)).toBe('Prompt tokens are never judged.');
  expect(fateSentence(run, sat)).toBe('It is alone at its position: nothing to judge.');
  expect(fateSentence(run, cat)).toBe('Removal is off in this run.');
});

test('two tokens beside each other', () => {
  expect(plain(compareSentence(cat, dog))).toBe(
    '" cat" and " dog" are members of one set at position 2: for the model they stand at the same place, only their content differs.',
  );
  expect(plain(compareSentence(cat, sat))).toBe('" cat" and " sat" are 1 position apart.');
  const table = inspectorTable(run, view, [cat, sat]);
  expect(table.columns).toHaveLength(3);
  expect(table.rows.find(([term]) => term === 'Position')).toEqual(['Position', '2', '3']);
});

test('who looked', () => {
  expect(plain(looksSentence(run, view, cat, false))).toBe(
    '" cat" received 20 % of the attention on average from 1 later token (1 step).',
  );
  expect(plain(looksSentence(run, view, cat, true))).toContain('received 40 %');
  expect(plain(looksSentence(run, view, sat, true))).toBe('No later token has looked at " sat" yet.');
});

test('a text is never an empty place, and is not broken at its space', () => {
  expect(shownText('')).toBe('""');
  expect(shownText(' a\n')).toBe('␣a⏎');
  expect(named(' a')).toBe(`"${NBSP}a"`);
});

describe('every fixture', () => {
  test.each([...fixtures(), ...recorded()])('$name: every token can be explained', ({ trace }) => {
    const last = viewAt(trace, trace.steps.length - 1);
    for (const token of last.tokens) {
      const own = last.columns[token.column]!;
      const said = [
        choiceSentence(trace, token, own),
        fateSentence(trace, token),
        looksSentence(trace, last, token, true),
        ...numberFacts(trace, last, token).map((fact) => fact.value),
      ];
      if (token.rank === 0) said.push(readingSentence(trace, own));
      expect(said.join(' ')).not.toMatch(/NaN|undefined|null/);
      const around = neighbours(trace, token, own);
      if (own.step !== null) expect(around.filter((candidate) => candidate.lineAbove).length).toBeLessThanOrEqual(1);
    }
  });
});
