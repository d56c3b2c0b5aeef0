// Without WebGPU in the browser the same wasm runs on the CPU, and chooses the same.

import { WITHOUT_ADAPTER } from './support/browser.ts';
import { CASES, expectSame } from './support/cases.ts';
import { engineWorker, withoutWebGpu } from './support/inside.ts';
import { native } from './support/native.ts';
import { expect, figures, generate, goLive, test } from './support/page.ts';

test.use({ launchOptions: WITHOUT_ADAPTER, serviceWorkers: 'block' });

test('without WebGPU the sets are those of the native program, for three sets of options', async ({
  page,
  context,
  server,
  open,
}) => {
  await withoutWebGpu(context, server);
  for (const [index, { prompt, options }] of CASES.entries()) {
    await open({ prompt, ...options });
    if (index === 0) {
      expect(await page.evaluate(() => 'gpu' in navigator)).toBe(false);
      await goLive(page);
      const worker = await engineWorker(page);
      expect(await worker.evaluate(() => 'gpu' in navigator)).toBe(false);
      // The visitor is told why, and that it goes on.
      await expect(page.locator('[data-code="no-webgpu"]')).toBeVisible();
      await expect(page.getByTestId('live-card')).toContainText('on the CPU');
    }
    expectSame(await generate(page), await native(prompt, options));
  }
  const shown = await figures(page);
  console.log(`on the CPU: a step ${shown['stepMs']} ms, ${shown['tokensPerSecond']} tokens per second`);
});

test('without an adapter the page says so and runs on the CPU', async ({ page, open }) => {
  const { prompt, options } = CASES[0]!;
  await open({ prompt, ...options });
  expect(await page.evaluate(async () => navigator.gpu.requestAdapter())).toBeNull();
  await goLive(page);
  await expect(page.locator('[data-code="null-adapter"]')).toBeVisible();
  expectSame(await generate(page), await native(prompt, options));
});
