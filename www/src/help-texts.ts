// The long texts of the help. The build writes them as help.json, which is fetched when the help is opened: it is text, and no
// program waits for it.

import { LINK_WORDS } from './describe/link-keys.ts';
import { HELP_TEXTS } from './words/en/help-texts.ts';
import { EXAMPLE_WHAT, LINK_PROMISE, LINK_WHAT, SERVE_WHAT, TOUR_WHAT } from './words/en/teachers.ts';

export const HELP_FILE = {
  ...HELP_TEXTS,
  links: {
    what: LINK_WHAT,
    example: EXAMPLE_WHAT,
    tour: TOUR_WHAT,
    keys: LINK_WORDS,
    promise: LINK_PROMISE,
    serve: SERVE_WHAT,
  },
};
