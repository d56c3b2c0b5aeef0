// What the view of visibility says; describe/matrix.ts decides what is said of cells and changes.

import type { Visibility } from '../../contract';
import { count, plural } from '../../format';
import type { CellKind } from '../../layout/matrix';

const MODE_NAMES: Readonly<Record<Visibility, string>> = {
  isolated: 'isolated',
  visible: 'visible',
  ordered: 'ordered',
};

const MODES: Readonly<Record<Visibility, string>> = {
  isolated: 'Members of a set do not see each other: each sees what came before the set, and itself.',
  visible: 'Members of a set see each other, both ways.',
  ordered: 'Member 3 sees 1 and 2, not the reverse: now the order inside a set matters.',
};

const KINDS: Readonly<Record<CellKind, string>> = {
  itself: 'itself',
  earlier: 'earlier position, seen',
  sibling: 'member of its own set, seen',
  hidden: 'member of its own set, not seen',
  removed: 'already removed, not seen',
  later: 'comes later, not seen',
};

export const words = {
  title: 'Who sees whom?',
  /** The name that the field has for it. */
  term: 'Visibility',
  help:
    'Which token may look back at which while the model computes it. Rows and columns are the tokens, in the order in ' +
    'which they were computed (a token’s number in that order is its slot). A dot means that the token of the row (the ' +
    'query, as models call it) may look at the token of the column (the key). Outlined squares on the diagonal are ' +
    'sets: whether their members see each other is the visibility of the run, and the three rules can be compared ' +
    'here. A removed token is hatched from the step in which it was removed; rows above the hatch have seen it.',

  insideSet: 'Inside a set',
  modeNames: MODE_NAMES,
  thisRun: 'this run',
  markChanges: 'Mark what changes',
  size: 'Size',
  whole: 'whole',
  large: 'large',

  isSeen: 'is seen →',
  sees: 'sees ↓',
  cell: (query: number, key: number, sees: boolean) =>
    `row of slot ${query}, column of slot ${key}: ${sees ? 'seen' : 'not seen'}`,
  keys:
    'Arrow keys move by one token, with Shift by eight. Home and End go to the first and last column. Enter selects the ' +
    'token of the column, Shift and Enter compares it with the token of the row.',
  sentence: (cell: string, change: string) => (change === '' ? cell : `${cell} ${change}`),
  selectRow: (name: string) => `Select ${name} of the row`,
  selectColumn: (name: string) => `Select ${name} of the column`,
  newest: (drawn: number, all: number) => `The newest ${drawn} of ${all} tokens are drawn; the table has all of them.`,

  modes: MODES,
  kinds: KINDS,
  token: (name: string | null, slot: number) => (name === null ? `slot ${slot}` : `${name} (slot ${slot})`),
  /** `May " sat" (slot 14) look at " cat" (slot 9)? Yes: it stands earlier.` */
  may: (query: string, key: string, answer: string) => `May ${query} look at ${key}? ${answer}`,
  answers: {
    notYet: 'Not computed yet.',
    itself: 'Yes: itself.',
    earlier: 'Yes: it stands earlier.',
    /** Removal does not reach back: what was computed before it has seen the token. */
    beforeRemoval: (step: number) => `Yes: it stands earlier, and was looked at before it was removed at step ${step}.`,
    sibling: 'Yes: a member of its own set.',
    later: 'No: it stands later.',
    isolated: 'No: members of one set do not see each other.',
    laterSibling: 'No: a later member of its own set.',
    removed: (step: number | undefined) => (step === undefined ? 'No: removed.' : `No: removed at step ${step}.`),
    notHeld: (step: number | undefined) =>
      step === undefined ? 'No: its memory was given back.' : `No: removed at step ${step}, and its memory given back.`,
  },
  inRun: (visibility: Visibility, sees: boolean) => `In this run (${MODE_NAMES[visibility]}): ${sees ? 'yes' : 'no'}.`,
  ofRun: 'This is the visibility of the run.',
  noChange: 'Nothing changes: no set has several members yet.',
  changes: (run: Visibility, gained: number, lost: number) => {
    const parts = [
      ...(gained > 0 ? [`${count(gained)} more would be seen`] : []),
      ...(lost > 0 ? [`${count(lost)} would no longer be seen`] : []),
    ];
    return (
      `Against the run (${MODE_NAMES[run]}): ${plural(gained + lost, 'cell')} would change, ${parts.join(', ')}. ` +
      'A what-if: the run is not computed again.'
    );
  },
  summary: (tokens: number, visibility: Visibility, sets: number, removed: number) =>
    `Who may look at whom among ${plural(tokens, 'token')} (visibility: ${MODE_NAMES[visibility]}): a row looks, a column is looked at; ` +
    `${plural(sets, 'set')} of several members, ${removed} removed.`,
  columns: {
    slot: 'slot',
    token: 'token',
    position: 'position',
    seen: 'tokens seen',
    slots: 'slots seen',
    ownSeen: 'of its own set',
    ownHidden: 'own set, not seen',
    removed: 'removed, not seen',
    computedIn: 'computed in step',
  },
};
