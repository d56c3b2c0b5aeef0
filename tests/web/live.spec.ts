// The embedded model on WebGPU chooses what the native program chooses, and the page says how fast it is.

import { expect, figures, generate, goLive, ids, median, removed, test, waitForState } from './support/page.ts';
import { openMore } from './support/models.ts';
import { lavapipe, native } from './support/native.ts';
import { CASES, expectSame } from './support/cases.ts';

test('on WebGPU the sets are those of the native program, for three sets of options', async ({ page, open }) => {
  for (const { prompt, options } of CASES) {
    await open({ prompt, ...options, device: 'gpu' });
    if (await page.getByTestId('run-live').isVisible()) await goLive(page);
    const live = await generate(page);
    expectSame(live, await native(prompt, options));
  }
  // The CPU is no stand-in: the adapter's name is on the page.
  await expect(page.getByTestId('live-card')).toContainText('(software adapter)');
});

test('tensor operations, chosen by a link, choose what the fused kernels choose', async ({ page, open }) => {
  const { prompt, options } = CASES[0]!;
  // A software adapter takes seconds for a step.
  const few = { ...options, max_steps: 3 };
  await open({ prompt, ...few, device: 'gpu', kernels: 'tensor' });
  await goLive(page);
  const live = await generate(page);
  await expect(page.getByTestId('live-card')).toContainText('by tensor operations (software adapter)');
  expectSame(live, await native(prompt, few));

  // The dialog has the other way, and the model is loaded again for it.
  await page
    .getByTestId('open-models')
    .or(page.getByRole('button', { name: 'Change model' }))
    .click();
  await openMore(page);
  await page.getByTestId('kernels').selectOption('fused');
  await waitForState(page, 'ready');
  await page.keyboard.press('Escape');
  const fused = await generate(page);
  await expect(page.getByTestId('live-card')).not.toContainText('tensor');
  expectSame(live, fused);
});

test('figures: the first live step after opening with a warm cache, a step, tokens per second', async ({
  page,
  open,
}) => {
  const { prompt, options } = CASES[0]!;
  await open({ prompt, ...options, device: 'gpu' });
  await goLive(page);
  // The service worker keeps the wasm once the engine has started.
  await expect.poll(() => page.evaluate(keptWasm), { timeout: 60_000 }).toBe(true);
  await page.reload();
  await expect(page.getByTestId('prompt')).toHaveValue(prompt);
  const run = await generate(page);

  const shown = await figures(page);
  console.log(
    `WebGPU on SwiftShader, second visit: first step ${shown['firstStepMs']} ms after opening, ` +
      `${shown['sincePressMs']} ms after the press; a step ${shown['stepMs']} ms; ${shown['tokensPerSecond']} tokens per second`,
  );
  for (const key of ['firstStepMs', 'sincePressMs', 'stepMs', 'tokensPerSecond']) {
    expect(shown[key], key).toBeGreaterThan(0);
  }
  const card = page.getByTestId('figures');
  await expect(card).toContainText(/step.*tokens a second.*of text.*with alternatives/i);
  // What only a developer asks for is a press away.
  await expect(card.getByText('First live step').first()).toBeHidden();
  await card.locator('summary').first().click();
  await card.getByText('Figures for developers').click();
  await expect(card.getByText('First live step').first()).toBeVisible();

  const driver = lavapipe();
  if (!driver) {
    console.log('ratio to the native program on lavapipe: not run, there is no such driver');
    return;
  }
  const same = await native(prompt, options, 'gpu', { VK_DRIVER_FILES: driver, VK_ICD_FILENAMES: driver });
  expect(ids(same)).toEqual(ids(run));
  // The first step holds the prompt and what is compiled at first use.
  const pass = (steps: typeof run.steps): number =>
    median(steps.slice(1).map((step) => step.timing?.forward_ms ?? NaN));
  const ratio = pass(run.steps) / pass(same.steps);
  console.log(`a step on SwiftShader takes ${ratio.toFixed(2)} times the same step natively on lavapipe`);
  expect(ratio).toBeGreaterThan(0);
  expect(removed(run)).toEqual(removed(same));
});

/** Runs in the page. */
async function keptWasm(): Promise<boolean> {
  for (const name of await caches.keys()) {
    const kept = await (await caches.open(name)).keys();
    if (kept.some(({ url }) => url.endsWith('.wasm'))) return true;
  }
  return false;
}
