// Without a network: what was here once works again, with the server gone.

import { expect, generate, goLive, ids, test } from './support/page.ts';

test('the second visit paints the recorded run and generates live with the server closed', async ({
  page,
  open,
  server,
}) => {
  await open({ max_steps: 6, device: 'cpu' });
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
  await goLive(page);
  const online = ids(await generate(page));
  // The service worker has every file of the page, and the engine's program.
  await expect
    .poll(
      () =>
        page.evaluate(async () => {
          const names = (await caches.keys()).filter((name) => name.startsWith('tempo-page-'));
          const kept = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
          return kept.flat().filter((request) => /\.wasm$|\/index\.html$/.test(new URL(request.url).pathname)).length;
        }),
      { timeout: 60_000 },
    )
    .toBe(2);
  await server.stop();

  await page.reload();
  await expect(page.locator('#lattice [role=gridcell]').first()).toBeVisible();
  await expect(page.getByTestId('badge')).toContainText('live with');
  // The server does not send the headers that threads need; the service worker does.
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  await expect(page.getByTestId('live-card')).toContainText('on this device already');
  await goLive(page);
  expect(ids(await generate(page))).toEqual(online);

  // Other pages and other recorded runs of the site too.
  await page.getByTestId('runs').click();
  await page
    .getByTestId('runs-dialog')
    .getByRole('button', { name: /recorded on/ })
    .last()
    .click();
  await expect(page.getByTestId('badge')).toContainText('recorded');
  await page.goto(`${server.origin}/check.html`);
  await expect(page.locator('html')).toHaveAttribute('data-state', 'checked');
});
