// Whose prompt and options the controls hold.

export const words = {
  of: (whose: string) => `Prompt and options of ${whose}.`,
  back: 'Back to mine',
  madeWith: (differences: string) => `The run on the screen was made with ${differences}.`,
  take: 'Use its prompt and options',
  prompt: 'another prompt',
  /** At the end of a list that is cut short. */
  more: (count: number) => ` and ${count} more`,
};
