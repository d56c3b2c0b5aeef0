// What the view of plain text says.

export const words = {
  title: 'As text',
  /** The name that the field has for it. */
  term: 'Plain text',
  help:
    'The same moment as text. Where a place of the text holds one token it is printed plain; several (a set) stand in ' +
    'brackets, the most probable first, and the one that the reading takes is bold. A removed one is struck, and copied ' +
    'between double tildes. Brackets are for people: programs read the trace.',

  copyReading: 'Copy reading',
  copyText: 'Copy text',
  theReading: (kind: string) => `the ${kind}`,
  theText: 'the text in brackets',
  copied: (what: string) => `Copied: ${what}.`,
  notCopied: (reason: string) => `Not copied: ${reason}`,
};
