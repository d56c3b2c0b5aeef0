// The keyboard user keeps the place: through Generate, Step and Branch; to the explanation and back; and hears what is pinned.

import type { Page } from '@playwright/test';
import { expect, test, waitForState } from './support/page.ts';

const SHORT = { max_steps: 6, selection_threshold: 0.1, device: 'cpu' } as const;
const focused = (page: Page) => page.locator(':focus');

/** The position of the cell that has the focus. */
const positionOf = (page: Page) =>
  page.evaluate(() => document.activeElement?.closest('[role=row]')?.getAttribute('aria-label') ?? null);

async function intoLattice(page: Page): Promise<void> {
  await page.getByText('Skip to the lattice').focus();
  await page.keyboard.press('Enter');
  await expect(focused(page)).toHaveRole('gridcell');
}

test('Generate and Step by Enter keep the focus on their buttons, and a run is heard to start and to end', async ({
  page,
  open,
}) => {
  await open(SHORT);
  const said = page.getByTestId('live-region');
  await page.evaluate(() => {
    const heard: string[] = ((window as unknown as { heard: string[] }).heard = []);
    const region = document.querySelector('[data-testid=live-region]')!;
    new MutationObserver(() => heard.push(region.textContent ?? '')).observe(region, {
      childList: true,
      characterData: true,
      subtree: true,
    });
  });
  for (const name of ['generate', 'step'] as const) {
    await page.getByTestId(name).focus();
    await page.keyboard.press('Enter');
    await expect(page.getByTestId('badge')).toContainText('live with', { timeout: 60_000 });
    await waitForState(page, 'ready');
    await expect(page.getByTestId(name), name).toBeFocused();
    if (name === 'generate') await expect(said).toContainText('The run has ended after 6 steps: the number of steps');
    else await expect(said).toContainText('The run pauses at step 0.');
  }
  const heard = await page.evaluate(() => (window as unknown as { heard: string[] }).heard);
  expect(heard).toContain('A run starts.');
});

test('a button that goes hands the focus to its neighbour, not to the page', async ({ page, open }) => {
  await open(SHORT);
  await page.getByTestId('step').click();
  await expect(page.getByTestId('continue')).toBeVisible({ timeout: 60_000 });
  await page.getByTestId('continue').focus();
  await page.keyboard.press('Enter');
  await waitForState(page, 'ready');
  await expect(page.getByTestId('continue')).toHaveCount(0);
  await expect(focused(page)).toHaveAttribute('data-testid', /generate|step|stop/);
});

test('g and Branch from the lattice keep the position, whatever is drawn anew', async ({ page, open }) => {
  await open({ ...SHORT, max_steps: 20 });
  await intoLattice(page);
  for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowLeft');
  const position = await positionOf(page);
  expect(position).toMatch(/^Position/);
  const slot = await focused(page).getAttribute('data-slot');
  await page.keyboard.press('g');
  await expect(page.getByTestId('badge')).toContainText('live with', { timeout: 60_000 });
  await waitForState(page, 'ready');
  await expect(focused(page)).toHaveRole('gridcell');
  expect(slot).not.toBeNull();
  const place = /\d+/.exec(position!)![0];
  await expect.poll(() => positionOf(page)).toMatch(new RegExp(`^Position ${place}\\b`));

  // The palette gives the focus back to the cell before it branches.
  await page.keyboard.press('/');
  await expect(page.getByTestId('palette-dialog')).toBeVisible();
  await page.keyboard.type('branch from');
  const before = await page.evaluate(() => window.tempoStates.length);
  await page.keyboard.press('Enter');
  await expect.poll(() => page.evaluate((from) => window.tempoStates.slice(from), before)).toContain('running');
  await waitForState(page, 'ready');
  await expect.poll(() => positionOf(page)).toMatch(new RegExp(`^Position ${place}\\b`));
});

test('time goes back and on again, and the focus with it', async ({ page, open }) => {
  await open();
  await intoLattice(page);
  const position = await positionOf(page);
  for (let i = 0; i < 5; i++) await page.keyboard.press(',');
  await expect(focused(page)).toHaveRole('gridcell');
  expect(await positionOf(page)).not.toBe(position);
  for (let i = 0; i < 5; i++) await page.keyboard.press('.');
  await expect.poll(() => positionOf(page)).toBe(position);
});

test('a pin is heard with the reason, and the cell that has the focus says that it is pinned', async ({
  page,
  open,
}) => {
  await open();
  await intoLattice(page);
  await expect(focused(page)).toHaveAttribute('aria-selected', 'false');
  await page.keyboard.press('Enter');
  await expect(focused(page)).toHaveAttribute('aria-selected', 'true');
  await expect(page.getByTestId('live-region')).toHaveText(
    /^Pinned ".*" at position \d+\. (".*" has .* percent, the threshold is .* percent: it is|No token reached)/,
  );
});

for (const width of [1440, 900, 390]) {
  test(`i leads to the explanation and Escape back, at ${width} px`, async ({ page, open }) => {
    await page.setViewportSize({ width, height: 800 });
    await open();
    await intoLattice(page);
    const slot = await focused(page).getAttribute('data-slot');
    await page.keyboard.press('i');
    await expect(page.locator('#inspector [role=tabpanel]')).toBeFocused();
    await expect(page.locator('#inspector [role=tabpanel]')).toContainText('the threshold is');
    await page.keyboard.press('Escape');
    await expect(focused(page)).toHaveAttribute('data-slot', slot!);
    await expect(focused(page), 'the first Escape only goes back').toHaveAttribute('aria-selected', 'true');
    await page.keyboard.press('Escape');
    await expect(focused(page)).toHaveAttribute('aria-selected', 'false');
  });
}
