// What stands around an option of a run; its own words are in settings/.

export const words = {
  about: (label: string) => `About ${label.toLowerCase()}`,
  asNumber: (label: string) => `${label}, as a number`,
  refused: (shown: string) => `Not a value this option takes; ${shown === '' ? 'nothing' : shown} stays.`,
  idle: (reason: string) => `No effect now. ${reason}`,
  zeroMeans: (meaning: string) => `0 means ${meaning}`,
  example: 'Example.',
  takeCare: 'Take care.',
};
