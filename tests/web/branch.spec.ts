// Branch from here: a new run that repeats the old one up to the step shown, then obeys the options as they stand.

import { ended, currentTrace, expect, generate, goLive, ids, openSettings, test } from './support/page.ts';

test('a branch at step 3 repeats steps 0 to 3, and then obeys the changed threshold', async ({ page, open }) => {
  await open({ prompt: 'Once upon a time', selection_threshold: 0.05, min_steps: 8, max_steps: 8, device: 'cpu' });
  await goLive(page);
  const first = await generate(page);
  expect(first.steps).toHaveLength(8);

  await page.getByRole('slider', { name: 'Step', exact: true }).fill('3');
  await openSettings(page);
  const exact = page.getByTestId('option-selection_threshold-exact');
  await exact.fill('0.2');
  await exact.blur();
  // Paused in the past, the page shows which tokens would have been in.
  await expect(page.getByTestId('what-if')).toBeVisible();
  const before = await page.evaluate(() => window.tempoStates.length);
  await page.getByRole('button', { name: 'Branch from here' }).click();
  await ended(page, before);
  const branch = await currentTrace(page);

  expect(ids(branch).slice(0, 4)).toEqual(ids(first).slice(0, 4));
  expect(branch.steps).toHaveLength(8);
  branch.steps.forEach((step, at) => {
    expect(step.threshold).toBeCloseTo(at <= 3 ? 0.05 : 0.2, 6);
    if (at > 3 && !step.fallback) for (const member of step.set) expect(member.probability).toBeGreaterThanOrEqual(0.2);
  });
  expect(ids(branch).slice(4)).not.toEqual(ids(first).slice(4));

  // It is on the list as what it is, beside the run it came from.
  await expect(page.getByTestId('badge')).toContainText('at step 3');
  await page.getByTestId('runs').click();
  await expect(page.getByRole('dialog')).toContainText('branch of “Once upon a time” at step 3');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
});
