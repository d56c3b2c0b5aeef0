// A browser and a server for every test, and what a visitor waits for.

import { test as base, expect } from '@playwright/test';
import { existsSync } from 'node:fs';
import { DIST } from '../../support/page.ts';
import { StaticServer } from '../../support/server.ts';
import { openFirefox } from './firefox.ts';
import type { Tab } from './tab.ts';
import { openWebKit } from './webkit.ts';

export { expect };

export interface EngineOptions {
  engine: 'firefox' | 'webkit';
}

interface Fixtures {
  server: StaticServer;
  tab: Tab;
}

/** Put in front of the page's scripts: no driver tells in both browsers what went wrong in the page. That an observer of
 *  sizes is asked again in the next frame, as when a menu is placed while it grows, is told as an error and is none. */
const WATCH = `
self.tempoFaults ??= (() => {
  const faults = [];
  addEventListener('error', ({ message }) => /^ResizeObserver loop/.test(message) || faults.push('uncaught: ' + message));
  addEventListener('unhandledrejection', (event) => faults.push('unhandled: ' + event.reason));
  const say = console.error;
  console.error = (...what) => (faults.push('console: ' + what.join(' ')), say.apply(console, what));
  return faults;
})()`;

declare global {
  interface Window {
    tempoFaults: string[];
  }
}

export const test = base.extend<Fixtures & EngineOptions>({
  engine: ['firefox', { option: true }],
  server: async ({}, use) => {
    if (!existsSync(`${DIST}/index.html`)) throw new Error(`${DIST} is not built; run scripts/build-web.sh`);
    const server = await StaticServer.start({ root: DIST });
    server.prepend(/\/assets\/(index|check)-[\w-]{8}\.js$/, WATCH);
    await use(server);
    await server.stop();
  },
  tab: async ({ engine, server }, use) => {
    const tab = await (engine === 'firefox' ? openFirefox() : openWebKit());
    try {
      await use({ ...tab, click: (selector) => press(tab, selector) });
      const isOurs = await tab.evaluate((origin) => location.origin === origin, server.origin);
      if (isOurs) expect(await tab.evaluate(() => window.tempoFaults), 'errors in the page').toEqual([]);
    } finally {
      await tab.close();
    }
  },
});

/** Whether an element that matches is on the screen. */
export function isSeen(tab: Tab, selector: string): Promise<boolean> {
  return tab.evaluate((wanted) => {
    const element = document.querySelector(wanted);
    return element !== null && element.checkVisibility() && element.getBoundingClientRect().height > 0;
  }, selector);
}

export async function seen(tab: Tab, selector: string): Promise<void> {
  await expect.poll(() => isSeen(tab, selector), { message: selector }).toBe(true);
}

declare global {
  interface Window {
    /** Whether the last press fell beside what it was meant for. */
    pressFellBeside?: boolean;
  }
}

/**
 * Presses an element once it stands still, and again where it has moved from under the press. A driver looks up the place
 * first and presses there afterwards; what arrives in between (a run of an earlier visit) may move the page.
 */
async function press(tab: Tab, selector: string): Promise<void> {
  const hits = async (): Promise<boolean> => {
    await still(tab, selector);
    await tab.evaluate((wanted) => {
      const look = ({ target }: Event): void => {
        window.pressFellBeside = !(target instanceof Element && target.closest(wanted));
      };
      addEventListener('click', look, { capture: true, once: true });
    }, selector);
    await tab.click(selector);
    // A page that the press has led to knows nothing of it: then it has hit.
    return tab.evaluate(() => window.pressFellBeside !== true);
  };
  await expect.poll(hits, { message: `${selector} is pressed` }).toBe(true);
}

/** Waits until an element has stood at one place for two frames. */
async function still(tab: Tab, selector: string): Promise<void> {
  await seen(tab, selector);
  const isStill = (): Promise<boolean> =>
    tab.evaluate(async (wanted) => {
      const place = (): string => JSON.stringify(document.querySelector(wanted)?.getBoundingClientRect());
      const before = place();
      for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
      return before === place();
    }, selector);
  await expect.poll(isStill, { message: `${selector} stands still` }).toBe(true);
}

/** Opens the page with a link that asks for a run, and waits until the link has been taken: what it shows moves the rest. */
export async function openLink(tab: Tab, address: string): Promise<void> {
  await tab.open(address);
  await seen(tab, '[data-testid=link-card]');
}

/** Waits until <html data-state> has this value. */
export async function state(tab: Tab, value: string): Promise<void> {
  const now = (): Promise<unknown> => tab.evaluate(() => document.documentElement.dataset['state']);
  await expect.poll(now, { timeout: 120_000 }).toBe(value);
}

/** The one file that the browser saves next. */
export async function savedFile(tab: Tab, name: RegExp): Promise<string> {
  const find = async (): Promise<string | undefined> =>
    [...(await tab.saved())].find(([found]) => name.test(found))?.[1];
  await expect.poll(find, { message: `a file like ${name}` }).toBeDefined();
  return (await find())!;
}
