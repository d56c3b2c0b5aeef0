import { expect, test } from 'vitest';
import { chainAt } from '../chain';
import { viewAt } from '../reduce';
import { made, recorded, type MadeStep } from '../testing';
import { readingOf, readingText } from './reading';
import { linePieces, parting, promptPieces } from './reading-line';
import { readable } from './words';

test.each(recorded())('$name: the pieces of the line are the text of the reading', ({ trace }) => {
  const view = viewAt(trace, trace.steps.length - 1);
  const reading = readingOf(view, chainAt(trace, view), 'viterbi');
  const pieces = linePieces(reading, new Set());
  expect(pieces.map(({ space, text, tail }) => space + (tail || text)).join('')).toBe(readable(readingText(reading)));
  expect(pieces.filter(({ choice }) => choice > 0).length).toBe(
    reading.words.filter(({ others }) => others.length > 0).length,
  );
});

test('a word says whether it can be exchanged, was chosen, or is a word ahead; its space stays outside', () => {
  const steps: MadeStep[] = [{ set: [[' a', 0.6], [' b', 0.3]] }, { set: [[' c', 1]], chain: [[0.9, 0.1]] }]; // prettier-ignore
  const trace = made({}, steps);
  const view = viewAt(trace, 1);
  const reading = readingOf(view, chainAt(trace, view), 'viterbi', 0, [3]);
  expect(linePieces(reading, new Set([3]))).toEqual([
    { key: 0, column: 2, space: ' ', text: 'b', tail: '', choice: 2, chosen: true, ahead: true },
    { key: 1, column: 3, space: ' ', text: 'c', tail: '', choice: 0, chosen: false, ahead: false },
  ]);
});

test('the bytes of one character are no choice, and a line end that is one can be seen', () => {
  const trace = made({}, [
    { set: [['\\xc3', 0.6], ['x', 0.3]] }, // prettier-ignore
    { set: [['\\xa4', 0.9]] },
    { set: [['\n', 0.6], ['.', 0.3]] }, // prettier-ignore
  ]);
  const view = viewAt(trace, 2);
  const pieces = linePieces(readingOf(view, null, 'probable'), new Set());
  expect(pieces.map(({ text, tail, choice }) => [text, tail, choice])).toEqual([
    ['ä', '', 0],
    ['⏎', '\n', 2],
  ]);
});

test('a long prompt keeps its beginning and its end, cut between words', () => {
  const text = Array.from({ length: 200 }, (_, i) => `word${i}`).join(' ');
  const { first, hidden, last } = promptPieces(text);
  expect(first + hidden + last).toBe(text);
  expect([first.length, last.length].every((length) => length > 40 && length < 200)).toBe(true);
  expect([hidden[0], last[0]]).toEqual([' ', ' ']);
  expect(promptPieces('short')).toEqual({ first: 'short', hidden: '', last: '' });
  // Without a space anywhere it is cut all the same.
  expect(promptPieces('x'.repeat(5000)).hidden.length).toBe(5000 - 60 - 160);
});

test('a reading and ordinary decoding part at the beginning of the first word that differs', () => {
  const trace = made({}, [
    { set: [[' to', 0.6]] },
    { set: [[' Rav', 0.5], [' the', 0.4]] }, // prettier-ignore
    { set: [['ens', 0.9]] },
    { set: [[' now', 0.9]] },
  ]);
  const view = viewAt(trace, 3);
  const pieces = linePieces(readingOf(view, null, 'probable'), new Set());
  const at = (ordinary: string): [number, string] | null => {
    const found = parting(pieces, ordinary);
    return found && [found.key, ordinary.slice(found.at)];
  };
  expect(at(' to Ravine, then')).toEqual([1, ' Ravine, then']);
  expect(at(' to the house')).toEqual([1, ' the house']);
  expect(at('\nNo')).toEqual([0, '\nNo']);
  expect(at(' to Ravens later')).toEqual([3, ' later']);
  // One is the beginning of the other: they have not parted yet.
  expect([at(' to Ravens now and'), at(' to Rav'), at('')]).toEqual([null, null, null]);
});
