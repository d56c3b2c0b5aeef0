// What the view of plain text says.

export const words = {
  title: 'Plain text',
  help:
    'The same moment as text. One member of a set prints plain, several stand in brackets, the most probable first; the ' +
    'one that the reading takes is bold. A removed member is struck, and copied between double tildes. Brackets are for ' +
    'people: programs read the trace.',

  copyReading: 'Copy reading',
  copyText: 'Copy text',
  theReading: (kind: string) => `the ${kind}`,
  theText: 'the text in brackets',
  copied: (what: string) => `Copied: ${what}.`,
  notCopied: (reason: string) => `Not copied: ${reason}`,
};
