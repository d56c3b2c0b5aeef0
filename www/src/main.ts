// Starts the page: a recorded run is painted first, without the engine and without a model.

import { mount } from 'svelte';
import AppRoot from './App.svelte';
import { App } from './app.svelte';
import { loadNoticeWords } from './notices';
import { registerOffline } from './engine/offline';
import { hadOpen, wasChatting } from './keep/had-open';
import type { Beginning } from './keep/kept.svelte';
import './styles/tokens.css';
import './styles/base.css';
import './styles/print.css';

const app = new App();
const { prompt, options } = app;
const isNew = location.hash.length > 1 || !hadOpen();
const first = location.hash.length > 1 ? applyLinkFirst() : isNew ? paintAndPlay() : openFirst();

async function paintAndPlay(): Promise<void> {
  await app.paintFirst();
  app.playOnce();
}

/** After a reload: what was open. Where it cannot be had the usual run begins. */
async function openFirst(): Promise<void> {
  await keep({ prompt, options, run: null, isNamed: false }).catch((error: unknown) => app.notices.report(error));
  if (!app.run) await paintAndPlay();
}

/** A link may name the run to paint; without one the usual run stands behind what the link sets. */
async function applyLinkFirst(): Promise<boolean> {
  await app.paintFirst();
  return applyLink();
}

/** The code of links is fetched when there is one. True when the link says what is to be seen. */
async function applyLink(): Promise<boolean> {
  return (await import('./links')).applyLink(app, location.hash);
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
void first.then((isNamed) => {
  const { run } = app;
  const idle = (act: () => void): unknown =>
    'requestIdleCallback' in window ? requestIdleCallback(act, { timeout: 1000 }) : setTimeout(act, 200);
  idle(() => {
    app.painted = true;
    void loadNoticeWords();
    registerOffline();
    if (wasChatting(location.hash)) void app.writing.set('chat');
    if (isNew) void keep({ prompt, options, run, isNamed: isNamed === true });
    void app.library.list();
    void app.chooser.measureEmbedded();
    void app.chooser.refresh();
  });
});

/** What was kept of earlier visits comes back. */
async function keep(beginning: Beginning): Promise<void> {
  const { Kept } = await import('./frame/later');
  app.kept = new Kept(app, beginning);
  await app.kept.start();
}
