// Models in one GGUF file: of this computer and of a server, kept and read again, the same as natively; damaged ones.

import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import type { Files } from './support/checkpoint.ts';
import { ModelServer } from './support/model-server.ts';
import { agree, askFor, drop, expectReady, openModels, storedBytes, storedModels } from './support/models.ts';
import { native } from './support/native.ts';
import { expect, generate, ids, test, waitForState, type Link } from './support/page.ts';

const OPTIONS = { selection_threshold: 0.05, max_steps: 3 };
const PAGE: Link = { prompt: 'a b', device: 'cpu', ...OPTIONS };
const MIB = 1024 * 1024;
const LONG = 'long.gguf';

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/gguf/${name}`, import.meta.url));
const model = (path: string, bytes: Buffer): Files => new Map([[path, bytes]]);

/** The fixture with so many bytes after its tensors that fetching it takes more than its header does. */
async function long(): Promise<Buffer> {
  return Buffer.concat([await readFile(fixture('qwen3.gguf')), Buffer.alloc(2 * MIB)]);
}

async function pick(page: Page, name: string, keep: boolean): Promise<void> {
  await openModels(page);
  await page.getByRole('radio', { name: 'This computer' }).check();
  await page.getByTestId('model-files').setInputFiles(fixture(name));
  await page.getByRole('checkbox', { name: 'Keep a copy in the browser' }).setChecked(keep);
  await page.getByTestId('look').click();
}

/** The steps of the page are the steps of the program. */
async function expectNative(page: Page, name: string, weights = 'auto'): Promise<void> {
  await expect(page.getByTestId('model-dialog')).toBeHidden();
  const found = await generate(page);
  const expected = await native('a b', {
    ...OPTIONS,
    model: fixture(name),
    weights,
  });
  expect(ids(found)).toEqual(ids(expected));
  expect(found.steps).toHaveLength(3);
  expect(found.run.model).toMatchObject({
    architecture: expected.run.model.architecture,
    vocab: 8,
  });
}

for (const weights of ['auto', 'f32', 'q8']) {
  test(`a file of this computer runs as it does natively, kept as ${weights}`, async ({ page, open }) => {
    await open(PAGE);
    await openModels(page);
    await page.getByTestId('weights').selectOption(weights);
    await pick(page, 'qwen3.gguf', false);
    await expect(page.getByTestId('model-need')).toContainText('qwen3');
    await expect(page.getByTestId('model-need')).toContainText('nothing, it is all here');
    await agree(page);
    await expectReady(page, 'qwen3');
    await expectNative(page, 'qwen3.gguf', weights);
    expect(await storedModels(page), 'it is read where it is').toHaveLength(0);
  });
}

test('files that are parts of a model run as one, and a missing one is named', async ({ page, open }) => {
  const parts = [1, 2, 3, 4].map((part) => fixture(`parts-0000${part}-of-00004.gguf`));
  await open(PAGE);
  await openModels(page);
  await page.getByRole('radio', { name: 'This computer' }).check();
  await page.getByTestId('model-files').setInputFiles(parts.slice(1));
  await page.getByTestId('look').click();
  await expect(page.getByTestId('model-trouble')).toContainText('parts-00001-of-00004.gguf');
  await page.getByTestId('model-files').setInputFiles(parts);
  await page.getByTestId('look').click();
  await agree(page);
  await expectReady(page, 'parts');
  await expectNative(page, 'qwen3.gguf');
});

test('a dropped file is kept under its name, and found again', async ({ page, open }) => {
  await open(PAGE);
  await drop(page, model('my model.gguf', await readFile(fixture('gemma3.gguf'))));
  await agree(page);
  await expectReady(page, 'my-model');
  await expectNative(page, 'gemma3.gguf');
  await page.reload();
  await openModels(page);
  await page.getByRole('button', { name: 'Load my model.gguf' }).click();
  await expectReady(page, 'my-model');
  await expectNative(page, 'gemma3.gguf');
});

test('of an address the header is fetched first, the rest is continued, and it runs without its server', async ({
  page,
  open,
  faults,
}) => {
  const bytes = await long();
  const models = await ModelServer.open(model(LONG, bytes));
  faults.allowOrigin(models.base);
  // On a graphics device programs are compiled from the header while the rest arrives.
  await open({ ...PAGE, device: 'gpu' });
  await askFor(page, `${models.base}${LONG}?download=true`);
  await expect(page.getByTestId('model-need')).toContainText('1 MB are here', { timeout: 60_000 });
  expect(models.sent(LONG)).toMatchObject([{ status: 206, from: 0, to: MIB }]);

  const half = MIB + MIB / 2;
  models.holds.set(LONG, half);
  await agree(page);
  await expect.poll(() => storedBytes(page, LONG), { timeout: 30_000 }).toBe(half);
  models.cut();
  await waitForState(page, 'ready');
  const pieces = models.sent(LONG).map(({ from, to }) => [from, to]);
  expect(pieces, 'no byte twice').toEqual([
    [0, MIB],
    [MIB, half],
    [half, bytes.length],
  ]);
  await expectNative(page, 'qwen3.gguf');

  await models.close();
  await page.reload();
  await open(PAGE);
  await openModels(page);
  await page.getByRole('button', { name: `Load ${models.base}${LONG}` }).click();
  await expectReady(page, 'long');
  await expectNative(page, 'qwen3.gguf');
});

test('a damaged file is refused by name and field, and the page goes on', async ({ page, open }, testInfo) => {
  const bytes = await readFile(fixture('qwen3.gguf'));
  const cut = testInfo.outputPath('cut.gguf');
  await writeFile(cut, bytes.subarray(0, 5000));
  await open(PAGE);
  await openModels(page);
  await page.getByRole('radio', { name: 'This computer' }).check();
  await page.getByTestId('model-files').setInputFiles(cut);
  await page.getByTestId('look').click();
  const trouble = page.getByTestId('model-trouble');
  await expect(trouble).toHaveAttribute('data-code', 'model-gguf', {
    timeout: 30_000,
  });
  await expect(trouble).toContainText(/cannot use cut\.gguf: tensor \S+: .* do not lie in a file of 5000 bytes/);

  // Numbers that its configuration is computed from make no sense, which only its tensors show.
  await pick(page, 'llama.gguf', true);
  await agree(page);
  const notice = page.locator('[data-testid=notices] [data-code=model-gguf]');
  await expect(notice).toContainText('This GGUF file cannot be used', {
    timeout: 30_000,
  });
  await expect(notice).toContainText('cannot use llama.gguf: rope_freqs.weight must be finite and above 0');

  await pick(page, 'qwen3.gguf', false);
  await agree(page);
  await expectReady(page, 'qwen3');
  await expectNative(page, 'qwen3.gguf');
});
