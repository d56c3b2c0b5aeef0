// Threads: in an isolated page a large model on the CPU is shared out to workers, and chooses the same.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { WITHOUT_ADAPTER } from './support/browser.ts';
import { expectSame } from './support/cases.ts';
import { sharedModel, type Files } from './support/checkpoint.ts';
import { ModelServer } from './support/model-server.ts';
import { agree, askFor, expectReady, openModels } from './support/models.ts';
import { native } from './support/native.ts';
import { expect, figures, generate, test } from './support/page.ts';
import { WORKER_FILE, type StaticServer } from './support/server.ts';

test.use({ launchOptions: WITHOUT_ADAPTER, serviceWorkers: 'block' });

const PROMPT = 'Once upon a time';
const OPTIONS = {
  selection_threshold: 0.001,
  max_set: 8,
  max_steps: 4,
  removal: 'evict',
  min_evidence: 1,
} as const;
/** On every machine that runs the test. */
const THREADS = 3;

let files: Files;
let models: ModelServer;
let folder: string;
test.beforeAll(async () => {
  files = await sharedModel();
  models = await ModelServer.open(files);
  folder = await mkdtemp(join(tmpdir(), 'tempo-shared-'));
  for (const [name, bytes] of files) await writeFile(join(folder, name), bytes);
});
test.afterAll(async () => {
  await models.close();
  await rm(folder, { recursive: true });
});

/** As a host does that is told to. What `inPool` gives runs in workers of the pool first. */
function isolate(server: StaticServer, inPool: () => string = () => ''): void {
  server.headers['cross-origin-opener-policy'] = 'same-origin';
  server.headers['cross-origin-embedder-policy'] = 'credentialless';
  server.hooks.push((request, file) => {
    if (!file || !WORKER_FILE.test(request.path)) return undefined;
    const lines = `Object.defineProperty(WorkerNavigator.prototype, 'hardwareConcurrency', { value: ${THREADS + 1} });
      if (self.name === 'tempo-matrix-worker') { ${inPool()} }\n`;
    return { body: Buffer.concat([Buffer.from(lines), file]) };
  });
}

async function load(page: Page, weights: string): Promise<void> {
  await openModels(page);
  await page.getByTestId('weights').selectOption(weights);
  await askFor(page, models.base);
  await agree(page);
}

test('threads of an isolated page choose what one thread does, and one does where none can be had', async ({
  page,
  open,
  server,
  faults,
}) => {
  faults.allowOrigin(models.base);
  isolate(server);
  for (const weights of ['q8', 'f32']) {
    const expected = await native(PROMPT, {
      ...OPTIONS,
      model: folder,
      weights,
      threads: 1,
    });
    await open({ prompt: PROMPT, device: 'cpu', ...OPTIONS });
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    await load(page, weights);
    await expectReady(page, 'tiny');
    await expect(page.getByTestId('live-card')).toContainText(`on the CPU, ${THREADS} threads`);
    const found = await generate(page);
    expect(found.steps.some((step) => step.set.length > 1)).toBe(true);
    expectSame(found, expected);
    console.log(`${weights}, ${THREADS} threads: a step ${(await figures(page))['stepMs']} ms`);
  }
});

test('a page that is not isolated has one thread', async ({ page, open, faults }) => {
  faults.allowOrigin(models.base);
  await open({ prompt: PROMPT, device: 'cpu', ...OPTIONS });
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
  await load(page, 'q8');
  await expectReady(page, 'tiny');
  await expect(page.getByTestId('live-card')).not.toContainText('threads');
  expectSame(await generate(page), await native(PROMPT, { ...OPTIONS, model: folder, weights: 'q8' }));
  console.log(`q8, one thread: a step ${(await figures(page))['stepMs']} ms`);
});

test('workers that do not start are done without', async ({ page, open, server, faults }) => {
  faults.allowOrigin(models.base);
  faults.allow(/no thread, says a test/);
  isolate(server, () => `throw new Error('no thread, says a test');`);
  await open({ prompt: PROMPT, device: 'cpu', ...OPTIONS });
  await load(page, 'q8');
  await expectReady(page, 'tiny');
  await expect(page.getByTestId('live-card')).not.toContainText('threads');
  expect((await generate(page)).steps.length).toBeGreaterThan(0);
});

test('a worker that cannot store its part is named, and the model loads once it can', async ({
  page,
  open,
  server,
  faults,
}) => {
  faults.allowOrigin(models.base);
  let full = true;
  isolate(server, () =>
    full
      ? `self.addEventListener('message', (event) => {
          if (event.data.type !== 'store') return;
          event.stopImmediatePropagation();
          self.postMessage({ type: 'failed', message: 'no memory left, says a test' });
        });`
      : '',
  );
  await open({ prompt: PROMPT, device: 'cpu', ...OPTIONS });
  await load(page, 'q8');
  const notice = page.locator('[data-testid=notices] [data-code=model-weights]');
  await expect(notice).toContainText('no memory left, says a test', {
    timeout: 60_000,
  });
  full = false;
  await load(page, 'q8');
  await expectReady(page, 'tiny');
  await expect(page.getByTestId('live-card')).toContainText(`${THREADS} threads`);
});
