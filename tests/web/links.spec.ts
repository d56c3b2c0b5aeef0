// A link shows the run that it is of, or says what it was of; recordings and links change no option of a live run.

import { readFile } from 'node:fs/promises';
import { deflateRawSync } from 'node:zlib';
import { clean, noSidewaysScroll } from './support/access.ts';
import { WITHOUT_ADAPTER } from './support/browser.ts';
import { currentTrace, expect, generate, goLive, ids, openSettings, test } from './support/page.ts';

test.use({ launchOptions: WITHOUT_ADAPTER, permissions: ['clipboard-read', 'clipboard-write'] });

const THRESHOLD = 'option-selection_threshold-exact';

test('a recorded run leaves the controls alone; its options are a press away, and given back by one', async ({
  page,
  open,
}) => {
  await open();
  await openSettings(page);
  await expect(page.getByTestId('preset-coherent')).toHaveAttribute('aria-pressed', 'true');
  await page.getByTestId('prompt').fill('A prompt of mine');
  await page.getByTestId('runs').click();
  await page.getByRole('button', { name: /^How it breaks/ }).click();
  await expect(page.getByTestId('options-differ')).toContainText('another prompt, selection threshold 0.05');
  await expect(page.getByTestId('prompt')).toHaveValue('A prompt of mine');
  await expect(page.getByTestId(THRESHOLD)).toHaveValue('0.1');
  await expect(page.getByTestId('what-if')).toHaveCount(0);

  await page.getByTestId('options-take').click();
  await expect(page.getByTestId('prompt')).toHaveValue('She opened the letter and');
  await expect(page.getByTestId(THRESHOLD)).toHaveValue('0.05');
  await expect(page.getByTestId('options-on-loan')).toContainText('of the run “How it breaks”');
  await page.getByTestId('options-back').click();
  await expect(page.getByTestId('prompt')).toHaveValue('A prompt of mine');
  await expect(page.getByTestId(THRESHOLD)).toHaveValue('0.1');
});

test('a link to a live run says what it is, pins nothing elsewhere, and one press computes it', async ({
  page,
  context,
  server,
  open,
}) => {
  await open({ prompt: 'The dragon was sad because', max_steps: 6, device: 'cpu' });
  await goLive(page);
  const first = await generate(page);
  await expect(page.getByTestId('link-card')).toHaveCount(0);
  await page.getByRole('slider', { name: 'Step', exact: true }).fill('3');
  const cell = page.locator('#lattice .cell.sibling').last();
  const name = await cell.getAttribute('data-slot');
  await cell.click();
  const where = await page.getByTestId('breadcrumb').textContent();
  await page.getByTestId('share').click();
  await page.getByTestId('share-link').click();
  await expect(page.getByTestId('share-done-link')).toHaveText('✓ Copied.');
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toMatch(/#prompt=The\+dragon.*&hash=[0-9a-f]{16}&weights=f16&time=3&selected=\d+&word=\+\w+/);

  // Who gets it has another page, the model already, and none of the runs.
  await page.evaluate(async () => {
    const opening = indexedDB.open('tempo-runs');
    await new Promise((resolve) => (opening.onsuccess = resolve));
    const transaction = opening.result.transaction(['records', 'parts'], 'readwrite');
    for (const name of ['records', 'parts']) transaction.objectStore(name).clear();
    await new Promise((resolve) => (transaction.oncomplete = resolve));
    opening.result.close();
  });
  const other = await context.newPage();
  await other.goto(link);
  const card = other.getByTestId('link-card');
  await expect(card).toContainText('The dragon was sad because');
  await expect(card).toContainText('the story model of this page');
  await expect(card).toContainText('step 3 and a pinned token');
  await expect(other.locator('#lattice')).toHaveCount(0);
  await expect(other.getByTestId('options-on-loan')).toContainText('the link you opened');
  await clean(other, 'the card', '[data-testid=link-card]');
  await other.setViewportSize({ width: 320, height: 800 });
  await expect(other.getByTestId('save')).toBeHidden();
  await noSidewaysScroll(other, 'the card');
  await other.setViewportSize({ width: 1440, height: 1000 });

  // Another run on the screen is another run.
  await other.getByTestId('runs').click();
  await other.getByRole('button', { name: /^One word at a time/ }).click();
  await expect(other.getByTestId('unpin')).toHaveCount(0);
  await expect(other.getByTestId('breadcrumb')).toHaveText(/^step 23/);
  await expect(card).toBeVisible();

  await other.getByTestId('link-compute').click();
  await expect(other.getByTestId('breadcrumb')).toHaveText(where!, { timeout: 60_000 });
  await expect(card).toHaveCount(0);
  await expect(other.locator('#lattice .cell[aria-selected=true]')).toHaveAttribute('data-slot', name!);
  await expect(other.locator(':focus')).toHaveAttribute('data-slot', name!);
  expect(ids(await currentTrace(other))).toEqual(ids(first));
  const weights = server.requests.filter(({ path }) => path.endsWith('model.safetensors'));
  expect(weights.filter(({ range }) => range?.startsWith('bytes=0-'))).toHaveLength(1);
});

test('a link with a short run inside shows it at once, without a model, and computes it by a press', async ({
  page,
  context,
  server,
  open,
}) => {
  await open({ prompt: 'The dragon was sad because', max_steps: 6, device: 'cpu' });
  await goLive(page);
  const first = await generate(page);
  await page.getByRole('slider', { name: 'Step', exact: true }).fill('3');
  await page.getByTestId('share').click();
  const dialog = page.getByTestId('share-dialog');
  await expect(dialog).toContainText('at once, without a model');
  await clean(page, 'sharing', '[data-testid=share-dialog]');
  await dialog.getByTestId('share-inside').click();
  await expect(dialog.getByTestId('share-done-inside')).toHaveText('✓ Copied.');
  await expect(dialog.getByTestId('share-inside')).toBeFocused();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link.length).toBeLessThanOrEqual(8000);

  const fetched = server.requests.length;
  const other = await context.newPage();
  await other.goto(link);
  await expect(other.getByTestId('badge')).toContainText('from a link: not recomputed, made with storyteller');
  await expect(other.getByTestId('breadcrumb')).toHaveText(/^step 3/);
  expect(ids(await currentTrace(other))).toEqual(ids(first));
  expect(server.requests.slice(fetched).some(({ path }) => path.endsWith('model.safetensors'))).toBe(false);
  await expect(other.getByTestId('link-inside')).toContainText('was not recomputed here');
  await clean(other, 'a run of a link', '[data-testid=link-card]');
  // On a phone the card is short, and the run is in the first screen.
  await other.setViewportSize({ width: 390, height: 844 });
  await expect(other.getByTestId('link-inside')).toBeHidden();
  await expect(other.locator('#lattice .cell').first()).toBeInViewport();
  await clean(other, 'a run of a link on a phone', '[data-testid=link-card]');
  await other.getByTestId('link-details').locator('summary').click();
  await expect(other.getByTestId('link-inside')).toBeVisible();
  await other.setViewportSize({ width: 1280, height: 800 });
  await other.getByTestId('link-compute').click();
  await expect(other.getByTestId('badge')).toContainText('live with', { timeout: 60_000 });
  await expect(other.getByTestId('link-card')).toHaveCount(0);
  await expect(other.getByTestId('breadcrumb')).toHaveText(/^step 3/);
});

test('a run inside a link that unpacks without end, is cut off or lies is refused, and the page goes on', async ({
  page,
  open,
}) => {
  const bomb = deflateRawSync(Buffer.alloc(9_000_000, 32)).toString('base64url');
  const lie = deflateRawSync('{"version":2,"words":[],"tokens":[5],"steps":[]}').toString('base64url');
  for (const run of [bomb, lie, lie.slice(0, 20), 'AAAA']) {
    await page.goto('about:blank');
    await open(`#prompt=The+king&run=${run}`);
    await expect(page.locator('[data-code=link-run], [data-code=bad-link]').first()).toBeVisible();
    await expect(page.getByTestId('link-card')).toContainText('The king');
    await expect(page.locator('#lattice')).toHaveCount(0);
  }
});

test('a browser that cannot pack offers no link with the run inside; a file says what the receiver gets', async ({
  page,
  open,
}) => {
  await page.addInitScript(() => Reflect.deleteProperty(window, 'CompressionStream'));
  await open();
  const buffer = await readFile(new URL('../../www/dist/traces/wide.jsonl', import.meta.url));
  await page.getByTestId('runs').click();
  await page.getByTestId('open-trace').setInputFiles({ name: 'my notes.jsonl', mimeType: 'text/plain', buffer });
  await expect(page.getByTestId('badge')).toContainText('from a file');
  await page.getByTestId('share').click();
  await expect(page.getByTestId('share-dialog')).toContainText('The name of your file stays here');
  await expect(page.getByTestId('share-inside')).toHaveCount(0);
  await page.getByTestId('share-link').click();
  await expect(page.getByTestId('share-done-link')).toHaveText('✓ Copied.');
  expect(await page.evaluate(() => navigator.clipboard.readText())).not.toContain('notes');
});

test('a link to a model that only the sender has says so; a link to one of another site asks first', async ({
  page,
  open,
}) => {
  await open('#prompt=The+king&model=SmolLM2-135M-Instruct.Q4_1&time=4');
  const card = page.getByTestId('link-card');
  await expect(card).toContainText('SmolLM2-135M-Instruct.Q4_1');
  await expect(card.getByTestId('link-model')).toBeVisible();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page.locator(':focus')).toHaveText('Choose the file of this model');
  await page.goto('about:blank');
  await open('#prompt=The+king&model=owner/name&weights=q8&time=4');
  await expect(card).toContainText('owner/name, weights kept as q8');
  await expect(card.getByTestId('link-need')).toBeVisible();
  await card.getByTestId('link-dismiss').click();
  await expect(page.locator('#lattice .cell').first()).toBeVisible();
  await expect(card).toHaveCount(0);
});

test('a run of the same prompt and options with another file is told from that of the link', async ({ page, open }) => {
  await open(`#prompt=The+king&max_steps=3&device=cpu&hash=${'0'.repeat(16)}&time=1&selected=2`);
  await page.getByTestId('link-compute').click();
  await expect(page.getByTestId('link-otherwise')).toContainText('another file of the model', { timeout: 60_000 });
  await expect(page.getByTestId('badge')).toContainText('live with');
  await expect(page.getByTestId('unpin')).toHaveCount(0);
});

test('a picture that is older than the controls says so', async ({ page, open }) => {
  await open({ prompt: 'Once upon a time', max_steps: 2, device: 'cpu' });
  await generate(page);
  const older = page.getByTestId('options-differ');
  await expect(older).toHaveCount(0);
  await page.getByTestId('prompt').fill('The dragon was sad because');
  await expect(older).toContainText('older than the controls: it was made with another prompt');
  await generate(page);
  await expect(older).toHaveCount(0);
});

test('the look of a link is not kept, and links are explained for teachers', async ({ page, open }) => {
  await open('#trace=wide.jsonl&time=4&selected=9&hide=presets,more&look=projector');
  await expect(page.locator('html')).toHaveAttribute('data-look', 'projector');
  await expect(page.getByTestId('breadcrumb')).toContainText('step 4');
  await expect(page.getByTestId('unpin')).toBeVisible();
  await openSettings(page);
  await expect(page.getByTestId('option-selection_threshold')).toBeVisible();
  for (const id of ['preset-coherent', 'more']) await expect(page.getByTestId(id)).toHaveCount(0);
  await page.getByTestId('help').click();
  const teachers = page.getByTestId('for-teachers');
  for (const example of ['trace=wide.jsonl', 'hide=presets,more', 'look=projector'])
    await expect(teachers.locator('dt', { hasText: example })).toBeVisible();
  // How a class comes to the page stands there, too.
  await expect(teachers.getByText('python3 -m http.server')).toBeVisible();
  await page.goto('about:blank');
  await open();
  await expect(page.locator('html')).not.toHaveAttribute('data-look', /./);
});

test('why a run ended stands in the lattice and in Time', async ({ page, open }) => {
  await open();
  for (const id of ['end-in-lattice', 'end-in-time'])
    await expect(page.getByTestId(id)).toContainText('the number of steps is reached');
  await expect(page.getByTestId('end-in-lattice')).toBeInViewport();
  await page.getByRole('slider', { name: 'Step', exact: true }).fill('3');
  await expect(page.getByTestId('end-in-lattice')).toHaveCount(0);
  await expect(page.getByTestId('end-in-time')).toBeVisible();
});
