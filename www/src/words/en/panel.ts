// What the frame of every view says: its buttons and its table.

export const words = {
  what: (title: string) => `What is this: ${title}`,
  table: 'Table view',
  maximise: (title: string) => `Maximise ${title}`,
  restore: (title: string) => `Restore ${title}`,
  close: (title: string) => `Close ${title}`,
  firstRows: (shown: number, all: number) => `The first ${shown} of ${all} rows; the CSV file has all of them.`,

  save: 'Save',
  saveOf: (title: string) => `Save ${title}`,
};
