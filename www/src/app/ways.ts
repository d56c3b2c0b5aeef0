// What the ways out of a notice do.

import type { App } from '../app.svelte';
import { DEFAULTS } from '../contract';
import type { Way } from '../notices';

/** A way out that a notice offers. */
export async function take(app: App, way: Way): Promise<void> {
  const { chooser, live } = app;
  switch (way) {
    case 'retry':
      if (chooser.subject && chooser.subject === (live.lastAttempt ?? chooser.subject)) await chooser.load();
      else await live.load(live.lastAttempt ?? chooser.source());
      return;
    case 'recover':
      await live.recover();
      return;
    case 'continue':
      await app.generation.goOnAfterLoss();
      return;
    case 'models':
      // Where it came from, or how it is computed, was the trouble.
      chooser.more = true;
      app.dialog = 'models';
      return;
    case 'storage':
      app.dialog = 'models';
      return;
    case 'check':
      window.open('check.html', '_blank', 'noopener');
      return;
    case 'cpu':
      await live.use('cpu');
      if (live.state === 'recorded') await live.load(chooser.subject ?? chooser.source());
      return;
    case 'options':
      app.options = { ...DEFAULTS };
      return;
    case 'prompt':
      document.getElementById('prompt')?.focus();
      return;
    case 'reload':
      location.reload();
  }
}
