// What a visitor has made stays: prompt, options and runs survive a reload, Back and a second tab, and can be deleted.

import type { Page } from '@playwright/test';
import { clean } from './support/access.ts';
import { WITHOUT_ADAPTER } from './support/browser.ts';
import { currentTrace, expect, generate, goLive, ids, openSettings, test, waitForState } from './support/page.ts';

test.use({ launchOptions: WITHOUT_ADAPTER });

const PROMPT = 'The dragon was sad because';
const crumb = (page: Page) => page.getByTestId('breadcrumb');
const badge = (page: Page) => page.getByTestId('badge');

/** Parts of runs that lie in storage. */
const partsKept = (page: Page): Promise<number> =>
  page.evaluate(
    () =>
      new Promise<number>((resolve, reject) => {
        const opening = indexedDB.open('tempo-runs');
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const counting = opening.result.transaction('parts').objectStore('parts').count();
          counting.onsuccess = () => resolve(counting.result);
          opening.result.close();
        };
      }),
  );

/** By the palette, which has everything wherever the page shows it. */
async function greedy(page: Page): Promise<void> {
  await page.getByTestId('palette').click();
  await page.getByRole('combobox', { name: 'Command' }).fill('Preset: Greedy');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toHaveCount(0);
}

/** A finished run of the story model, with a prompt and options of the visitor. */
async function finishedRun(page: Page) {
  await page.getByTestId('prompt').fill(PROMPT);
  await greedy(page);
  return generate(page);
}

async function runsListed(page: Page): Promise<string[]> {
  await page.getByTestId('runs').click();
  await expect(page.getByTestId('runs-dialog')).toBeVisible();
  const titles = await page.getByTestId('runs-dialog').locator('.title').allTextContents();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  return titles;
}

test('a reload keeps prompt, options and a finished run, at its step', async ({ page, open }) => {
  await open({ device: 'cpu' });
  await goLive(page);
  const run = await finishedRun(page);
  await page.getByRole('slider', { name: 'Step', exact: true }).fill('3');
  await page.getByTestId('prompt').fill('The next one');
  await page.reload();
  await expect(badge(page)).toContainText('live with storyteller');
  await expect(crumb(page)).toHaveText(/^step 3/);
  await expect(page.getByTestId('prompt')).toHaveValue('The next one');
  expect(ids(await currentTrace(page))).toEqual(ids(run));
  expect(await runsListed(page)).toContain(PROMPT);
  expect((await generate(page)).run.options.max_set).toBe(1);
});

test('after a reload the run that was open is the first picture, without another one before it', async ({
  page,
  open,
}) => {
  await open({ device: 'cpu' });
  await goLive(page);
  await finishedRun(page);
  await expect.poll(() => partsKept(page)).toBeGreaterThan(0);
  await page.addInitScript(() => {
    const seen: string[] = [];
    Object.assign(window, { seenRuns: seen });
    new MutationObserver(() => {
      const title = document.querySelector('[data-testid=badge]')?.textContent?.trim();
      if (title && document.querySelector('#lattice .cell') && seen.at(-1) !== title) seen.push(title);
    }).observe(document, { subtree: true, childList: true, characterData: true });
  });
  await page.evaluate(() => history.replaceState(null, '', location.pathname));
  await page.reload();
  await expect(badge(page)).toContainText('live with storyteller');
  const seen = await page.evaluate(() => (window as unknown as { seenRuns: string[] }).seenRuns);
  expect(seen).toHaveLength(1);

  // One that was deleted meanwhile gives way to the usual run.
  await page.evaluate(() => new Promise((done) => (indexedDB.deleteDatabase('tempo-runs').onsuccess = done)));
  await page.goto('about:blank');
  await page.goBack();
  await expect(badge(page)).toContainText('recorded with');
});

test('a reload in the middle of a run keeps the part that was computed, and says that it stopped', async ({
  page,
  open,
}) => {
  await open({ min_steps: 400, max_steps: 400, max_set: 1, device: 'cpu' });
  await goLive(page);
  await page.getByTestId('generate').click();
  await expect.poll(() => partsKept(page), { timeout: 60_000 }).toBeGreaterThan(3);
  await page.reload();
  await expect(badge(page)).toContainText('live with storyteller');
  await expect(page.getByTestId('end-in-time')).toContainText('stopped');
  const part = await currentTrace(page);
  expect(part.steps.length).toBeGreaterThan(4);
  expect(part.steps.length).toBeLessThan(400);
  await page.getByTestId('runs').click();
  await expect(page.getByTestId('runs-dialog')).toContainText(`kept up to step ${part.steps.length - 1}`);
});

test('Back from another page keeps the run; the page that tests the machine opens beside this one', async ({
  page,
  context,
  server,
  open,
}) => {
  await open({ device: 'cpu' });
  await goLive(page);
  await finishedRun(page);
  const opening = context.waitForEvent('page');
  await page.getByRole('link', { name: 'Test this machine' }).click();
  const check = await opening;
  await expect(check).toHaveURL(/check\.html$/);
  await check.close();
  await page.goto(`${server.origin}/check.html`);
  await page.goBack();
  await expect(badge(page)).toContainText('live with storyteller');
  await expect(page.getByTestId('prompt')).toHaveValue(PROMPT);
});

test('two tabs add runs side by side; what one deletes vanishes from the other', async ({
  page,
  context,
  server,
  open,
}) => {
  await open({ device: 'cpu' });
  const other = await context.newPage();
  await other.goto(`${server.origin}/#device=cpu`);
  for (const [tab, prompt] of [
    [page, 'The king'],
    [other, 'The fox'],
  ] as const) {
    await tab.bringToFront();
    await goLive(tab);
    await tab.getByTestId('prompt').fill(prompt);
    await greedy(tab);
    await generate(tab);
  }
  await expect.poll(() => partsKept(page)).toBeGreaterThan(2);
  for (const tab of [page, other]) {
    await tab.bringToFront();
    await tab.reload();
    await expect(badge(tab)).toContainText('live with');
    await expect.poll(() => runsListed(tab)).toEqual(expect.arrayContaining(['The king', 'The fox']));
  }
  await expect(page.getByTestId('prompt')).toHaveValue('The king');
  await expect(other.getByTestId('prompt')).toHaveValue('The fox');

  await other.getByTestId('runs').click();
  await clean(other, 'runs with deletion', '[data-testid=runs-dialog]');
  await other.getByRole('button', { name: 'Delete: The king' }).click();
  await other.getByRole('button', { name: 'Really delete: The king' }).click();
  await expect(other.getByRole('button', { name: 'Delete: The king' })).toHaveCount(0);
  await other.keyboard.press('Escape');
  // It was on the screen of the first tab.
  await expect(badge(page)).toContainText('recorded');
  await expect.poll(() => runsListed(page)).not.toContain('The king');
  expect(await runsListed(page)).not.toContain('The king');
});

test('what is kept is said in the settings with its size, and all of it can be deleted', async ({ page, open }) => {
  await open({ device: 'cpu' });
  await goLive(page);
  await finishedRun(page);
  await page.getByTestId('settings').click();
  const here = page.getByTestId('kept-here');
  await expect(here).toContainText(/Models: 6\.7.MB, 1 model/);
  await expect(here).toContainText(/Runs: \d+.*kB, 1 run\./);
  await clean(page, 'settings', '[data-testid=settings-dialog]');
  await here.getByTestId('delete-runs').click();
  await here.getByTestId('delete-runs').click();
  await expect(here).toContainText('No runs of yours');
  await here.getByTestId('reset-draft').click();
  await page.keyboard.press('Escape');
  await expect(badge(page)).toContainText('recorded');
  expect(await partsKept(page)).toBe(0);
  await page.reload();
  await expect(page.getByTestId('prompt')).toHaveValue('Once upon a time');
  await expect(badge(page)).toContainText('recorded');
  expect(await runsListed(page)).not.toContain(PROMPT);
  // Where runs or models are deleted, the way to all of it stands too.
  for (const [opener, dialog] of [
    ['runs', 'runs-dialog'],
    ['open-models', 'model-dialog'],
  ] as const) {
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await page.getByTestId(opener).click();
    await page.getByTestId(dialog).getByTestId('all-kept').click();
    await expect(page.getByTestId('kept-here')).toBeVisible();
  }
});

test('a trace that was opened is kept; a link wins over what was open', async ({ page, open }) => {
  await open();
  await page.getByTestId('runs').click();
  const text = await page.evaluate(async () => (await fetch('traces/wide.jsonl')).text());
  await page.getByTestId('open-trace').setInputFiles({
    name: 'mine.jsonl',
    mimeType: 'text/plain',
    buffer: Buffer.from(text),
  });
  await expect(badge(page)).toContainText('from a file');
  await expect.poll(() => partsKept(page)).toBe(1);
  // Storage has it a moment before the page hears of that and writes down what is open.
  const draft = (): Promise<string> => page.evaluate(() => sessionStorage.getItem('tempo-draft') ?? '');
  await expect.poll(draft).toContain('"opened":{"');
  await page.reload();
  await expect(badge(page)).toContainText('from a file');
  await page.goto('about:blank');
  await open('#trace=greedy.jsonl&time=2');
  await expect(crumb(page)).toHaveText(/^step 2/);
  await expect(badge(page)).toContainText('recorded');
  await page.getByTestId('runs').click();
  await expect(page.getByTestId('runs-dialog')).toContainText('mine.jsonl');
});

test('a link to a run that was kept shows it again', async ({ page, open }) => {
  await open({ prompt: PROMPT, max_steps: 5, device: 'cpu' });
  await goLive(page);
  await generate(page);
  await expect(page.getByTestId('link-card')).toHaveCount(0);
  await page.reload();
  await expect(badge(page)).toContainText('live with storyteller');
  await expect(page.getByTestId('link-card')).toHaveCount(0);
});

test('prompt and options of a link are nobody’s own: they do not stay', async ({ page, open }) => {
  await open();
  await page.getByTestId('prompt').fill('Mine');
  await open('#prompt=The+king&max_set=3');
  await page.goto('about:blank');
  await open();
  await expect(page.getByTestId('prompt')).toHaveValue('Mine');
  await openSettings(page);
  await expect(page.getByTestId('preset-coherent')).toHaveAttribute('aria-pressed', 'true');
});

for (const [name, stub] of [
  [
    'is forbidden',
    () =>
      (indexedDB.open = () => {
        throw new DOMException('no', 'SecurityError');
      }),
  ],
  [
    'fails',
    () =>
      (indexedDB.open = () =>
        Object.assign(new EventTarget(), {
          set onerror(call: () => void) {
            setTimeout(call);
          },
        }) as never),
  ],
  [
    'is full',
    () =>
      (IDBObjectStore.prototype.put = () => {
        throw new DOMException('full', 'QuotaExceededError');
      }),
  ],
] as const) {
  test(`where storage ${name} the page says once that runs are not kept, and asks before they are lost`, async ({
    page,
    open,
  }) => {
    await page.addInitScript(stub);
    await open({ device: 'cpu' });
    const dialogs: string[] = [];
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.type());
      void dialog.accept();
    });
    // Nothing would be lost yet.
    await page.getByTestId('prompt').fill('Mine');
    await page.reload();
    await expect(page.getByTestId('prompt')).toHaveValue('Mine');
    expect(dialogs).toEqual([]);
    await expect(page.locator('[data-code=runs-not-kept]')).toHaveCount(0);

    await goLive(page);
    await finishedRun(page);
    await expect(page.locator('[data-code=runs-not-kept]')).toBeVisible();
    await page.getByRole('button', { name: /^Dismiss: Your runs/ }).click();
    await generate(page);
    await expect(page.locator('[data-code=runs-not-kept]')).toHaveCount(0);
    await page.getByTestId('runs').click();
    await expect(page.getByTestId('not-kept')).toHaveCount(2);
    await page.keyboard.press('Escape');
    await page.reload();
    expect(dialogs).toEqual(['beforeunload']);
    await waitForState(page, 'recorded');
  });
}

test('whatever lies in storage, the page comes up and goes on keeping', async ({ page, open }) => {
  await open();
  await page.evaluate(async () => {
    sessionStorage.setItem('tempo-draft', '{"version":1,"prompt":7,"opened":{"key":"a","step":"x"}}');
    localStorage.setItem('tempo-draft', '[');
    const opening = indexedDB.open('tempo-runs');
    await new Promise((resolve) => (opening.onsuccess = resolve));
    const transaction = opening.result.transaction(['records', 'parts'], 'readwrite');
    const records = transaction.objectStore('records');
    records.put({ key: 'a', version: 1 });
    records.put({ key: 'b', version: 99, begun: 'x', bytes: -1 });
    records.put({ key: '<img src=x>', title: '<b>' });
    transaction.objectStore('parts').put('no bytes', ['a', 0]);
    await new Promise((resolve) => (transaction.oncomplete = resolve));
    opening.result.close();
  });
  await page.goto('about:blank');
  await open({ device: 'cpu' });
  await expect(page.getByTestId('prompt')).toHaveValue('Once upon a time');
  await goLive(page);
  await finishedRun(page);
  await page.reload();
  await expect(badge(page)).toContainText('live with storyteller');
});
