// Whose prompt and options the controls hold.

export const words = {
  of: (whose: string) => `Prompt and options of ${whose}.`,
  back: 'Back to mine',
  madeWith: (differences: string) => `The run on the screen was made with ${differences}.`,
  /** Of a run of one's own: the controls were changed after it. */
  older: (differences: string) =>
    `This picture is older than the controls: it was made with ${differences}. Generate makes it anew.`,
  take: 'Use its prompt and options',
  prompt: 'another prompt',
  /** At the end of a list that is cut short. */
  more: (count: number) => ` and ${count} more`,
};
