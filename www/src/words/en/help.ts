// The words of the help; its long texts are in help-texts.ts.

export const HELP_TITLE = 'Help';
export const SEEN = 'What you see';
export const PRESETS_TITLE = 'Presets';
export const KEYS_TITLE = 'Keys';
export const KEYS_OFF = 'Single-letter keys are turned off in the settings.';
export const TYPING = 'Generate, while typing the prompt';
export const LOCAL_TITLE = 'In one part';
export const FILES_TITLE = 'Files and citation';
export const FORMAT_TITLE = 'The trace format';
/** Of a text that is fetched. */
export const MISSING = 'It could not be fetched. Close this and open it again.';
export const CHECK = 'Test this machine';

export const WORTH = 'What it is worth';

export const PRIVACY =
  'Nothing you type leaves this device. A model from elsewhere is fetched only after you have said so.';

export const cite = (citation: string): string => `To cite: ${citation}`;

/** A key of one part of the page: "Lattice: pin the token". */
export const inPart = (where: string, label: string): string =>
  `${where}: ${label.charAt(0).toLowerCase()}${label.slice(1)}`;
