// Bracket notation of a moment (V13): `Once upon a time[,/~~ there~~] there was`. Pieces for the screen, a string
// for the clipboard. A trace is for programs; this is for people, so nothing is escaped.

import type { Slot } from '../contract';
import { joinText } from '../text';
import type { Trace, ViewState } from '../view-state';

export interface BracketPiece {
  text: string;
  kind: 'prompt' | 'sign' | 'plain' | 'member' | 'removed';
  /** Of a member. */
  slot?: Slot;
}

/** The prompt as it was typed, then every set: one member plain, several as `[a/b/c]`, removed members marked. */
export function bracketPieces(trace: Trace, view: ViewState, withPrompt = true, withRemoved = true): BracketPiece[] {
  const pieces: BracketPiece[] = [];
  if (withPrompt && trace.run.prompt.text !== '') pieces.push({ text: trace.run.prompt.text, kind: 'prompt' });
  let plain: string[] = [];
  const flush = (): void => {
    // Only tokens that stand alone are put together: the bytes of one character may be spread over them.
    if (plain.length > 0) pieces.push({ text: joinText(plain), kind: 'plain' });
    plain = [];
  };
  for (const column of view.columns) {
    if (column.step === null) continue;
    const tokens = withRemoved ? column.tokens : column.tokens.filter((token) => token.state !== 'removed');
    const [only] = tokens;
    if (tokens.length === 1 && only && only.state !== 'removed') {
      plain.push(only.text);
      continue;
    }
    flush();
    tokens.forEach((token, i) => {
      pieces.push({ text: i === 0 ? '[' : '/', kind: 'sign' });
      pieces.push({ text: token.text, kind: token.state === 'removed' ? 'removed' : 'member', slot: token.slot });
    });
    if (tokens.length > 0) pieces.push({ text: ']', kind: 'sign' });
  }
  flush();
  return pieces;
}

/** The pieces by the lines that line ends make of them; a line end closes its line. */
export function lines<P extends { text: string }>(pieces: readonly P[]): P[][] {
  const found: P[][] = [];
  let open = false;
  for (const piece of pieces) {
    for (const text of piece.text.split(/(?<=\n)/)) {
      if (!open) found.push([]);
      found.at(-1)!.push(text === piece.text ? piece : { ...piece, text });
      open = !text.endsWith('\n');
    }
  }
  return found;
}

/** The same as a string; removed members between double tildes. */
export function bracketText(trace: Trace, view: ViewState, withPrompt = true): string {
  return bracketPieces(trace, view, withPrompt)
    .map((piece) => (piece.kind === 'removed' ? `~~${piece.text}~~` : piece.text))
    .join('');
}
