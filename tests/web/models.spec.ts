// Models from elsewhere: fetched, continued, kept, read from this computer, and refused when they are not what they were.

import { shardedModel, sha256, tinyModel, type Files } from './support/checkpoint.ts';
import { ModelServer } from './support/model-server.ts';
import {
  agree,
  askFor,
  damage,
  drop,
  expectReady,
  generate,
  openModels,
  storedBytes,
  storedModels,
} from './support/models.ts';
import { expect, test, type Link } from './support/page.ts';

const PAGE: Link = { prompt: 'Once upon a time', max_steps: 4, selection_threshold: 0.05, device: 'cpu' };
const WEIGHTS = 'model.safetensors';

let files: Files;
let models: ModelServer;

test.beforeEach(async ({ faults }) => {
  files = await tinyModel();
  models = await ModelServer.open(files);
  faults.allowOrigin(models.base);
});
test.afterEach(() => models.close());

/** Every byte of every file left exactly once. */
function expectNothingTwice(): void {
  for (const [name, bytes] of files) {
    let at = 0;
    for (const { from, to } of models.sent(name)) {
      expect(from, `${name} is continued where it broke`).toBe(at);
      at = to;
    }
    expect(at, `${name} is whole`).toBe(bytes.length);
  }
}

test('a connection that is cut half-way is continued, and no byte is fetched twice', async ({ page, open }) => {
  const half = Math.floor(files.get(WEIGHTS)!.length / 2);
  models.holds.set(WEIGHTS, half);
  await open(PAGE);
  await askFor(page, models.base);
  await agree(page);
  await expect.poll(() => storedBytes(page), { timeout: 30_000 }).toBe(half);
  await expect(page.getByTestId('progress').last()).toContainText(' of ');
  models.cut();
  await expectReady(page, 'tiny');
  expectNothingTwice();
  expect(
    models.sent(WEIGHTS).filter(({ to }) => to >= half),
    'its header apart',
  ).toHaveLength(2);
  const tokens = await generate(page, 'tiny');
  expect(tokens.length).toBeGreaterThan(4);
});

test('a reload in the middle of a download goes on from there', async ({ page, open }) => {
  const half = Math.floor(files.get(WEIGHTS)!.length / 2);
  models.holds.set(WEIGHTS, half);
  await open(PAGE);
  await askFor(page, models.base);
  await agree(page);
  await expect.poll(() => storedBytes(page), { timeout: 30_000 }).toBe(half);
  models.holds.clear();
  await page.reload();
  await openModels(page);
  await page.getByRole('button', { name: /^Go on with / }).click();
  await expectReady(page, 'tiny');
  expectNothingTwice();
  expect(models.sent(WEIGHTS).at(-1)).toMatchObject({ status: 206, from: half });
});

test('a fetched model runs from storage when its server is gone', async ({ page, open }) => {
  await open(PAGE);
  await askFor(page, models.base);
  await agree(page);
  await expectReady(page, 'tiny');
  const online = await generate(page, 'tiny');
  const asked = models.log.length;
  await models.close();
  await page.reload();
  await openModels(page);
  await page.getByRole('button', { name: `Load ${models.base}` }).click();
  await expectReady(page, 'tiny');
  expect(await generate(page, 'tiny')).toEqual(online);
  expect(models.log).toHaveLength(asked);
});

test('dropped files, picked files, one file or shards: the same model', async ({ page, open }) => {
  await open(PAGE);
  await drop(page, files);
  await agree(page);
  await expectReady(page, 'local files');
  const dropped = await generate(page, 'local files');

  await page.reload();
  await openModels(page);
  await expect(page.getByTestId('kept-models')).toContainText('local files');
  await page.getByRole('button', { name: 'Load local files' }).click();
  await expectReady(page, 'local files');
  expect(await generate(page, 'local files')).toEqual(dropped);

  const shards = await shardedModel();
  await openModels(page);
  await page.getByRole('radio', { name: 'This computer' }).check();
  await page
    .getByTestId('model-files')
    .setInputFiles([...shards].map(([name, buffer]) => ({ name, mimeType: 'application/octet-stream', buffer })));
  await page.getByRole('checkbox', { name: 'Keep a copy in the browser' }).uncheck();
  await page.getByTestId('look').click();
  await agree(page);
  await expectReady(page, 'local files');
  expect(await generate(page, 'local files')).toEqual(dropped);
  expect(await storedModels(page), 'what was not to be kept is not kept').toHaveLength(1);
});

test('a model in shards is found by its index', async ({ page, open, faults }) => {
  files = await shardedModel();
  await models.close();
  models = await ModelServer.open(files);
  faults.allowOrigin(models.base);
  // Asking whether there is a single file is answered with 404, which the browser writes down by itself.
  faults.allow(/404/);
  await open(PAGE);
  await askFor(page, models.base);
  await agree(page);
  await expectReady(page, 'tiny');
  expectNothingTwice();
  expect((await generate(page, 'tiny')).length).toBeGreaterThan(4);
});

test('a stored file whose bytes changed is refused, dropped, and fetched anew', async ({ page, open }) => {
  await open(PAGE);
  await askFor(page, models.base);
  await agree(page);
  await expectReady(page, 'tiny');
  await page.reload();
  await expect(page.getByTestId('badge')).toBeVisible();
  await damage(page, { at: 300_000 });
  await openModels(page);
  await page.getByRole('button', { name: /^Load http/ }).click();
  const notice = page.locator('[data-testid=notices] [data-code=hash]');
  await expect(notice).toContainText('damaged', { timeout: 30_000 });
  await expect(notice).toContainText('Nothing of it is used');
  expect(await storedBytes(page)).toBe(0);

  const before = models.sent(WEIGHTS).length;
  await notice.getByTestId('way-retry').click();
  await expectReady(page, 'tiny');
  const anew = models.sent(WEIGHTS).slice(before);
  expect(anew[0]).toMatchObject({ from: 0 });
  expect(anew.at(-1)).toMatchObject({ to: files.get(WEIGHTS)!.length });
  expect(models.sent('tokenizer.json'), 'good files stay').toHaveLength(1);
});

test('a stored file that became shorter is refused', async ({ page, open }) => {
  await open(PAGE);
  await askFor(page, models.base);
  await agree(page);
  await expectReady(page, 'tiny');
  await page.reload();
  await expect(page.getByTestId('badge')).toBeVisible();
  await damage(page, { length: 100_000 });
  await openModels(page);
  await page.getByRole('button', { name: /^Load http/ }).click();
  await expect(page.locator('[data-testid=notices] [data-code=hash]')).toContainText('damaged', { timeout: 30_000 });
  await expect(page.getByTestId('live-card')).not.toContainText('Ready');
});

test('bytes that do not match the published hash are refused', async ({ page, open }) => {
  models.headers.set(WEIGHTS, { 'x-linked-etag': `"${sha256(Buffer.from('another file'))}"` });
  await open(PAGE);
  await askFor(page, models.base);
  await agree(page);
  const notice = page.locator('[data-testid=notices] [data-code=hash]');
  await expect(notice).toContainText('not what was published', { timeout: 30_000 });
  await expect(notice).toContainText(WEIGHTS);
  expect(await storedBytes(page)).toBe(0);

  models.headers.set(WEIGHTS, { 'x-linked-etag': `"${sha256(files.get(WEIGHTS)!)}"` });
  await notice.getByTestId('way-retry').click();
  await expectReady(page, 'tiny');
});

test('a file that keeps ending too early is never used', async ({ page, open, faults }) => {
  faults.allow(/net::ERR_/);
  models.holds.set(WEIGHTS, 200_000);
  await open(PAGE);
  await askFor(page, models.base);
  await agree(page);
  await expect.poll(() => storedBytes(page), { timeout: 30_000 }).toBe(200_000);
  models.breaks.set(WEIGHTS, 200_000);
  models.cut();
  const notice = page.locator('[data-testid=notices] [data-code=short]');
  await expect(notice).toContainText('ending too early', { timeout: 60_000 });
  expect(await storedBytes(page), 'what arrived is kept').toBe(200_000);
  models.breaks.clear();
  await notice.getByTestId('way-retry').click();
  await expectReady(page, 'tiny');
  expectNothingTwice();
});

test('dropped weights that are cut are refused in words', async ({ page, open }) => {
  const cut = new Map(files);
  cut.set(WEIGHTS, files.get(WEIGHTS)!.subarray(0, 200_000));
  await open(PAGE);
  await drop(page, cut);
  const trouble = page.getByTestId('model-trouble');
  await expect(trouble, 'before anybody agrees').toContainText('The weights do not fit the configuration', {
    timeout: 30_000,
  });

  const without = new Map(files);
  without.delete('tokenizer.json');
  await page.getByRole('button', { name: 'Close' }).click();
  await drop(page, without);
  await expect(page.getByTestId('model-trouble')).toContainText('tokenizer.json is not among the chosen files');
});

test('a kept model is deleted from the list after asking once', async ({ page, open }) => {
  await open(PAGE);
  await askFor(page, models.base);
  await agree(page);
  await expectReady(page, 'tiny');
  // The dialog closes by itself a moment after the model is ready; it is opened anew, not met on its way out.
  await expect(page.getByTestId('model-dialog')).toBeHidden();
  expect(await storedModels(page)).toHaveLength(1);
  await openModels(page);
  const kept = page.getByTestId('kept-models');
  await expect(kept).toContainText(models.base);
  await kept.getByRole('button', { name: /^Delete / }).click();
  expect(await storedModels(page), 'it asks first').toHaveLength(1);
  await kept.getByRole('button', { name: /^Really delete / }).click();
  await expect(kept).toContainText('Nothing yet.');
  expect(await storedModels(page)).toHaveLength(0);
});

test('404, CORS, a closed server and no network are told apart', async ({ page, open, faults, context }) => {
  faults.allow(/404|net::ERR_|CORS/);
  await open(PAGE);
  const trouble = page.getByTestId('model-trouble');

  await askFor(page, `${models.base}elsewhere/`);
  await expect(trouble).toHaveAttribute('data-code', 'http', { timeout: 30_000 });
  await expect(trouble).toContainText('config.json is not at this address');

  models.cors = false;
  await askFor(page, models.base);
  await expect(trouble).toHaveAttribute('data-code', 'cors', { timeout: 30_000 });
  await expect(trouble).toContainText('does not allow other pages to read its files');

  const { base, port } = models;
  await models.close();
  await askFor(page, base);
  await expect(trouble).toHaveAttribute('data-code', 'offline', { timeout: 30_000 });
  await expect(trouble).toContainText('does not answer');

  await context.setOffline(true);
  await page.getByTestId('look').click();
  await expect(trouble).toContainText('there is no network', { timeout: 30_000 });
  await context.setOffline(false);

  models = await ModelServer.open(files, port);
  await page.getByTestId('look').click();
  await expect(page.getByTestId('model-need')).toBeVisible({ timeout: 30_000 });
});
