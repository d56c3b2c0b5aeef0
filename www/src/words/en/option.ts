// What stands around an option of a run; its own words are in settings/.

export const words = {
  about: (label: string) => `About ${label.toLowerCase()}`,
  asNumber: (label: string) => `${label}, as a number`,
  refused: (shown: string) => `Not a value this option takes; ${shown === '' ? 'nothing' : shown} stays.`,
  idle: (reason: string) => `No effect now. ${reason}`,
  zeroMeans: (meaning: string) => `0 means ${meaning}`,
  example: 'Example.',
  takeCare: 'Take care.',
  /** Beside the number of steps while a conversation is held. */
  inChat: (steps: number, unset: number) =>
    steps === unset
      ? `In Chat this number counts: ${steps} steps for an answer.`
      : `In Chat an answer has up to ${steps} steps as long as ${unset} stands here; another number counts there too.`,
  missing: 'It could not be fetched. Close this and open it again.',
};
