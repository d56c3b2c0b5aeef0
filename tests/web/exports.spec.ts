// What is saved from the page: pictures of chosen steps and width, light whatever the page wears; the whole run as CSV; and
// where the page says how to read a trace and how to cite.

import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { clean, noSidewaysScroll } from './support/access.ts';
import { CHAINED, recordFirst } from './support/chain.ts';
import { expect, test } from './support/page.ts';

/** Opens the menu of a panel and presses one of its buttons; the file's name and text. */
async function saved(page: Page, panel: string, button: string): Promise<{ name: string; text: string }> {
  const menu = page.locator(`#${panel}-save`);
  if (!(await menu.isVisible())) {
    await page.locator(`#${panel}`).getByRole('button', { name: 'Save', exact: true }).first().click();
  }
  const arriving = page.waitForEvent('download');
  await menu.getByRole('button', { name: button }).click();
  const file = await arriving;
  return {
    name: file.suggestedFilename(),
    text: await readFile(await file.path(), 'utf8'),
  };
}

const widthOf = (svg: string): number => Number(/ width="(\d+)"/.exec(svg)?.[1]);

test('pictures: light in a dark page, as wide as a page, of the steps asked for, named by prompt and step', async ({
  page,
  server,
  open,
}) => {
  const trace = await recordFirst(server);
  const last = trace.steps.length - 1;
  await open('#look=dark');
  await expect(page.locator('html')).toHaveAttribute('data-look', 'dark');
  const menu = page.locator('#lattice-save');
  const whole = await saved(page, 'lattice', 'Save as SVG');
  expect(whole.text).toContain('fill="#ffffff"');
  expect(widthOf(whole.text)).toBeLessThanOrEqual(1248);
  expect(whole.name).toMatch(new RegExp(`^tempo-lattice-[\\p{L}\\p{N}-]+-step-${last}\\.svg$`, 'u'));

  await menu.getByRole('combobox', { name: 'As wide as' }).selectOption('a column');
  expect(widthOf((await saved(page, 'lattice', 'Save as SVG')).text)).toBeLessThanOrEqual(548);
  await menu.getByRole('combobox', { name: 'Colours' }).selectOption('dark');
  expect((await saved(page, 'lattice', 'Save as SVG')).text).toContain('fill="#12161c"');

  await menu.getByRole('spinbutton', { name: 'First step' }).fill('1');
  await menu.getByRole('spinbutton', { name: 'Last step' }).fill('2');
  await menu.getByRole('spinbutton', { name: 'Last step' }).blur();
  const some = await saved(page, 'lattice', 'Save as SVG');
  expect(some.text).toContain(', steps 1 to 2</title>');
  expect(some.name).toContain(`-step-${last}-of-1-to-2.svg`);
  // No step that the moment does not have, whatever is typed.
  await menu.getByRole('spinbutton', { name: 'Last step' }).fill('999');
  await menu.getByRole('spinbutton', { name: 'Last step' }).blur();
  expect((await saved(page, 'lattice', 'Save as SVG')).text).toContain(`, steps 1 to ${last}</title>`);
  expect((await saved(page, 'lattice', 'Save as PNG')).name).toMatch(/\.png$/);
});

test('the whole run as CSV, from any moment and any panel', async ({ page, server, open }) => {
  const trace = await recordFirst(server, CHAINED);
  await open();
  await page.getByRole('slider', { name: 'Step', exact: true }).fill('0');
  const run = await saved(page, 'scrubber', 'Save the whole run as CSV');
  expect(run.name).toMatch(new RegExp(`^tempo-run-.+-${trace.steps.length}-steps\\.csv$`));
  const lines = run.text.split('\r\n');
  expect(lines[1]).toContain(trace.run.model.id);
  expect(lines[3]).toContain('selection_threshold');
  for (const { set } of trace.steps)
    for (const { id, probability } of set)
      (expect(run.text).toContain(`,${id},`), expect(run.text).toContain(`,${probability},`));
});

test('help says how a trace is read and how to cite', async ({ page, server, open }) => {
  await recordFirst(server);
  await open();
  await page.keyboard.press('?');
  const help = page.getByTestId('help-dialog');
  await expect(help.getByTestId('citation')).toContainText('The TEMPO contributors');
  await expect(help.getByTestId('citation')).toContainText('Joe Luker');
  const format = help.getByText('The trace format', { exact: true });
  await expect(help.getByText('candidates', { exact: true })).toHaveCount(0);
  await format.focus();
  await page.keyboard.press('Enter');
  await expect(help.getByText('candidates', { exact: true })).toBeVisible();
  await expect(help.getByTestId('trace-format')).toContainText('Version 1');
});

test('where the texts of the help do not arrive it says so, and has the rest', async ({
  page,
  server,
  faults,
  open,
}) => {
  server.block(/help\.json$/);
  faults.allow(/Failed to load resource|ERR_/);
  await open();
  await page.getByTestId('help').click();
  const help = page.getByTestId('help-dialog');
  await expect(help.getByText('It could not be fetched. Close this and open it again.')).toBeVisible();
  await expect(help.getByTestId('citation')).toBeVisible();
});

for (const [look, width] of [
  ['light', 320],
  ['dark', 390],
  ['projector', 1280],
] as const) {
  test(`menu and trace format: axe finds nothing and all is in view, ${look}, ${width} px`, async ({
    page,
    server,
    open,
  }) => {
    await recordFirst(server);
    await page.setViewportSize({ width, height: 800 });
    await open(`#look=${look}`);
    await page.locator('#lattice').getByRole('button', { name: 'Save', exact: true }).first().click();
    await expect(page.locator('#lattice-save')).toBeInViewport({ ratio: 1 });
    await clean(page, 'menu', '#lattice-save');
    await page.keyboard.press('Escape');
    await page.getByTestId('help').click();
    const format = page.getByText('The trace format', { exact: true });
    await format.click();
    await expect(page.getByTestId('trace-format')).toBeVisible();
    await clean(page, 'trace format', 'dialog');
    await noSidewaysScroll(page, 'trace format');
  });
}
