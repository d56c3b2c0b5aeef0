// What the view of visibility says. What it says of cells and changes is in describe/matrix.ts.

export const words = {
  title: 'Visibility',
  help:
    'Which token may look back at which while the model computes it. Rows and columns are the tokens, in the order in ' +
    'which they were computed (a token’s number in that order is its slot). A dot means that the token of the row (the ' +
    'query, as models call it) may look at the token of the column (the key). Outlined squares on the diagonal are ' +
    'sets: whether their members see each other is the visibility of the run, and the three rules can be compared ' +
    'here. A removed token is hatched from the step in which it was removed; rows above the hatch have seen it.',

  insideSet: 'Inside a set',
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
};
