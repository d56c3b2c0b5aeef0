import { expect, test } from 'vitest';
import { NBSP } from '../format';
import { viewAt } from '../reduce';
import { chainedAt, fixtures, made, recorded, type MadeStep } from '../testing';
import { kinSentence, kinSets, kinTable, kinWords, noKin, standingOf, standingSentence } from './kin';

const plain = (text: string): string => text.replaceAll(NBSP, ' ');

const STEPS: MadeStep[] = [
  { set: [[' cat', 0.5], [' dog', 0.4]] }, // prettier-ignore
  { set: [[' black', 0.5]], chain: [[0.5, 0.5]] },
  { set: [[' meowed', 0.4], [' ran', 0.4]], chain: [[0.9], [0.1]] }, // prettier-ignore
  { set: [['.', 0.9]], chain: [[0.3, 0.9]] },
];
const trace = made({}, STEPS);
const view = viewAt(trace, 3);
/** Straight from the sets: " meowed" and " ran" came from " black" alone, which came from both. */
const kinAt = (slot: number) => {
  const { chain, kin } = chainedAt(trace, view, slot);
  return { chain: chain!, kin: kin! };
};

test('a member in a sentence: what it came through, and what came through it', () => {
  const { chain, kin } = kinAt(5);
  expect(kinSentence(view, chain, kin)).toBe(
    '" meowed" came through " cat" 56 percent and " dog" 44 percent at position 2. ' +
      'At position 5, 75 percent of "full stop" came through " meowed".',
  );
  const first = kinAt(2);
  expect(kinSentence(view, first.chain, first.kin)).toBe(
    'There was no choice before " cat". At position 3, 56 percent of " black" came through " cat". ' +
      '2 further sets in the table.',
  );
  const last = kinAt(7);
  expect(kinSentence(view, last.chain, last.kin)).toMatch(
    /Nothing follows "full stop" yet\. 1 further set in the table\.$/,
  );
});

test('the cells say the same of themselves', () => {
  const { chain, kin } = kinAt(5);
  const words = [2, 3, 4, 5, 6, 7, 0].map((slot) => kinWords(view, chain, kin, slot));
  expect(words).toEqual([
    '56 percent of " meowed" came through it',
    '44 percent of " meowed" came through it',
    '100 percent of " meowed" came through it',
    'its kin are shown',
    '',
    '75 percent of it came through " meowed"',
    '',
  ]);
});

test('sets come from the nearest to the farthest on either side', () => {
  const { chain, kin } = kinAt(5);
  expect(kinSets(view, chain, kin).map(({ side, position }) => [side, position])).toEqual([
    ['earlier', 3],
    ['earlier', 2],
    ['later', 5],
  ]);
  const table = kinTable(view, chain, kin);
  expect(table.rows.map((row) => row.slice(0, 4))).toEqual([
    [2, 2, ' cat', 'earlier'],
    [2, 3, ' dog', 'earlier'],
    [3, 4, ' black', 'earlier'],
    [5, 7, '.', 'later'],
  ]);
});

test('who has no kin is told why', () => {
  const old = made({}, [STEPS[0]!]);
  expect(noKin(old, viewAt(old, 0).tokens[2]!)).toMatch(/^This recording has no chain/);
  expect(noKin(trace, view.tokens[0]!)).toBe('Every reading goes through the prompt.');
  const gone = made({ removal: 'mask' }, [
    STEPS[0]!,
    { ...STEPS[1]!, verdicts: [{ slot: 2 }, { slot: 3, keep: false }] },
  ]);
  expect(plain(noKin(gone, viewAt(gone, 1).tokens[3]!))).toBe(
    '" dog" is removed: only members that are live have kin.',
  );
});

test('how a member stands: by its probability, by what followed, by attention', () => {
  const { chain } = kinAt(2);
  const meowed = view.tokens[5]!;
  const standing = standingOf(trace, view, chain, meowed)!;
  // 0.9 x 0.3 against 0.1 x 0.9.
  expect([standing.prior, standing.gamma, standing.attention]).toEqual([
    0.5,
    expect.closeTo(0.75),
    expect.closeTo(0.5),
  ]);
  expect(plain(standingSentence(meowed, standing, false))).toBe(
    '" meowed" had 50 % of its set when it was chosen; what was chosen since makes it 75 %.',
  );
  expect(standingOf(trace, view, null, meowed)).toMatchObject({ prior: 0.5, gamma: null });
  expect(standingOf(trace, view, chain, view.tokens[4]!), 'alone').toBeNull();
  const newest = viewAt(trace, 2);
  const own = standingOf(trace, newest, chainedAt(trace, newest).chain, newest.tokens[5]!)!;
  expect([own.gamma, own.attention]).toEqual([expect.closeTo(0.9), null]);
  expect(plain(standingSentence(newest.tokens[5]!, own, true))).toMatch(/with all that came before it, 90 %\.$/);
});

test.each([...fixtures(), ...recorded()])(
  '$name: every member says who goes with it, or why nobody does',
  ({ trace: run }) => {
    const last = viewAt(run, run.steps.length - 1);
    for (const token of last.tokens) {
      const { chain, kin } = chainedAt(run, last, token.slot);
      const said = chain && kin ? kinSentence(last, chain, kin) : noKin(run, token);
      expect(said).not.toMatch(/NaN|undefined|null|unknown/);
    }
  },
);
