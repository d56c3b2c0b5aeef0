// The page under test: a server of its own for every test, and helpers that press what a visitor presses. A test fails
// on any console error, uncaught error, or request to another origin that it did not announce.

import { readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test as base, expect, type BrowserContext, type Page } from '@playwright/test';
import type { GenerationOptions } from '../../../www/src/contract.ts';
import { StaticServer } from './server.ts';
import { readTrace, type Trace } from './trace.ts';

export { expect };
export { ids, median, removed, type Trace } from './trace.ts';

/** The build under test; TEMPO_PAGE names another folder. */
export const DIST = process.env['TEMPO_PAGE'] ?? fileURLToPath(new URL('../../../www/dist', import.meta.url));

/** A step of the model on a software adapter may take seconds. */
export const PATIENCE = 240_000;

export type Device = 'auto' | 'gpu' | 'cpu';

/** What went wrong in the browser, and what a test has announced. */
export class Faults {
  readonly found: string[] = [];
  readonly #allowed: RegExp[] = [];
  readonly #origins = new Set<string>();

  /** An error that the test provokes. */
  allow(pattern: RegExp): void {
    this.#allowed.push(pattern);
  }

  /** Another origin that the page may talk to. */
  allowOrigin(origin: string): void {
    this.#origins.add(new URL(origin).origin);
  }

  watch(context: BrowserContext): void {
    context.on('console', (message) => {
      if (message.type() === 'error') this.#note(`console: ${message.text()} (${message.location().url})`);
    });
    context.on('weberror', (error) => this.#note(`uncaught: ${error.error().stack ?? error.error().message}`));
    context.on('request', (request) => {
      const url = new URL(request.url());
      if (!/^https?:|^wss?:/.test(url.protocol) || this.#origins.has(url.origin)) return;
      this.#note(`request to another origin: ${request.url()}`);
    });
  }

  #note(text: string): void {
    if (!this.#allowed.some((pattern) => pattern.test(text))) this.found.push(text);
  }
}

/** What the init script keeps on the window. */
declare global {
  interface Window {
    /** Every value of <html data-state> in order. */
    tempoStates: string[];
    /** Every worker the page made, in order. */
    tempoWorkers: Worker[];
    /** When each step event came from a worker, by performance.now(). */
    tempoSteps: number[];
    /** When the first cell of the lattice stood in the document, and when it was painted. */
    tempoFirstCell: number | null;
    tempoFirstPaint: number | null;
  }
}

function keepNotes(): void {
  window.tempoStates = [];
  window.tempoWorkers = [];
  window.tempoSteps = [];
  window.tempoFirstCell = null;
  window.tempoFirstPaint = null;
  new MutationObserver(() => {
    const state = document.documentElement?.dataset['state'];
    if (state !== undefined && state !== window.tempoStates.at(-1)) window.tempoStates.push(state);
    if (window.tempoFirstCell === null && document.querySelector('#lattice [role="gridcell"]')) {
      window.tempoFirstCell = performance.now();
      // The frame after the next one has shown it.
      requestAnimationFrame(() => setTimeout(() => (window.tempoFirstPaint = performance.now()), 0));
    }
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-state'] });
  window.Worker = class extends Worker {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options);
      window.tempoWorkers.push(this);
      this.addEventListener('message', ({ data }) => {
        if (data?.type === 'reply' && data.value?.type === 'step') window.tempoSteps.push(performance.now());
      });
    }
  };
}

export interface Fixtures {
  /** Serves www/dist to this test alone: its port is an origin without storage. */
  server: StaticServer;
  faults: Faults;
  /** Opens the page with what a link says (`#…`, or the parts of one), and waits for a run, or for the card of the link's. */
  open(link?: Link | string): Promise<void>;
}

export const test = base.extend<Fixtures>({
  server: async ({}, use) => {
    if (!existsSync(`${DIST}/index.html`)) throw new Error(`${DIST} is not built; run scripts/build-web.sh`);
    const server = await StaticServer.start({ root: DIST });
    await use(server);
    await server.stop();
  },
  faults: [
    async ({ context, server }, use) => {
      const faults = new Faults();
      faults.allowOrigin(server.origin);
      await context.addInitScript(keepNotes);
      faults.watch(context);
      await use(faults);
      expect(faults.found, 'errors in the browser').toEqual([]);
    },
    { auto: true },
  ],
  open: async ({ page, server }, use) => {
    await use(async (link = {}) => {
      const hash = typeof link === 'string' ? link : linkHash(link);
      const there = page.url().startsWith(server.origin);
      // Links are taken in their own time: a value that no test uses shows when one has been.
      if (there) await follow(page, `#selection_threshold=${UNUSED}`);
      await page.goto(`${server.origin}/${hash}`);
      const shown = page.locator('#lattice [role="gridcell"]').or(page.getByTestId('link-card'));
      await expect(shown.first()).toBeVisible();
      if (there) await followed(page, hash);
      // What can wait comes when the first picture stands and the link has been taken.
      else
        await expect(
          page.getByRole('region', { name: 'Panels' }).or(page.getByTestId('options-on-loan')).first(),
        ).toBeAttached();
    });
  },
});

const UNUSED = 0.777;

/** The page takes a link without being loaded anew. */
async function follow(page: Page, hash: string): Promise<void> {
  await page.evaluate((to) => (location.hash = to), hash);
  await followed(page, hash);
}

async function followed(page: Page, hash: string): Promise<void> {
  const threshold = new URLSearchParams(hash.slice(1)).get('selection_threshold') ?? '0.1';
  await expect(page.getByTestId('run-settings-button')).toHaveAttribute('data-threshold', threshold);
}

export interface Link extends Partial<GenerationOptions> {
  prompt?: string;
  device?: Device;
  kernels?: 'fused' | 'tensor';
}

/** A link in its readable form. */
export function linkHash(link: Link): string {
  const pairs = new URLSearchParams();
  for (const [key, value] of Object.entries(link)) if (value != null) pairs.set(key, String(value));
  const text = pairs.toString();
  return text === '' ? '' : `#${text}`;
}

/** Waits until <html data-state> has this value. */
export async function waitForState(page: Page, state: string, timeout = PATIENCE): Promise<void> {
  await expect(page.locator('html')).toHaveAttribute('data-state', state, { timeout });
}

/** Opens the settings of the run, where options and presets are. */
export async function openSettings(page: Page): Promise<void> {
  const button = page.getByTestId('run-settings-button');
  if ((await button.getAttribute('aria-expanded')) !== 'true') await button.click();
  await expect(page.getByTestId('run-settings').getByRole('heading', { name: 'Settings of the run' })).toBeVisible();
}

/** Presses "Run it live" and waits for the model. The device is chosen by the link before, or in the model dialog. */
export async function goLive(page: Page, device?: Device): Promise<void> {
  if (device) {
    await page.getByTestId('open-models').click();
    await page.getByTestId('model-more').locator('summary').click();
    await page.getByTestId('device').selectOption(device);
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toHaveCount(0);
  }
  await page.getByTestId('run-live').click();
  await waitForState(page, 'ready');
}

/** Presses "Generate" and waits for the end of the run. */
export async function generate(page: Page): Promise<Trace> {
  const before = await page.evaluate(() => window.tempoStates.length);
  await page.getByTestId('generate').click();
  await ended(page, before);
  // What could not be run would leave the run before on the screen.
  await expect(page.locator('.notice.error')).toHaveCount(0);
  return currentTrace(page);
}

/** Waits until a run has begun after the given number of states, and has ended. */
export async function ended(page: Page, before: number): Promise<void> {
  await page.waitForFunction(
    (from) => {
      const states = window.tempoStates.slice(from);
      return states.includes('running') && states.at(-1) === 'ready';
    },
    before,
    { timeout: PATIENCE },
  );
}

/** The run on the screen, through the page's own "Save trace". */
export async function currentTrace(page: Page): Promise<Trace> {
  const arriving = page.waitForEvent('download');
  await page.getByTestId('save').click();
  const file = await (await arriving).path();
  return readTrace(await readFile(file, 'utf8'));
}

/** The figures of the page, as numbers. */
export async function figures(page: Page): Promise<Record<string, number>> {
  const data = await page.getByTestId('figures').evaluate((element) => ({ ...(element as HTMLElement).dataset }));
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Number(value)]));
}
