// The first screen: what is shown and what to press next, a run that plays once and stops for whoever does something,
// settings that are folded, and the answer to a press in view at every width.

import { clean, noSidewaysScroll } from './support/access.ts';
import { WITHOUT_ADAPTER } from './support/browser.ts';
import { expect, generate, goLive, openSettings, test, waitForState } from './support/page.ts';

test.use({ launchOptions: WITHOUT_ADAPTER });

test('the first screen says what it is, how to read it, and what to press, and is fetched without the settings', async ({
  page,
  open,
}) => {
  await open();
  await expect(page.getByRole('heading', { name: 'What else could it have said?' })).toBeInViewport();
  await expect(page.getByTestId('door')).toContainText(
    'TEMPO keeps every word that is likely enough (here: 10 % or more), side by side',
  );
  await expect(page.getByTestId('door')).toContainText('A recording of a real run');
  await expect(page.getByTestId('door-play')).toHaveText('Play it step by step');
  await expect(page.getByTestId('door-try')).toHaveText(/^Try your own sentence · small story model, [\d.]+.MB$/);
  await expect(page.getByTestId('legend')).toContainText('several at the same place');
  await expect(page.locator('#lattice .cell').last()).toBeInViewport();
  await page.waitForLoadState('networkidle');
  const fetched = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
  expect(fetched.filter((name) => /\/asked-/.test(name))).toEqual([]);
});

test('one button is filled at a time: play, then a sentence of one’s own, then what runs it', async ({
  page,
  open,
}) => {
  const filled = page.locator('[data-testid=door] .button.strong, section.bar .button.strong');
  await open();
  await expect(filled).toHaveText([/^Play it/]);
  await page.getByTestId('door-play').click();
  await expect(filled).toHaveText(['Pause']);
  await page.getByTestId('door-play').click();
  await expect(filled).toHaveText([/^Try your own sentence/]);
  await page.getByTestId('prompt').click();
  await expect(filled).toHaveText(['Generate']);
  await page.getByTestId('prompt').blur();
  await expect(filled).toHaveText(['Generate']);
});

test('what orange means is said without scrolling, also at 320 px; with 200 % of zoom the lattice is seen', async ({
  page,
  open,
}) => {
  await page.setViewportSize({ width: 320, height: 568 });
  await open();
  const key = page.getByTestId('door-key');
  await expect(key).toBeInViewport({ ratio: 1 });
  await expect(key.locator('.several')).toBeInViewport({ ratio: 1 });
  await noSidewaysScroll(page, '320 px');
  await page.setViewportSize({ width: 720, height: 450 });
  await expect(page.locator('#lattice h2')).toBeInViewport({ ratio: 1 });
  await noSidewaysScroll(page, '200 % of zoom');
});

test('until something is pinned no room is kept for what was left out; then it comes once', async ({ page, open }) => {
  await open();
  const cells = page.locator('#lattice .cell');
  const empty = (): Promise<number> =>
    page.evaluate(() => {
      const low = Math.max(
        ...[...document.querySelectorAll('#lattice .cell')].map((e) => e.getBoundingClientRect().bottom),
      );
      return document.querySelector('#lattice .board')!.getBoundingClientRect().bottom - low;
    });
  expect(await empty()).toBeLessThan(40);
  await cells.last().click();
  await expect(page.locator('#lattice .ghost').first()).toBeVisible();
  const height = await page.locator('#lattice .board').evaluate((board) => board.clientHeight);
  await page.keyboard.press('Escape');
  await expect(page.locator('#lattice .ghost')).toHaveCount(0);
  expect(await page.locator('#lattice .board').evaluate((board) => board.clientHeight)).toBe(height);
});

test('an example fills the prompt, and the press that names the model loads it', async ({ page, open }) => {
  await open({ device: 'cpu' });
  await page.getByTestId('example').filter({ hasText: 'The dragon was sad because' }).click();
  await expect(page.getByTestId('prompt')).toHaveValue('The dragon was sad because');
  await page.getByTestId('door-try').click();
  await expect(page.getByTestId('prompt')).toBeFocused();
  await waitForState(page, 'ready');
  await expect(page.getByTestId('door-try')).toHaveText('Try your own sentence');
});

test('under the prompt stand its key and its length: an estimate at first, the tokens of the model once it is loaded', async ({
  page,
  open,
}) => {
  await open({ prompt: 'Once upon a time', device: 'cpu', max_steps: 1 });
  const note = page.getByTestId('prompt-note');
  await expect(note).toHaveText(/^Ctrl\+Enter generates\. About 4 tokens \(words or parts of words\)\.$/);
  await expect(page.getByTestId('prompt')).toHaveAccessibleDescription(/About 4 tokens/);
  await goLive(page);
  const { run } = await generate(page);
  const { length } = run.prompt.tokens;
  await expect(note).toContainText(`${length} tokens; prompt and continuation together may have 512.`);

  await page.getByTestId('prompt').fill('word '.repeat(600));
  await expect(note).toContainText('Too long: ');
  expect(Number(await note.locator('[data-tokens]').getAttribute('data-tokens'))).toBeGreaterThanOrEqual(600);
  await expect(note.locator('svg')).toBeVisible();
});

test('alone in the window the lattice takes its height, and time goes on below it', async ({ page, open }) => {
  await page.setViewportSize({ width: 1440, height: 1100 });
  await open('#trace=letter.jsonl&time=5');
  const cell = page.locator('#lattice .cell').first();
  const letters = (): Promise<number> => cell.evaluate((it) => parseFloat(getComputedStyle(it).fontSize));
  const before = await letters();
  const board = page.locator('#lattice .board');
  await page.getByRole('button', { name: 'Maximise Place by place' }).click();
  await expect.poll(letters).toBeGreaterThan(1.3 * before);
  expect((await board.boundingBox())!.height).toBeGreaterThan(400);
  const slider = page.getByRole('slider', { name: 'Step', exact: true });
  await expect(slider).toBeInViewport();
  await slider.press('ArrowRight');
  await expect(slider).toHaveValue('6');
  await expect(page.locator('#lattice .column').last()).toBeInViewport();
  await clean(page, 'the lattice alone');
  await page.getByRole('button', { name: 'Restore Place by place' }).press('Escape');
  await expect.poll(letters).toBe(before);
});

test('the words can be put away, which is kept, and called back', async ({ page, open }) => {
  await open();
  await page.getByTestId('door-close').click();
  await expect(page.getByTestId('door')).toHaveCount(0);
  await expect(page.getByTestId('door-open')).toBeFocused();
  await page.reload();
  await expect(page.locator('#lattice .cell').first()).toBeVisible();
  await expect(page.getByTestId('door')).toHaveCount(0);
  await page.getByTestId('door-open').click();
  await expect(page.getByTestId('door')).toBeVisible();
});

test('where nothing may move the run stands still at its step, and plays when asked', async ({ page, open }) => {
  await open();
  const where = page.getByTestId('breadcrumb');
  const step = await where.textContent();
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeVisible();
  await page.getByTestId('door-play').click();
  await expect(page.getByTestId('door-play')).toHaveText('Pause');
  await expect(where).not.toHaveText(step!);
});

test.describe('where things may move', () => {
  test.use({ contextOptions: { reducedMotion: 'no-preference' } });

  test('the first run plays once by itself, silently, from an early step to its end', async ({ page, open }) => {
    await page.clock.install();
    await open();
    // From here on time goes on when it is told to: a busy machine would be at the end before anybody looks.
    await page.clock.pauseAt((await page.evaluate(() => Date.now())) + 500);
    const where = page.getByTestId('breadcrumb');
    await expect(where).toHaveText(/^step \d+$/);
    const step = async (): Promise<number> => Number((await where.innerText()).slice('step '.length));
    const early = await step();
    expect(early).toBeLessThan(12);
    await expect(page.getByTestId('door-play')).toHaveText('Pause');
    await page.clock.runFor(700);
    await expect.poll(step).toBeGreaterThan(early);
    expect(await step()).toBeLessThan(early + 4);
    await page.clock.runFor(600);
    await expect(page.getByTestId('live-region')).toHaveText('');
    await page.clock.runFor(60_000);
    await expect(page.getByTestId('door-play')).toHaveText(/^Play/);
    await expect(page.getByTestId('end-in-lattice')).toBeVisible();
  });

  for (const [what, act] of [
    ['a key', (page) => page.keyboard.press('Tab')],
    ['a press on a token', (page) => page.locator('#lattice .cell').first().click()],
    ['Pause', (page) => page.getByTestId('door-play').click()],
    ['the key of Play', (page) => page.keyboard.press('k')],
  ] as [string, (page: import('@playwright/test').Page) => Promise<void>][]) {
    test(`${what} ends what plays by itself`, async ({ page, open }) => {
      await page.clock.install();
      await open();
      await expect(page.getByTestId('door-play')).toHaveText('Pause');
      await act(page);
      await expect(page.getByTestId('door-play')).toHaveText(/^Play/);
      const where = (await page.getByTestId('breadcrumb').locator('.step').textContent())!;
      await page.clock.runFor(5000);
      await expect(page.getByTestId('breadcrumb').locator('.step')).toHaveText(where);
    });
  }

  test('a link never plays by itself', async ({ page, open }) => {
    await open('#time=4');
    await expect(page.getByTestId('breadcrumb')).toHaveText('step 4');
    await expect(page.getByTestId('door-play')).toHaveText(/^Play/);
  });
});

test('settings are folded, say what a preset gives before it is pressed, and stay open for whoever wants everything', async ({
  page,
  open,
}) => {
  await open();
  await expect(page.getByTestId('run-settings')).toHaveCount(0);
  // The preset that runs begin with has a name that says nothing yet; any other is told.
  await expect(page.getByTestId('run-settings-button')).toHaveText('Settings of the run');
  await openSettings(page);
  await page.getByTestId('preset-greedy').click();
  await expect(page.getByTestId('run-settings-button')).toContainText('Greedy');
  await expect(page.getByTestId('preset-greedy')).toContainText('Ordinary decoding: one word at a time.');
  await clean(page, 'settings', '#run-settings');
  await page.getByRole('checkbox', { name: 'Show everything' }).check();
  await expect(page.locator('#inspector')).toBeVisible();
  await page.reload();
  await expect(page.getByTestId('preset-greedy')).toBeVisible();
  await expect(page.locator('#inspector')).toBeVisible();
  await page.getByRole('button', { name: 'Close the settings' }).click();
  await expect(page.getByTestId('run-settings')).toHaveCount(0);
  await expect(page.getByTestId('run-settings-button')).toBeFocused();
});

test('the key of the threshold opens the settings and leads there', async ({ page, open }) => {
  await open();
  await page.keyboard.press('t');
  await expect(page.locator('#option-selection_threshold')).toBeFocused();
});

for (const [name, width, height, link] of [
  ['a wide window', 1440, 900, ''],
  ['a projector', 1280, 800, '#look=projector'],
  ['a small laptop', 1100, 700, ''],
  ['a tablet', 900, 700, ''],
  ['200 % of zoom', 720, 450, ''],
  ['a tablet held upright', 768, 1024, ''],
  ['a phone', 390, 844, ''],
  ['the smallest phone', 320, 640, ''],
] as const) {
  test(`the answer to a press is in view: ${name}`, async ({ page, open }) => {
    await page.setViewportSize({ width, height });
    await open(link);
    const cell = page
      .locator('#lattice .cell.sibling')
      .filter({ hasText: /[a-z]{3}/ })
      .last();
    const word = (await cell.locator('.word').textContent())!;
    await cell.click();
    const answer = page
      .getByTestId('why-line')
      .or(page.locator('#inspector-page p').filter({ hasText: word }))
      .first();
    await expect(answer).toBeInViewport({ ratio: 0.9 });
    await expect(answer).toContainText(word);
    await noSidewaysScroll(page, name);
  });
}

test('the inspector comes with the first press, and goes when it is closed; two lines then answer', async ({
  page,
  open,
}) => {
  await open();
  await expect(page.locator('#inspector')).toHaveCount(0);
  await page.locator('#lattice .cell.sibling').last().click();
  await expect(page.locator('#inspector')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.locator('#inspector'), 'it stays').toBeVisible();
  await page.locator('#lattice .cell.sibling').last().click();
  await page.getByRole('button', { name: 'Close Inspector' }).click();
  await expect(page.locator('#inspector')).toHaveCount(0);
  await expect(page.locator(':focus')).toHaveClass(/cell/);
  await expect(page.getByTestId('why-line')).toBeVisible();
});

test('on a phone the newest row stands above the dock, at first, playing and generating', async ({ page, open }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await open({ device: 'cpu', max_steps: 12 });
  const rows = page.locator('#lattice .cell');
  const dock = page.locator('.time');
  const newestIsSeen = async (): Promise<void> => {
    await expect
      .poll(async () => {
        const [row, edge] = await Promise.all([rows.last().boundingBox(), dock.boundingBox()]);
        return row !== null && edge !== null && row.y >= 0 && row.y + row.height <= edge.y + 1;
      })
      .toBe(true);
  };
  await newestIsSeen();
  expect((await dock.boundingBox())!.height, 'the dock is one row').toBeLessThan(72);
  await dock.getByRole('button', { name: 'Play', exact: true }).click();
  await newestIsSeen();
  await dock.getByRole('button', { name: 'Pause', exact: true }).click();
  await page.locator('details.model > summary').click();
  await goLive(page);
  await page.getByTestId('generate').click();
  await waitForState(page, 'running');
  await waitForState(page, 'ready');
  await newestIsSeen();
});

test('on a phone the token that was pressed stands above the sheet that explains it', async ({ page, open }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await open();
  const cell = page.locator('#lattice .cell.sibling').last();
  const sheet = page.locator('.sheet.open');
  await cell.click();
  await expect(sheet).toBeVisible();
  await expect
    .poll(async () => {
      const [pressed, edge] = await Promise.all([cell.boundingBox(), sheet.boundingBox()]);
      return pressed !== null && edge !== null && pressed.y > 0 && pressed.y + pressed.height <= edge.y;
    })
    .toBe(true);
});

test('the shares of kin leave the numbers of the positions readable, in large letters too', async ({ page, open }) => {
  await open('#look=projector');
  await page.locator('#lattice .cell.sibling').last().click();
  await expect(page.locator('#lattice .place[data-kin*="%"]').first()).toBeAttached();
  const overlaps = await page.locator('#lattice .column').evaluateAll((columns) =>
    columns.flatMap((column) => {
      const place = column.querySelector('.place');
      const number = column.querySelector('.number');
      if (!place || !number || !/%/.test(place.getAttribute('data-kin') ?? '')) return [];
      const badge = getComputedStyle(place, '::before');
      const range = document.createRange();
      range.selectNodeContents(number);
      const letters = parseFloat(getComputedStyle(number).fontSize);
      const { top, height } = range.getBoundingClientRect();
      // Digits stand in the middle of their line, three quarters of its letters high.
      const bottom = top + height / 2 + 0.37 * letters;
      return bottom > place.getBoundingClientRect().top + parseFloat(badge.insetBlockStart) ? [number.textContent] : [];
    }),
  );
  expect(overlaps).toEqual([]);
});

test('the first screen of the smallest phone has a row of the lattice', async ({ page, open }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await open();
  const dock = page.locator('.time');
  await expect
    .poll(async () => {
      const edge = (await dock.boundingBox())!.y;
      const cells = await page.locator('#lattice .cell').all();
      const boxes = await Promise.all(cells.slice(-8).map((cell) => cell.boundingBox()));
      const top = (await page.locator('#lattice .scroller').boundingBox())!.y;
      return boxes.filter((box) => box && box.y >= top && box.y + box.height <= edge).length;
    })
    .toBeGreaterThan(0);
});

test('on a phone a notice is one line over the header and opens when it is pressed', async ({ page, open }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await open('#time=4&selected=9&word=+nothing');
  const notice = page.locator('[data-code=link-differs]');
  await expect(notice).toBeInViewport();
  const { y, height } = (await notice.boundingBox())!;
  expect(y + height).toBeLessThan(72);
  const line = notice.locator('button[aria-expanded]');
  await line.click();
  await expect(line).toHaveAttribute('aria-expanded', 'true');
  await expect(notice.locator('p').first()).toBeVisible();
  await clean(page, 'a notice', '[data-testid=notices]');
});
