// Readings of a recorded run, and who goes with whom: by pointer, by keyboard, aloud, in tables and in pictures.

import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { CHAINED, asVersion1, recordFirst } from './support/chain.ts';
import { expect, openSettings, test, type Trace } from './support/page.ts';

const line = (page: Page) => page.getByTestId('reading-line');

/** What the run's end says of a kind of reading, with the prompt before it. */
function told(trace: Trace, kind: string): string {
  const reading = trace.end?.readings?.find((each) => each.kind === kind);
  if (!reading) throw new Error(`the run has no reading of kind ${kind}`);
  return trace.run.prompt.text + reading.text;
}

/** How much of each member of step 1 came through each of step 0, from the two sets alone. */
function through(trace: Trace): number[][] {
  const [first, second] = trace.steps;
  return second!.chain!.map((row) => {
    const joint = row.map((said, j) => said * first!.set[j]!.probability);
    const sum = joint.reduce((total, value) => total + value, 0);
    return joint.map((value) => value / sum);
  });
}

/** A share as the page prints it, as a number again. */
const shareOf = (text: string): number => Number(/[\d.]+/.exec(text)?.[0]) / 100;

test('the reading is the best fit; the top of each set is a switch away, another one is drawn', async ({
  page,
  server,
  open,
}) => {
  const trace = await recordFirst(server);
  await open();
  const reading = page.getByTestId('reading');
  await expect(reading).toHaveAttribute('data-kind', 'viterbi');
  await expect(line(page)).toHaveText(told(trace, 'viterbi'));
  await expect(page.getByTestId('reading-note')).toContainText('Viterbi');
  expect(told(trace, 'probable')).not.toBe(told(trace, 'viterbi'));

  await page.getByRole('radio', { name: 'Likeliest at each place' }).check();
  await expect(line(page)).toHaveText(told(trace, 'probable'));
  await page.getByRole('button', { name: 'Another reading' }).click();
  await expect(reading).toHaveAttribute('data-kind', 'drawn');
  await expect(line(page), 'the seed of the run draws the same everywhere').toHaveText(told(trace, 'drawn'));
  await expect(page.getByTestId('live-region')).toContainText('seed 5');
  const texts = new Set([await line(page).textContent()]);
  for (let i = 0; i < 8; i += 1) {
    await page.getByRole('button', { name: 'Another reading' }).click();
    texts.add(await line(page).textContent());
  }
  expect(texts.size, 'further ones differ').toBeGreaterThan(2);
  await page.keyboard.press('v');
  await expect(line(page)).toHaveText(told(trace, 'viterbi'));

  // It streams: at every moment it has a word for each step so far, and the thick line runs through their cells.
  const slider = page.getByRole('slider', { name: 'Step', exact: true });
  for (const step of [0, 3, trace.steps.length - 1]) {
    await slider.fill(String(step));
    await expect(page.locator('#lattice .place[data-read]')).toHaveCount(step + 1);
    await expect(page.locator('#lattice path.reading')).toHaveCount(1);
  }
});

test('kin light up where the pointer is, with the share that came through each', async ({ page, server, open }) => {
  const trace = await recordFirst(server);
  await open();
  await page.getByRole('slider', { name: 'Step', exact: true }).fill('3');
  const place = (slot: number) => page.locator('#lattice .place', { has: page.locator(`[data-slot="${slot}"]`) });
  const [first, second] = trace.steps.map(({ set }) => set);
  const shares = through(trace);
  expect(shares.length).toBeGreaterThan(1);
  for (const [v, member] of second!.entries()) {
    await place(member.slot).hover();
    await expect(place(member.slot)).toHaveAttribute('data-kin', 'self');
    for (const [j, before] of first!.entries()) {
      const shown = await place(before.slot).getAttribute('data-kin');
      expect(Math.abs(shareOf(shown!) - shares[v]![j]!), `${before.text} in ${member.text}: ${shown}`).toBeLessThan(
        0.011,
      );
    }
    await expect(page.locator('#lattice path.flow').first()).toBeAttached();
  }
  // The same the other way: of each later member, the share that came through the first one.
  await place(first![0]!.slot).hover();
  for (const [v, member] of second!.entries()) {
    const shown = await place(member.slot).getAttribute('data-kin');
    expect(Math.abs(shareOf(shown!) - shares[v]![0]!)).toBeLessThan(0.011);
  }
  await page.mouse.move(2, 2);
  await expect(page.locator('#lattice .place:not([data-kin=""])')).toHaveCount(0);
  await expect(page.locator('#lattice path.flow')).toHaveCount(0);

  // A pin stays, wherever the pointer goes; the strip is filled too.
  await place(second![1]!.slot).locator('.cell').click();
  await place(first![0]!.slot).hover();
  await expect(place(second![1]!.slot)).toHaveAttribute('data-kin', 'self');
  await page.locator('#strip').scrollIntoViewIfNeeded();
  await expect(page.locator('#strip .slot[data-kin]').first()).toBeVisible();
});

test('kin by the keyboard alone, and aloud', async ({ page, server, open }) => {
  const trace = await recordFirst(server);
  await open();
  const [first, second] = trace.steps.map(({ set }) => set);
  const focused = page.locator(':focus');
  await page.getByText('Skip to the lattice').focus();
  await page.keyboard.press('Enter');
  for (let i = 0; i < 40 && (await focused.getAttribute('data-slot')) !== String(second![0]!.slot); i += 1)
    await page.keyboard.press('ArrowLeft');
  await expect(page.locator('#lattice .place[data-kin="self"]'), 'the focus is enough to see them').toHaveCount(1);
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('live-region')).toHaveText(/came through .* percent .*at position \d+/);

  await page.keyboard.press('ArrowLeft');
  await expect(focused).toHaveAttribute('data-slot', String(first![0]!.slot));
  const label = await focused.getAttribute('aria-label');
  const percent = /([\d.]+) percent of .* came through it$/.exec(label!);
  expect(percent, label!).not.toBeNull();
  expect(Math.abs(Number(percent![1]) / 100 - through(trace)[0]![0]!)).toBeLessThan(0.011);

  await page.getByRole('tab', { name: 'Kin' }).click();
  await expect(page.getByRole('tabpanel')).toContainText('What it came through');
  await page.locator('#inspector').getByRole('button', { name: 'Table view' }).click();
  const rows = page.locator('#inspector tbody tr');
  await expect(rows).toHaveCount(trace.steps.flatMap(({ set }) => set).length - second!.length);
  await page.locator('#inspector').getByRole('button', { name: 'Table view' }).click();

  await page.keyboard.press('Escape');
  await expect(page.locator('#lattice .place:not([data-kin=""])')).toHaveCount(0);
});

test('the inspector says what a member weighs, and that attention is no evidence', async ({ page, server, open }) => {
  const trace = await recordFirst(server);
  await open();
  const member = trace.steps[1]!.set[0]!;
  await page.locator(`#lattice .cell[data-slot="${member.slot}"]`).click();
  const panel = page.getByRole('tabpanel');
  for (const words of ['When it was chosen', 'After what followed', 'Of its set’s attention', 'no evidence', '0.57'])
    await expect(panel).toContainText(words);
});

test('pictures carry the reading and the kin', async ({ page, server, open }) => {
  const trace = await recordFirst(server);
  await open();
  await page.locator(`#lattice .cell[data-slot="${trace.steps[1]!.set[0]!.slot}"]`).click();
  await page.locator('#lattice').getByRole('button', { name: 'Save', exact: true }).first().click();
  const arriving = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save as SVG' }).first().click();
  const svg = await readFile(await (await arriving).path(), 'utf8');
  expect(svg).toContain('best-fitting reading (Viterbi)');
  expect(svg).toContain('Kin of ');
});

test('a recording of version 1 has one reading and no kin, and says so', async ({ page, server, open }) => {
  const trace = await recordFirst(server, CHAINED, asVersion1);
  await open();
  await expect(page.getByTestId('reading')).toHaveAttribute('data-kind', 'probable');
  await expect(line(page)).toHaveText(trace.run.prompt.text + trace.end!.text);
  await expect(page.getByTestId('reading-note')).toContainText('no chain');
  await expect(page.getByRole('button', { name: 'Another reading' })).toHaveCount(0);
  await page.locator('#lattice .cell.sibling').first().click();
  await page.getByRole('tab', { name: 'Kin' }).click();
  await expect(page.getByRole('tabpanel')).toContainText('This recording has no chain');
  await expect(page.locator('#lattice .place:not([data-kin=""])')).toHaveCount(0);
});

test('presets: Coherent is where one begins, As described is one press away, links name either', async ({
  page,
  server,
  open,
}) => {
  await recordFirst(server);
  await open();
  await openSettings(page);
  const preset = (id: string) => page.getByTestId(`preset-${id}`);
  await expect(preset('coherent')).toHaveAttribute('aria-pressed', 'true');
  await preset('as-described').click();
  await expect(preset('as-described')).toHaveAttribute('aria-pressed', 'true');
  await expect(preset('coherent')).toHaveAttribute('aria-pressed', 'false');
  await preset('pruned').click();
  await expect(page.getByRole('combobox', { name: 'Removal' })).toHaveValue('mask');
  for (const [name, id] of [
    ['as-described', 'as-described'],
    ['classic', 'as-described'],
    ['pruning', 'pruned'],
  ] as const) {
    await page.goto('about:blank');
    await open(`#preset=${name}`);
    await openSettings(page);
    await expect(preset(id), name).toHaveAttribute('aria-pressed', 'true');
  }
});
