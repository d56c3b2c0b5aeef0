// Runs of the decoders beside TEMPO, and those that were measured or scored, opened from files.

import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { clean, noSidewaysScroll } from './support/access.ts';
import { expect, test } from './support/page.ts';

async function openRun(page: Page, file: string): Promise<void> {
  const buffer = await readFile(new URL(`../fixtures/${file}.jsonl`, import.meta.url));
  await page.getByTestId('runs').click();
  await page.getByTestId('open-trace').setInputFiles({
    name: 'run.jsonl',
    mimeType: 'application/jsonl',
    buffer,
  });
}

const LOOKS = [
  ['light', 320],
  ['dark', 390],
  ['projector', 1280],
] as const;

for (const [look, width] of LOOKS) {
  for (const run of ['lab/sample-ends', 'lab/beam-four', 'lab/mcts-curious', 'tempo/meter-samples']) {
    test(`${run}: axe finds nothing, nothing is out of sight, ${look}, ${width} px`, async ({ page, open }) => {
      await page.setViewportSize({ width, height: 800 });
      await open(`#look=${look}`);
      await openRun(page, run);
      const part = run.startsWith('lab') ? '#beside' : '#meter';
      await expect(page.locator(`${part} .body`)).toBeVisible();
      await clean(page, run, part);
      await noSidewaysScroll(page, run);
    });
  }
}

test('samples, beams and a search stand in the place of the lattice, at every step', async ({ page, open }) => {
  await open();
  await openRun(page, 'lab/sample-many');
  const beside = page.locator('#beside');
  await expect(beside.getByRole('heading', { name: 'Samples' })).toBeVisible();
  await expect(beside.locator('ol.lanes > li')).toHaveCount(5);
  await expect(page.locator('#lattice, #panel-strip, #inspector')).toHaveCount(0);
  await page.keyboard.press(',');
  await expect(beside.locator('ol.lanes > li').first()).toContainText('7 tokens');

  await openRun(page, 'lab/beam-ends');
  await expect(beside.getByRole('heading', { name: 'Beams' })).toBeVisible();
  await expect(beside.getByTestId('finished').locator('li')).toHaveCount(3);
  const second = beside.getByRole('button', { pressed: false }).filter({ hasText: 'score' }).first();
  await second.press('Enter');
  await expect(beside.locator('[aria-pressed=true]')).toHaveCount(1);
  await beside.getByRole('button', { name: 'Table view' }).click();
  await expect(beside.getByRole('table')).toContainText('parent');
});

test('simulations are replayed one by one, with their terms', async ({ page, open }) => {
  await open();
  await openRun(page, 'lab/mcts-long');
  const beside = page.locator('#beside');
  const at = beside.getByTestId('simulation');
  await expect(at).toHaveText('8 of 8');
  const range = beside.getByRole('slider', { name: 'Simulation' });
  await range.focus();
  await page.keyboard.press('Home');
  await expect(at).toHaveText('before the first of 8');
  await page.keyboard.press('ArrowRight');
  await expect(at).toHaveText('1 of 8');
  await expect(beside.getByTestId('simulation-parts').locator('li')).toHaveCount(4);
  await beside.getByRole('button', { name: 'Next simulation' }).click();
  await expect(at).toHaveText('2 of 8');
  await expect(beside.getByRole('table')).toContainText('taken');
});

test('a measured run has a strip with a sentence on each step', async ({ page, open }) => {
  await open();
  await openRun(page, 'tempo/meter-samples');
  const sentence = page.getByTestId('meter-sentence');
  await expect(sentence).toContainText('An estimate from 6 of 54 paths');
  await page.keyboard.press(',');
  await expect(sentence).toContainText('An estimate from 6 of 18 paths');
});

test('a scored reading is offered beside the others, with its score', async ({ page, open }) => {
  await open();
  await openRun(page, 'tempo/scored-beam');
  const reading = page.getByTestId('reading');
  await reading.getByText('Best as text', { exact: true }).click();
  await expect(reading).toHaveAttribute('data-kind', 'scored');
  await expect(page.getByTestId('reading-note')).toContainText('Its score');
  await reading.getByRole('button', { name: 'List of readings' }).click();
  await expect(page.getByTestId('scored-in-list')).toContainText('Best as text');
});

for (const [decoder, heading] of [
  ['sample', 'Samples'],
  ['beam', 'Beams'],
  ['mcts', 'Search tree'],
] as const) {
  test(`live: ${decoder} is chosen in the settings and runs in the tab`, async ({ page, open }) => {
    await open('#device=cpu&max_steps=3&simulations=8');
    await page.getByTestId('run-settings-button').click();
    await page.locator('#option-decoder').selectOption(decoder);
    await page.getByTestId('generate').click();
    const beside = page.locator('#beside');
    await expect(beside.getByRole('heading', { name: heading })).toBeVisible({ timeout: 120_000 });
    await expect(page.getByTestId('end-in-time')).toContainText('the number of steps is reached', { timeout: 120_000 });
    await expect(page.locator('.notice[data-code]')).toHaveCount(0);
  });
}

test('a search is seen while it goes on: simulation after simulation, and nothing of it when it is stopped', async ({
  page,
  open,
}) => {
  await open('#device=cpu&decoder=mcts&simulations=400&max_steps=24');
  await page.getByTestId('generate').click();
  const beside = page.locator('#beside');
  const line = beside.getByTestId('under-way');
  await expect(line).toHaveText(/^Step 0 is under way: simulation \d+ of 400\./, { timeout: 120_000 });
  const made = async (): Promise<number> => Number(/simulation (\d+)/.exec(await line.innerText())![1]);
  const [first, boxes] = [await made(), beside.locator('svg rect')];
  await expect.poll(made).toBeGreaterThan(first + 20);
  // The root, what was tried below it, and the frames of the way.
  expect(await boxes.count()).toBeGreaterThan(6);
  await page.getByTestId('stop').click();
  await expect(page.getByTestId('end-in-time')).toContainText('stopped');
  await expect(line).toHaveCount(0);
});

test('options that contradict each other are named as the page names them', async ({ page, open }) => {
  await open('#device=cpu&decoder=beam&top_k=5');
  await page.getByTestId('generate').click();
  const notice = page.locator('.notice[data-code=options]');
  await expect(notice).toContainText('“Decoder: Beam” and “Top k: 5” contradict each other', { timeout: 120_000 });
});
