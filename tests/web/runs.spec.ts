// The list of runs: what each recorded run is, what to look at, and the moment and the token that it opens at.

import { clean, noSidewaysScroll } from './support/access.ts';
import { expect, test } from './support/page.ts';

const entry = (more: Record<string, unknown>): Record<string, unknown> => ({
  file: 'wide.jsonl',
  title: 'The king',
  note: 'the third set',
  model: 'Some model',
  ...more,
});

test('a recorded run is listed with its model and what to look at, and pins the token of its entry', async ({
  page,
  server,
  open,
}) => {
  const index = [
    entry({ step: 3, selected: 5 }),
    { file: 'greedy.jsonl', title: 'Greedy', note: '', step: -3, selected: {} },
  ];
  server.hooks.push(({ path }) =>
    path === '/traces/index.json' ? { body: Buffer.from(JSON.stringify(index)) } : undefined,
  );
  await open();
  await page.getByTestId('runs').click();
  const dialog = page.getByTestId('runs-dialog');
  const row = dialog.locator('[data-file="wide.jsonl"]');
  await expect(row).toContainText('The king');
  await expect(row).toContainText('Some model');
  await expect(row).toContainText('Look at: the third set');
  // The run on the screen is not in this index and listed all the same.
  await expect(dialog.locator('[aria-current=true]')).toHaveAttribute('data-file', /jsonl$/);
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 844 });
    await clean(page, `runs, ${width} px`, 'dialog');
    await noSidewaysScroll(page, `runs, ${width} px`);
  }
  await row.click();
  await expect(dialog).toHaveCount(0);
  await expect(page.getByTestId('breadcrumb')).toHaveText(/^step 3/);
  await expect(page.locator('#lattice .cell[aria-selected=true]')).toHaveAttribute('data-slot', '5');

  // Of an entry that asks for nonsense the run itself is shown.
  await page.getByTestId('runs').click();
  await dialog.locator('[data-file="greedy.jsonl"]').click();
  await expect(page.getByTestId('runs')).toContainText('Greedy');
  await expect(page.locator('#lattice [aria-selected=true]')).toHaveCount(0);
});
