// Where the page is opened: over http in a class, as a file from a stick, without JavaScript, in a browser too old for it.

import { readFile } from 'node:fs/promises';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { WITH_WEBGPU } from './support/browser.ts';
import { DIST, expect, generate, goLive, PATIENCE, test } from './support/page.ts';

// A computer of the class by its name. Browsers take such a page for less than one of this computer.
test.use({
  launchOptions: {
    ...WITH_WEBGPU,
    args: [...WITH_WEBGPU.args!, '--host-resolver-rules=MAP classroom 127.0.0.1'],
  },
});

const inClass = (origin: string): string => origin.replace('localhost', 'classroom');

test('over http the page runs live on the CPU, says that http is the cause, and says it once', async ({
  page,
  server,
  faults,
}) => {
  const origin = inClass(server.origin);
  faults.allowOrigin(origin);
  await page.goto(`${origin}/#max_steps=3`);
  expect(await page.evaluate(() => isSecureContext)).toBe(false);
  await expect(page.getByTestId('live-card')).toContainText('not kept');
  await goLive(page);
  const trace = await generate(page);
  expect(trace.steps).toHaveLength(3);
  const notice = page.locator('.notice');
  await expect(notice).toHaveAttribute('data-code', 'insecure');
  await expect(notice).toContainText('This page came over http');
  // Behind it is only that the trace was saved for this test.
  await page.getByRole('button', { name: /^Dismiss: / }).click();
  await expect(notice).toHaveAttribute('data-code', 'trace-saved');
  await expect(page.getByTestId('next-notice')).toHaveCount(0);
});

test('over http check.html names http, judges by the measured step, and its report can be copied', async ({
  page,
  server,
  faults,
}) => {
  const origin = inClass(server.origin);
  faults.allowOrigin(origin);
  await page.goto(`${origin}/check.html`);
  const verdict = page.locator('#verdict');
  await expect(verdict.locator('h2')).toHaveText('Live, on the CPU, not kept');
  await expect(verdict).toContainText('This page came over http, so the browser hides its graphics device and storage');
  await page.getByTestId('check-step').click();
  await expect(page.locator('#step-said')).toHaveText('Done, on the CPU.', {
    timeout: PATIENCE,
  });
  await expect(verdict.locator('h2')).toHaveText(/^Live, on the CPU, not kept/);
  await expect(verdict).toContainText(/A step of the story model took \d/);

  await page.getByTestId('check-copy').click();
  await expect(page.locator('#report-said')).toHaveText('Copied. Paste it into a message.');
  await page.evaluate(() => {
    const field = document.body.appendChild(document.createElement('textarea'));
    field.id = 'paste';
    field.focus();
  });
  await page.keyboard.press('Control+V');
  const pasted = await page.locator('#paste').inputValue();
  expect(pasted).toContain('Live, on the CPU, not kept');
  expect(pasted).toMatch(/One step: \d.* on the CPU \[/);
  expect(pasted).toContain(`Address: ${origin}/check.html`);
});

test('where nothing can be copied the report stands there, selected', async ({ page, server }) => {
  await page.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, 'clipboard', {
      get: () => undefined,
    });
    document.execCommand = () => false;
  });
  await page.goto(`${server.origin}/check.html`);
  await page.getByTestId('check-copy').click();
  const report = page.locator('#report');
  await expect(report).toBeVisible();
  await expect(report).toBeFocused();
  await expect(report).toHaveValue(/^TEMPO, test of a machine\n/);
  const selected = await report.evaluate((field: HTMLTextAreaElement) => field.selectionEnd - field.selectionStart);
  expect(selected).toBe((await report.inputValue()).length);
});

/** The words are there for whoever looks, and say how to serve the folder. */
async function saysHowToServe(page: Page): Promise<void> {
  const words = page.locator('.unstarted');
  await expect(words).toBeVisible();
  for (const way of ['python3 -m http.server', 'npx serve', 'opened as a file', 'JavaScript is switched off']) {
    await expect(words).toContainText(way);
  }
}

for (const name of ['index.html', 'check.html']) {
  test(`${name} as a file says how to serve the folder`, async ({ page, faults }) => {
    faults.allow(/./);
    await page.goto(`file://${DIST}/${name}`);
    await saysHowToServe(page);
    await expect(page.locator('button:visible'), 'nothing to press that does nothing').toHaveCount(0);
    await expect(page.locator('body'), 'in its own looks').toHaveCSS('box-sizing', 'border-box');
  });

  test(`${name} says the same when its scripts do not arrive`, async ({ page, server, faults }) => {
    faults.allow(/ERR_/);
    server.block(/\.js$/);
    await page.goto(`${server.origin}/${name}`);
    await saysHowToServe(page);
    for (const width of [320, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
      expect(await page.evaluate(() => document.scrollingElement!.scrollWidth)).toBeLessThanOrEqual(width);
    }
  });

  test(`${name} needs no script to say it`, async ({ browser, server }) => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${server.origin}/${name}`);
    await saysHowToServe(page);
    await context.close();
  });

  test(`${name} drops these words when it starts, and shows them to nobody before`, async ({ page, server }) => {
    const html = await readFile(`${DIST}/${name}`, 'utf8');
    expect(html).toContain('class="unstarted"');
    // Scripts are held back: until then the first picture is empty and not a warning.
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    await page.route(/\.js$/, async (route) => (await held, await route.continue()));
    await page.goto(`${server.origin}/${name}`, { waitUntil: 'commit' });
    const words = page.locator('.unstarted');
    await expect(words).toHaveCSS('visibility', 'hidden');
    release();
    await expect(words).toHaveCount(0);
  });
}
