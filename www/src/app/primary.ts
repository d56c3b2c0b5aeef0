// What is to be pressed next: of all buttons of the first screen one is filled. First the recording, then a sentence of
// one's own, then what runs it.

import { FIRST_PROMPT, type App } from '../app.svelte';

/** Null while the card of the tour has a filled button of its own. */
export type Primary = 'play' | 'try' | 'generate' | null;

export function primaryOf(app: App): Primary {
  const { tour, run, moment, live, generation, writing, preferences } = app;
  if (tour) return null;
  const isNew = preferences.door && run?.origin === 'recorded' && app.prompt === FIRST_PROMPT;
  if (!isNew || writing.begun || writing.chatting || live.loaded || live.busy || generation.running) return 'generate';
  return moment.playing || !moment.played ? 'play' : 'try';
}
