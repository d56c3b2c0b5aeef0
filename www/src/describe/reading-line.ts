// A reading as the pieces of a line: words with alternatives are things to press, everything else is text.

import type { Slot } from '../contract';
import { joinPieces, visibleText } from '../text';
import type { ShownReading } from './reading';
import { readable } from './words';

export interface LinePiece {
  /** The place of its first word in the reading. */
  key: number;
  column: number;
  /** White space in front: it stays outside of a frame around the word. */
  space: string;
  text: string;
  /** Line ends that a framed sign stands for. */
  tail: string;
  /** How many live members stand at its position; 0 where there is nothing to choose. */
  choice: number;
  chosen: boolean;
  /** It is a word ahead, and the next word says the same. */
  ahead: boolean;
}

/** Tokens that only together make a character are one piece, which cannot be exchanged by parts. */
export function linePieces({ words, chosen }: ShownReading, ahead: ReadonlySet<Slot>): LinePiece[] {
  return joinPieces(words.map((word) => word.text)).map(({ text: joined, from, to }) => {
    const word = words[from]!;
    const text = readable(joined);
    const open = to - from === 1 && word.others.length > 0;
    const bare = text.trim();
    // White space alone is pressed as a sign, and breaks the line after its frame.
    const sign = open && bare === '';
    const lead = sign ? 0 : text.length - text.trimStart().length;
    return {
      key: from,
      column: word.column,
      space: text.slice(0, lead),
      text: sign ? visibleText(text) : text.slice(lead),
      tail: sign ? text.replace(/[^\n]/g, '') : '',
      choice: open ? word.others.length + 1 : 0,
      chosen: open && chosen.has(word.slot),
      ahead: open && ahead.has(word.slot),
    };
  });
}

/** Characters of a prompt that are always shown at its beginning and its end. */
const [HEAD, TAIL] = [60, 160];

/** A long prompt, with what can be left out of it. */
export function promptPieces(text: string): { first: string; hidden: string; last: string } {
  if (text.length <= 2 * (HEAD + TAIL)) return { first: text, hidden: '', last: '' };
  const from = text.lastIndexOf(' ', HEAD);
  const to = text.indexOf(' ', text.length - TAIL);
  const [start, end] = [from > 0 ? from : HEAD, to > 0 ? to : text.length - TAIL];
  return { first: text.slice(0, start), hidden: text.slice(start, end), last: text.slice(end) };
}

/**
 * Where a reading and ordinary decoding part: the piece that begins the first word that differs, and the place of that word
 * in the ordinary text. Null while one is the beginning of the other.
 */
export function parting(pieces: readonly LinePiece[], ordinary: string): { key: number; at: number } | null {
  const texts = pieces.map((piece) => piece.space + (piece.tail || piece.text));
  const reading = texts.join('');
  let same = 0;
  while (same < reading.length && reading[same] === ordinary[same]) same += 1;
  if (same === reading.length || same === ordinary.length) return null;
  // What is alike up to here is alike in both, so the word begins at the same place.
  let at = same;
  while (at > 0 && !/\s/.test(ordinary[at] ?? '')) at -= 1;
  let end = 0;
  const place = texts.findIndex((text) => (end += text.length) > at);
  return { key: pieces[place]?.key ?? 0, at };
}
