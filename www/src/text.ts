// Token text that can be seen, and tokens put together again. Never HTML.

const SIGNS: Readonly<Record<string, string>> = { ' ': '\u2423', '\n': '\u23ce', '\t': '\u21e5' };

/**
 * Space as U+2423, newline as U+23CE, tab as U+21E5; other characters that do not show, or that turn the text around
 * (controls, odd spaces, joiners that join nothing, halves of a surrogate pair), as `\xNN`, `\uNNNN` or `\u{N}`. A mark
 * that would sit on whatever stands before it sits on a dotted circle. Escaped bytes (`\xc3`) are kept.
 */
export function visibleText(text: string): string {
  // A joiner is part of how a word or an emoji looks as long as there is something to be joined.
  const joins = /[^\p{Z}\p{C}]/u.test(text);
  const shown = text.replace(/[\p{Z}\p{Cc}\p{Cf}\p{Cs}]/gu, (character) => {
    if (joins && isJoiner(character)) return character;
    return SIGNS[character] ?? escaped(character.codePointAt(0) ?? 0);
  });
  return /^\p{M}/u.test(shown) ? `\u25cc${shown}` : shown;
}

/** Zero-width joiner and non-joiner, and the tags that make up some flags. */
function isJoiner(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  return code === 0x200c || code === 0x200d || (code >= 0xe0020 && code <= 0xe007f);
}

/** From 0x80 on `\xNN` would be read as a byte. */
function escaped(code: number): string {
  const digits = code.toString(16);
  if (code < 0x80) return `\\x${digits.padStart(2, '0')}`;
  return code > 0xffff ? `\\u{${digits}}` : `\\u${digits.padStart(4, '0')}`;
}

/** A stretch of text, or one byte that a token could only show escaped. */
type Unit = { text: string; byte: null } | { text: string; byte: number };

/** Bytes below 0x80 are characters of their own and never escaped. */
const ESCAPED_BYTE = /\\x([89a-f][0-9a-f])/;

function unitsOf(text: string): Unit[] {
  // Splitting by a pattern with one group gives text, byte, text, byte, ...
  return text.split(ESCAPED_BYTE).flatMap((part, index): Unit[] => {
    if (index % 2 === 1) return [{ text: `\\x${part}`, byte: Number.parseInt(part, 16) }];
    return part === '' ? [] : [{ text: part, byte: null }];
  });
}

/** Bytes that a lead byte promises; 0 for one that leads nothing. */
function lengthOf(lead: number): number {
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The character that begins at this unit and how many units it takes; null when they are no UTF-8. */
function characterAt(units: readonly Unit[], start: number): { text: string; length: number } | null {
  const length = lengthOf(units[start]?.byte ?? 0);
  const bytes: number[] = [];
  for (const unit of units.slice(start, start + length)) if (unit.byte !== null) bytes.push(unit.byte);
  if (length === 0 || bytes.length < length) return null;
  try {
    return { text: UTF8.decode(Uint8Array.from(bytes)), length };
  } catch {
    return null;
  }
}

/** Texts of consecutive tokens as one text: escaped bytes (`\xc3`, `\xa9`) that together are UTF-8 become characters. */
export function joinText(texts: readonly string[]): string {
  return joinPieces(texts)
    .map((piece) => piece.text)
    .join('');
}

export interface TextPiece {
  text: string;
  /** Index of the first token and the one after the last; more than one apart when a character was put together. */
  from: number;
  to: number;
}

/** Like joinText, but tokens stay apart unless bytes of theirs make one character together. */
export function joinPieces(texts: readonly string[]): TextPiece[] {
  const units: Unit[] = [];
  const owners: number[] = [];
  for (const [owner, text] of texts.entries()) {
    for (const unit of unitsOf(text)) {
      units.push(unit);
      owners.push(owner);
    }
  }
  const pieces = texts.map((_, index): TextPiece => ({ text: '', from: index, to: index + 1 }));
  /** By token: the piece that its text goes to. */
  const place = pieces.slice();
  for (let index = 0; index < units.length;) {
    const character = characterAt(units, index);
    const length = character?.length ?? 1;
    const piece = place[owners[index] ?? 0] as TextPiece;
    const last = owners[index + length - 1] ?? 0;
    for (let owner = piece.to; owner <= last; owner += 1) place[owner] = piece;
    piece.to = Math.max(piece.to, last + 1);
    piece.text += character?.text ?? units[index]?.text ?? '';
    index += length;
  }
  return pieces.filter((piece) => place[piece.from] === piece);
}
