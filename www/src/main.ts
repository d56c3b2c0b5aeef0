// Starts the page: a recorded run is painted first, without the engine and without a model.

import { mount } from 'svelte';
import AppRoot from './App.svelte';
import { App } from './app.svelte';
import { registerOffline } from './engine/offline';
import './styles/tokens.css';
import './styles/base.css';
import './styles/print.css';

const app = new App();
const first = location.hash.length > 1 ? applyLinkFirst() : app.paintFirst();

/** A link may name the run to paint; without one the usual run stands behind what the link sets. */
async function applyLinkFirst(): Promise<void> {
  await app.paintFirst();
  await applyLink();
}

/** The code of links is fetched when there is one. */
async function applyLink(): Promise<void> {
  await (await import('./app/share')).applyLink(app, location.hash);
}

const target = document.getElementById('app');
if (target) {
  target.replaceChildren();
  mount(AppRoot, { target, props: { app } });
}

addEventListener('hashchange', () => void applyLink());
addEventListener('pagehide', () => app.live.leave());
addEventListener('pageshow', ({ persisted }) => void (persisted && app.live.comeBack()));
addEventListener('unhandledrejection', (event) => void app.notices.report(event.reason));

// Everything that can wait until the first picture stands.
void first.then(() => {
  const idle = (act: () => void): unknown =>
    'requestIdleCallback' in window ? requestIdleCallback(act, { timeout: 1000 }) : setTimeout(act, 200);
  idle(() => {
    app.painted = true;
    registerOffline();
    void app.library.list();
    void app.chooser.measureEmbedded();
    void app.chooser.refresh();
  });
});
