// check.html: what this machine offers, and how long one step takes.

import AxeBuilder from '@axe-core/playwright';
import { expect, PATIENCE, test } from './support/page.ts';

test('tells what the machine offers without fetching anything large, and times a step on request', async ({
  page,
  server,
}) => {
  await page.goto(`${server.origin}/check.html`);
  await expect(page.locator('html')).toHaveAttribute('data-state', 'checked');
  const found = (id: string): ReturnType<typeof page.locator> => page.locator(`#findings [data-id=${id}]`);
  await expect(found('webgpu')).toContainText('software adapter');
  await expect(found('webgpu')).toContainText(/swiftshader/i);
  await expect(found('webgpu')).toHaveAttribute('data-grade', 'care');
  await expect(found('limits')).toContainText(/\d+(\.\d+)?\s[MG]B/);
  await expect(found('wasm')).toContainText('with SIMD');
  await expect(found('worker')).toContainText('yes');
  await expect(found('storage')).toContainText(/\d+(\.\d+)?\s[MG]B free/);
  await expect(found('offline')).toContainText('possible');
  await expect(found('model')).toContainText(/6\.\d\sMB/);
  await expect(found('threads')).toContainText('1 on a first visit');
  await expect(page.locator('#verdict h2')).toHaveText('Live, on the CPU');
  await expect(page.locator('#verdict')).toHaveAttribute('data-grade', 'care');
  expect(server.asked(/wasm$|safetensors$/), 'nothing large before the button').toEqual([]);

  await page.getByTestId('check-step').click();
  await expect(found('step')).toBeVisible({ timeout: PATIENCE });
  await expect(found('step')).toContainText(/\d+(\.\d+)?\s(ms|s|seconds?)/);
  await expect(page.locator('#step-said')).toHaveText('Done, on the CPU.');
  // What was measured counts more than what could be expected of a software adapter.
  await expect(page.locator('#verdict h2')).toHaveText('Live, on the CPU');
  await expect(page.locator('#verdict')).toContainText(/A step of the story model took \d/);
  await expect(page.locator('#verdict')).toHaveAttribute(
    'data-grade',
    (await found('step').getAttribute('data-grade'))!,
  );
  const milliseconds = Number(await page.locator('html').getAttribute('data-step-ms'));
  expect(milliseconds).toBeGreaterThan(0);
  await expect(page.getByTestId('check-step')).toBeEnabled();
  // Its header is asked for before the rest.
  expect([...new Set(server.asked(/safetensors$/))]).toEqual(['/models/storyteller/model.safetensors']);
  expect(server.asked(/safetensors$/).length).toBeLessThanOrEqual(2);
});

test('a machine without storage and WebGPU is told what is missing', async ({ page, server }) => {
  await page.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, 'gpu', {
      get: () => ({ requestAdapter: async () => null }),
    });
    Object.defineProperty(Navigator.prototype, 'storage', {
      get: () => undefined,
    });
    Object.defineProperty(globalThis, 'caches', { value: undefined });
  });
  await page.goto(`${server.origin}/check.html`);
  await expect(page.locator('#findings [data-id=webgpu]')).toContainText('it offers no device');
  await expect(page.locator('#findings [data-id=storage]')).toContainText('held in memory');
});

test('when the model cannot be fetched it says so', async ({ page, server, faults }) => {
  faults.allow(/404/);
  server.hooks.push((request) => (request.path.endsWith('.safetensors') ? { status: 404 } : undefined));
  await page.goto(`${server.origin}/check.html`);
  await page.getByTestId('check-step').click();
  await expect(page.locator('#findings [data-id=step]')).toContainText('The server refused', { timeout: PATIENCE });
  await expect(page.locator('#verdict')).toHaveAttribute('data-grade', 'bad');
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing: ${colorScheme}`, async ({ page, server }) => {
    await page.emulateMedia({ colorScheme });
    for (const width of [320, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      await page.goto(`${server.origin}/check.html`);
      await expect(page.locator('html')).toHaveAttribute('data-state', 'checked');
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
      expect(await page.evaluate(() => document.scrollingElement!.scrollWidth)).toBeLessThanOrEqual(width);
    }
  });
}
