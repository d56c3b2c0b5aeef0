// The first picture is a recorded run: no wasm, no model, no other origin. How long it took is printed.

import { gzipSync } from 'node:zlib';
import { expect, test, waitForState } from './support/page.ts';

/** The files that bring the page to life. A list of the embedded model's files and sizes is no model. */
const ENGINE = /\.wasm$|\/models\/.*\/(?!model\.json$)[^/]+$/;

/** The page's budget is one second; a test machine may be many times slower than a laptop. */
const BUSY_MS = 6000;

test('a recorded run is painted at once, with the engine and the models out of reach', async ({
  page,
  server,
  open,
}) => {
  server.block(ENGINE);
  await open();
  await waitForState(page, 'recorded');
  const painted = await page.waitForFunction(() => window.tempoFirstPaint).then((handle) => handle.jsonValue());
  const cell = await page.evaluate(() => window.tempoFirstCell);
  console.log(`lattice: in the document after ${cell?.toFixed(0)} ms, painted after ${painted?.toFixed(0)} ms`);
  // Half a second on two idle cores. The bound only tells a page that waits for something from a machine that is busy.
  expect(painted).toBeLessThan(BUSY_MS);

  // What the run says stands in the cells, and its story in the header.
  await expect(page.getByTestId('badge')).toContainText('recorded with SmolLM2-135M-Instruct');
  expect(await page.locator('#lattice [role="gridcell"]').count()).toBeGreaterThan(10);

  // Until idle: the code below the fold, the list of runs, the service worker's copies.
  await page.waitForLoadState('networkidle');
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await page.waitForLoadState('networkidle');
  const used = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
  const sizes = async (kind: RegExp): Promise<string> => {
    const files = await Promise.all(
      [...new Set(used)]
        .filter((name) => kind.test(new URL(name).pathname))
        .map(async (name) => gzipSync(Buffer.from(await (await fetch(name)).arrayBuffer())).length),
    );
    return `${files.length} files, ${(files.reduce((sum, size) => sum + size, 0) / 1000).toFixed(1)} kB gzip`;
  };
  console.log(
    `until idle: JavaScript ${await sizes(/\.js$/)}; CSS ${await sizes(/\.css$/)}; runs ${await sizes(/jsonl?$/)}`,
  );

  expect(server.asked(ENGINE), 'the engine and the models are not asked for').toEqual([]);
  expect(server.requests.filter(({ status }) => status >= 400)).toEqual([]);
  expect(await page.evaluate(() => window.tempoWorkers.length)).toBe(0);
});

test('time moves through the recorded run without the engine', async ({ page, server, open }) => {
  server.block(ENGINE);
  await open();
  const track = page.getByRole('slider', { name: 'Step', exact: true });
  const cells = page.locator('#lattice [role="gridcell"]');
  const all = await cells.count();
  await track.fill('0');
  await expect.poll(() => cells.count()).toBeLessThan(all);
  await track.press('End');
  await expect.poll(() => cells.count()).toBe(all);
  expect(server.asked(ENGINE)).toEqual([]);
});
