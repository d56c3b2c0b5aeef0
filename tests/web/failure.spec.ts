// What a browser or a machine can do to a run: kill its worker, lose its device, break the wasm. The run so far stays on
// the screen, the page mends itself, and a new run says the same.

import { type Page } from '@playwright/test';
import { engineWorker, openWorker } from './support/inside.ts';
import {
  PATIENCE,
  currentTrace,
  ended,
  expect,
  generate,
  goLive,
  ids,
  test,
  waitForState,
  type Device,
  type Trace,
} from './support/page.ts';

// The worker's script gets a few lines in front, which a service worker would refuse as not the build's.
test.use({ serviceWorkers: 'block' });

const PROMPT = 'Once upon a time';
const SHORT = { prompt: PROMPT, selection_threshold: 0.05, max_steps: 4 };
/** Long enough to be cut off anywhere. */
const LONG = { ...SHORT, min_steps: 200, max_steps: 200 };

/** A run under way with a few steps done; the same run, short, for comparison. */
async function underWay(page: Page, open: (link: object) => Promise<void>, device: Device): Promise<Trace> {
  await open({ ...SHORT, device });
  await goLive(page);
  const short = await generate(page);
  expect(short.steps).toHaveLength(4);
  await open({ ...LONG, device });
  const before = await page.evaluate(() => window.tempoSteps.length);
  await page.getByTestId('generate').click();
  await page.waitForFunction((from) => window.tempoSteps.length >= from + 2, before, { timeout: PATIENCE });
  return short;
}

/** Recovered by itself: the run so far is there, a way to go on is offered, and a new run gives the same ids. */
async function expectMended(
  page: Page,
  open: (link: object) => Promise<void>,
  device: Device,
  short: Trace,
): Promise<void> {
  await expect(page.locator('[data-code="recovered"]')).toBeVisible({ timeout: PATIENCE });
  await waitForState(page, 'ready');
  const cut = await currentTrace(page);
  expect(cut.end).toBeNull();
  expect(cut.steps.length).toBeGreaterThanOrEqual(2);
  const common = Math.min(cut.steps.length, short.steps.length);
  expect(ids(cut).slice(0, common)).toEqual(ids(short).slice(0, common));
  expect(await page.locator('#lattice [role="gridcell"]').count()).toBeGreaterThan(cut.steps.length);

  // On from where it was cut off: the same steps once more, then further ones.
  const steps = await page.evaluate(() => window.tempoSteps.length);
  await page.getByTestId('way-continue').click();
  const wanted = steps + cut.steps.length + 1;
  await page.waitForFunction((count) => window.tempoSteps.length >= count, wanted, { timeout: PATIENCE });
  await page.getByTestId('stop').click();
  await waitForState(page, 'ready');
  const continued = await currentTrace(page);
  expect(ids(continued).slice(0, cut.steps.length)).toEqual(ids(cut));
  expect(continued.steps.length).toBeGreaterThan(cut.steps.length);

  await open({ ...SHORT, device });
  const again = await generate(page);
  expect(ids(again)).toEqual(ids(short));
}

test('a killed worker: the run stays, the page recovers, a new run is the same', async ({ page, open }) => {
  const short = await underWay(page, open, 'cpu');
  const shown = await page.locator('#lattice [role="gridcell"]').count();
  // The browser lets go of what the worker held, and says nothing.
  await page.evaluate(() => window.tempoWorkers.at(-1)!.terminate());
  await expect(page.locator('html')).not.toHaveAttribute('data-state', 'running');
  expect(await page.locator('#lattice [role="gridcell"]').count()).toBeGreaterThanOrEqual(shown);
  await expectMended(page, open, 'cpu', short);
  expect(await page.evaluate(() => window.tempoWorkers.length)).toBe(2);
});

test('a destroyed device: the run stays, the page recovers, a new run is the same', async ({ page, server, open }) => {
  openWorker(server);
  const short = await underWay(page, open, 'gpu');
  const worker = await engineWorker(page);
  await worker.evaluate(() => globalThis.tempoTest.device!.destroy());
  await expectMended(page, open, 'gpu', short);
  expect(await page.evaluate(() => window.tempoWorkers.length)).toBe(2);
});

test('a panic in the wasm: the run stays, the page recovers, a new run is the same', async ({
  page,
  server,
  faults,
  open,
}) => {
  openWorker(server);
  faults.allow(/panicked at/);
  const short = await underWay(page, open, 'cpu');
  const worker = await engineWorker(page);
  await worker.evaluate(() => {
    globalThis.tempoTest.broken = true;
  });
  await expectMended(page, open, 'cpu', short);
});

test('a second panic waits for the visitor, in words, with a button', async ({ page, server, faults, open }) => {
  openWorker(server);
  faults.allow(/panicked at/);
  await open({ ...LONG, device: 'cpu' });
  await goLive(page);
  const before = await page.evaluate(() => window.tempoSteps.length);
  await page.getByTestId('generate').click();
  await page.waitForFunction((from) => window.tempoSteps.length > from, before, { timeout: PATIENCE });
  for (const expected of ['recovered', 'panic']) {
    const worker = await engineWorker(page);
    await worker.evaluate(() => {
      globalThis.tempoTest.broken = true;
    });
    // Idle, a broken engine shows itself at the next call.
    if (expected === 'panic') await page.getByTestId('generate').click();
    await expect(page.locator(`[data-code="${expected}"]`)).toBeVisible({ timeout: PATIENCE });
  }
  const notice = page.locator('[data-code="panic"]');
  await notice.locator('summary').click();
  await expect(notice).toContainText('provoked by a test');
  await notice.getByTestId('way-recover').click();
  await waitForState(page, 'ready');
  await open({ ...SHORT, max_steps: 3, device: 'cpu' });
  expect((await generate(page)).steps).toHaveLength(3);
});

test('stop acts within one step', async ({ page, open }) => {
  await open({ ...LONG, device: 'cpu' });
  await goLive(page);
  for (const wait of [2, 5]) {
    const before = await page.evaluate(() => [window.tempoStates.length, window.tempoSteps.length] as const);
    await page.getByTestId('generate').click();
    await page.waitForFunction((count) => window.tempoSteps.length >= count, before[1] + wait, { timeout: PATIENCE });
    // The moment of the press is the page's own.
    await page.evaluate(() =>
      addEventListener('click', () => document.body.setAttribute('data-pressed', String(performance.now())), {
        capture: true,
        once: true,
      }),
    );
    await page.getByTestId('stop').click();
    await ended(page, before[0]);
    const after = await page.evaluate(() => {
      const pressed = Number(document.body.dataset['pressed']);
      return window.tempoSteps.filter((at) => at > pressed).length;
    });
    console.log(`steps after the press of Stop: ${after}`);
    expect(after).toBeLessThanOrEqual(1);
    const trace = await currentTrace(page);
    expect(trace.end?.reason).toBe('stopped');
    expect(trace.steps.length).toBeLessThan(200);
    // Nothing goes on in secret.
    const steps = await page.evaluate(() => window.tempoSteps.length);
    await page.waitForTimeout(500);
    expect(await page.evaluate(() => window.tempoSteps.length)).toBe(steps);
  }
});
