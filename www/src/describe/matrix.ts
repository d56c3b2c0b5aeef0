// Who may see whom, in words.

import type { Slot, Visibility } from '../contract';
import type { MatrixLayout } from '../layout/matrix';
import type { Sight, SightMatrix } from '../sight';
import type { Token, ViewState } from '../view-state';
import type { Cell, Table } from './table';
import { named } from './named';
import { words } from '../words/en/matrix';

export const MODE_WORDS = words.modes;

/** The legend: what each kind of cell means. */
export const KIND_WORDS = words.kinds;

function answer(sight: Sight, key: Token): string {
  const { answers } = words;
  const gone = key.removal?.step;
  switch (sight.why) {
    case 'itself':
      return answers.itself;
    case 'earlier':
      return gone === undefined ? answers.earlier : answers.beforeRemoval(gone);
    case 'sibling':
      return answers.sibling;
    case 'later':
      return answers.later;
    case 'isolated':
      return answers.isolated;
    case 'later-sibling':
      return answers.laterSibling;
    case 'removed':
      return answers.removed(gone);
    case 'not-held':
      return answers.notHeld(gone);
  }
}

const placed = (token: Token | undefined, slot: Slot): string => words.token(token ? named(token.text) : null, slot);

/** `May " sat" (slot 14) look at " cat" (slot 9)? Yes: it stands earlier.` */
export function cellSentence(view: ViewState, matrix: SightMatrix, query: Slot, key: Slot): string {
  const keyToken = view.tokens[key];
  const isMade = keyToken !== undefined && query < matrix.size && key < matrix.size;
  const found = isMade ? answer(matrix.at(query, key), keyToken) : words.answers.notYet;
  return words.may(placed(view.tokens[query], query), placed(keyToken, key), found);
}

/** The same pair under another rule, when the answer differs; empty when it does not. */
export function changeSentence(shown: SightMatrix, run: SightMatrix, query: Slot, key: Slot): string {
  if (query >= shown.size || key >= shown.size) return '';
  const now = shown.at(query, key).sees;
  return now === run.at(query, key).sees ? '' : words.inRun(run.visibility, !now);
}

/** What another visibility would change. */
export function diffSentence(layout: MatrixLayout, shown: Visibility, run: Visibility): string {
  if (shown === run) return words.ofRun;
  const { gainedCount, lostCount } = layout;
  return gainedCount + lostCount === 0 ? words.noChange : words.changes(run, gainedCount, lostCount);
}

/** The whole matrix in one sentence, for pictures. */
export function matrixSummary(view: ViewState, matrix: SightMatrix): string {
  const sets = view.columns.filter((column) => column.tokens.length > 1).length;
  const removed = view.tokens.filter((token) => token.state === 'removed').length;
  return words.summary(matrix.size, matrix.visibility, sets, removed);
}

/** 0, 1, 2, 5 as "0-2, 5". */
export function slotRanges(slots: readonly Slot[]): string {
  const parts: string[] = [];
  for (let i = 0; i < slots.length; i++) {
    const from = slots[i] ?? 0;
    let to = from;
    while (slots[i + 1] === to + 1) {
      to += 1;
      i += 1;
    }
    parts.push(from === to ? String(from) : `${from}-${to}`);
  }
  return parts.join(', ');
}

/** One row per query. */
export function matrixTable(view: ViewState, matrix: SightMatrix): Table {
  const slots = view.tokens.slice(0, matrix.size).map((token) => token.slot);
  const keysOf = (query: Slot, pass: (sight: Sight) => boolean): string =>
    slotRanges(slots.filter((key) => pass(matrix.at(query, key))));
  return {
    caption: matrixSummary(view, matrix),
    columns: [
      { name: words.columns.slot, kind: 'number' },
      { name: words.columns.token, kind: 'token' },
      { name: words.columns.position, kind: 'number' },
      { name: words.columns.seen, kind: 'number' },
      { name: words.columns.slots },
      { name: words.columns.ownSeen },
      { name: words.columns.ownHidden },
      { name: words.columns.removed },
      { name: words.columns.computedIn, kind: 'number' },
    ],
    rows: slots.map((query): Cell[] => {
      const token = view.tokens[query];
      return [
        query,
        token?.text ?? '',
        token?.position ?? null,
        slots.filter((key) => matrix.at(query, key).sees).length,
        keysOf(query, (sight) => sight.sees),
        keysOf(query, (sight) => sight.why === 'sibling'),
        keysOf(query, (sight) => sight.why === 'isolated' || sight.why === 'later-sibling'),
        keysOf(query, (sight) => sight.why === 'removed' || sight.why === 'not-held'),
        matrix.computedIn(query),
      ];
    }),
  };
}
