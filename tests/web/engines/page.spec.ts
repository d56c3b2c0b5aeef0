// What must work in every engine: the first picture, a live run on the CPU, saving, and what once did not.

import { CASES, expectSame } from '../support/cases.ts';
import { native } from '../support/native.ts';
import { linkHash } from '../support/page.ts';
import { readTrace } from '../support/trace.ts';
import type { Tab } from './support/tab.ts';
import { expect, openLink, savedFile, seen, state, test } from './support/test.ts';

const CELL = '#lattice .cell';

test('the recorded run is painted, and nothing of the engine is fetched', async ({ tab, server }) => {
  await tab.open(`${server.origin}/`);
  await seen(tab, CELL);
  const painted = await tab.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime);
  console.log(`${tab.version}: first contentful paint after ${Math.round(painted!)} ms`);
  expect(await tab.evaluate(() => document.querySelector('.unstarted'))).toBeNull();
  const cut = await tab.evaluate(() => {
    const badge = document.querySelector('[data-testid=badge]')!;
    return [innerWidth, badge.scrollWidth - badge.clientWidth];
  });
  expect(cut, 'where the run is from is read to its end').toEqual([1280, 0]);
  expect(server.asked(/wasm$|safetensors$/)).toEqual([]);
  // What is asked for before the scripts is what they take; the service worker asks for all of it once more, later.
  const asked = server.requests.map(({ path }) => path);
  const worker = asked.indexOf('/sw.js');
  const first = asked.slice(0, worker < 0 ? asked.length : worker).filter((path) => path.startsWith('/traces/'));
  expect(first.sort()).toEqual(['/traces/index.json', '/traces/letter.jsonl']);
});

test('the tour goes from its link to the end, by a guess, the pointer and the keyboard', async ({ tab, server }) => {
  const scene = (): Promise<string | null> =>
    tab.evaluate(() => document.querySelector('[data-testid=tour]')?.getAttribute('data-scene') ?? null);
  await tab.open(`${server.origin}/#tour=1`);
  await expect.poll(scene).toBe('start');
  await tab.click('[data-testid=tour-on]');
  await expect.poll(scene).toBe('guess');
  await tab.click('[data-testid=tour] [role=group] button');
  await expect.poll(scene).toBe('answer');
  for (const name of ['together', 'dropped', 'fork', 'first', 'second', 'mixed', 'line', 'yours']) {
    await tab.press('ArrowRight');
    await expect.poll(scene).toBe(name);
  }
  await tab.click('[data-testid=tour-on]');
  await expect.poll(scene).toBeNull();
  expect(await tab.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('prompt');
});

test('a live run of the story model on the CPU chooses the sets of the native program', async ({ tab, server }) => {
  const { prompt, options } = CASES[2]!;
  await openLink(tab, `${server.origin}/${linkHash({ prompt, ...options, device: 'cpu' })}`);
  await tab.click('[data-testid=generate]');
  await seen(tab, '[data-testid=figures]');
  await state(tab, 'ready');
  await tab.click('[data-testid=save]');
  const trace = readTrace(await savedFile(tab, /\.jsonl$/));
  expectSame(trace, await native(prompt, options));
});

test('the lattice is saved as SVG, from a menu beside its button', async ({ tab, server }) => {
  await tab.open(`${server.origin}/`);
  await seen(tab, CELL);
  await tab.click('[popovertarget=lattice-save]');
  await seen(tab, '#lattice-save');
  const spread = (): Promise<number> =>
    tab.evaluate(() => {
      const menu = document.querySelector('#lattice-save')!;
      const rows = [...menu.children].map((child) => child.getBoundingClientRect().height);
      return menu.getBoundingClientRect().height - rows.reduce((sum, row) => sum + row, 0);
    });
  await expect.poll(spread, { message: 'the rows are not spread over the window' }).toBeLessThan(0);
  await tab.click('#lattice-save button[aria-label="Save as SVG"]');
  const svg = await savedFile(tab, /\.svg$/);
  const words = await tab.evaluate((text) => {
    const read = new DOMParser().parseFromString(text, 'image/svg+xml');
    return read.querySelector('parsererror') ? [] : [...read.querySelectorAll('text')].map((node) => node.textContent);
  }, svg);
  const cells = await tab.evaluate((cell) => {
    return [...document.querySelectorAll(`${cell} .word`)].map((node) => node.textContent);
  }, CELL);
  expect(cells.length).toBeGreaterThan(5);
  for (const word of cells) expect(words.join('\n')).toContain(word);
});

test('check.html measures a step, and finds where models are kept', async ({ tab, server }) => {
  await tab.open(`${server.origin}/check.html`);
  await seen(tab, '[data-testid=check-step]');
  await tab.click('[data-testid=check-step]');
  await seen(tab, '#findings [data-id=step]');
  const [verdict, storage, threads] = await tab.evaluate(() =>
    ['#verdict h2', '[data-id=storage] .label', '[data-id=threads] .found'].map(
      (selector) => document.querySelector(selector)!.textContent,
    ),
  );
  expect(verdict).toMatch(/^Live, on /);
  expect(verdict).not.toContain('not kept');
  expect(storage).toBe('Good');
  expect(threads).toMatch(/^\d/);
});

test('after a click the arrows move a focus that is seen', async ({ tab, server }) => {
  await tab.open(`${server.origin}/`);
  await seen(tab, CELL);
  // One that is in view, wherever the run stands.
  await tab.evaluate((cell) => ([...document.querySelectorAll(cell)].at(-1)!.id = 'newest'), CELL);
  await tab.click('#newest');
  const focused = (): Promise<string[]> =>
    tab.evaluate(() => {
      const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement!);
      return [document.activeElement!.getAttribute('data-slot') ?? '', outlineStyle, outlineWidth];
    });
  const [slot] = await focused();
  await tab.press('ArrowLeft');
  await expect.poll(async () => (await focused())[0]).not.toBe(slot);
  expect((await focused()).slice(1)).toEqual(['solid', '3px']);
});

test('a page that is left while it loads a model keeps nobody waiting, and what it leaves behind is whole', async ({
  tab,
  server,
}) => {
  let held = true;
  server.hooks.push(({ path }) => (held && path.endsWith('.safetensors') ? { cutAfter: 1_000_000 } : undefined));
  await tab.open(`${server.origin}/check.html`);
  await seen(tab, '[data-testid=check-step]');
  await tab.click('[data-testid=check-step]');
  await expect.poll(() => server.asked(/safetensors$/).length).toBeGreaterThan(0);
  await tab.click('header a');
  held = false;
  await runs(tab, 'the page that was left for');
  // Twice more, because a private window may lose what it was given.
  for (const visit of ['the next visit', 'the one after']) {
    await tab.open(`${server.origin}/check.html`);
    await tab.open(`${server.origin}/${linkHash({ max_steps: 2, device: 'cpu' })}`);
    await runs(tab, visit);
  }
});

/** A live run comes to its end, without a tab that is waited for and without a storage that failed. */
async function runs(tab: Tab, where: string): Promise<void> {
  await seen(tab, '[data-testid=generate]');
  await tab.click('[data-testid=generate]');
  await state(tab, 'ready');
  const notices = await tab.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('.notice')].map((notice) => notice.dataset['code']),
  );
  expect(notices, where).not.toContain('waiting');
  expect(notices, where).not.toContain('storage');
}
