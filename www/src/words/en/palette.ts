// The command palette; the words of each command are in app/actions.ts.

export const words = {
  title: 'Commands',
  command: 'Command',
  hint: 'Type a few letters',
  none: 'No command with these letters.',
};
