// Who may see whom, in words.

import type { Slot, Visibility } from '../contract';
import { count, plural } from '../format';
import type { CellKind, MatrixLayout } from '../layout/matrix';
import type { Sight, SightMatrix } from '../sight';
import type { Token, ViewState } from '../view-state';
import type { Cell, Table } from './table';
import { named } from './named';

export const MODE_WORDS: Readonly<Record<Visibility, string>> = {
  isolated: 'Members of a set do not see each other: each sees what came before the set, and itself.',
  visible: 'Members of a set see each other, both ways.',
  ordered: 'Member 3 sees 1 and 2, not the reverse: now the order inside a set matters.',
};

/** The legend: what each kind of cell means. */
export const KIND_WORDS: Readonly<Record<Exclude<CellKind, 'later'>, string>> = {
  itself: 'itself',
  earlier: 'earlier position, seen',
  sibling: 'member of its own set, seen',
  hidden: 'member of its own set, not seen',
  removed: 'already removed, not seen',
};

function reasonWords(sight: Sight, key: Token): string {
  const gone = key.removal?.step;
  switch (sight.why) {
    case 'itself':
      return 'Yes: itself.';
    case 'earlier':
      // Removal does not reach back: rows computed before it have seen the key.
      return gone === undefined
        ? 'Yes: it stands earlier.'
        : `Yes: it stands earlier, and was looked at before it was removed at step ${gone}.`;
    case 'sibling':
      return 'Yes: a member of its own set.';
    case 'later':
      return 'No: it stands later.';
    case 'isolated':
      return 'No: members of one set do not see each other.';
    case 'later-sibling':
      return 'No: a later member of its own set.';
    case 'removed':
      return gone === undefined ? 'No: removed.' : `No: removed at step ${gone}.`;
    case 'not-held':
      return gone === undefined
        ? 'No: its memory was given back.'
        : `No: removed at step ${gone}, and its memory given back.`;
  }
}

const placed = (token: Token | undefined, slot: Slot): string =>
  token ? `${named(token.text)} (slot ${slot})` : `slot ${slot}`;

/** `May " sat" (slot 14) look at " cat" (slot 9)? Yes: it stands earlier.` */
export function cellSentence(view: ViewState, matrix: SightMatrix, query: Slot, key: Slot): string {
  const keyToken = view.tokens[key];
  const question = `May ${placed(view.tokens[query], query)} look at ${placed(keyToken, key)}?`;
  if (!keyToken || query >= matrix.size || key >= matrix.size) return `${question} Not computed yet.`;
  return `${question} ${reasonWords(matrix.at(query, key), keyToken)}`;
}

/** The same pair under another rule, when the answer differs; empty when it does not. */
export function changeSentence(shown: SightMatrix, run: SightMatrix, query: Slot, key: Slot): string {
  if (query >= shown.size || key >= shown.size) return '';
  const now = shown.at(query, key).sees;
  return now === run.at(query, key).sees ? '' : `In this run (${run.visibility}): ${now ? 'no' : 'yes'}.`;
}

/** What another visibility would change. */
export function diffSentence(layout: MatrixLayout, shown: Visibility, run: Visibility): string {
  if (shown === run) return `This is the visibility of the run.`;
  const { gainedCount, lostCount } = layout;
  if (gainedCount + lostCount === 0) return `Nothing changes: no set has several members yet.`;
  const more = gainedCount > 0 ? `${count(gainedCount)} more would be seen` : '';
  const fewer = lostCount > 0 ? `${count(lostCount)} would no longer be seen` : '';
  const changes = [more, fewer].filter(Boolean).join(', ');
  return `Against the run (${run}): ${plural(gainedCount + lostCount, 'cell')} would change, ${changes}. A what-if: the run is not computed again.`;
}

/** The whole matrix in one sentence, for pictures. */
export function matrixSummary(view: ViewState, matrix: SightMatrix): string {
  const sets = view.columns.filter((column) => column.tokens.length > 1).length;
  const removed = view.tokens.filter((token) => token.state === 'removed').length;
  return `Who may look at whom among ${plural(matrix.size, 'token')} (visibility: ${matrix.visibility}): a row looks, a column is looked at; ${plural(sets, 'set')} of several members, ${removed} removed.`;
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
      { name: 'slot', kind: 'number' },
      { name: 'token', kind: 'token' },
      { name: 'position', kind: 'number' },
      { name: 'tokens seen', kind: 'number' },
      { name: 'slots seen' },
      { name: 'of its own set' },
      { name: 'own set, not seen' },
      { name: 'removed, not seen' },
      { name: 'computed in step', kind: 'number' },
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
