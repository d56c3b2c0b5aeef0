// V8: decoders beside each other in the tab, on one budget; what the table says is what `tempo compare` says.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Locator, Page } from '@playwright/test';
import { clean, noSidewaysScroll } from './support/access.ts';
import { program } from './support/native.ts';
import { currentTrace, expect, generate, PATIENCE, test } from './support/page.ts';

const PROMPT = 'Once there was a king who';

async function openRace(page: Page): Promise<Locator> {
  await page.getByTestId('reading').getByRole('button', { name: 'Compare ways to choose words' }).click();
  const dialog = page.getByTestId('race-dialog');
  await expect(dialog).toBeVisible();
  return dialog;
}

/** Where a link's run has still to be computed, no reading is there. */
async function openRaceByCommand(page: Page): Promise<Locator> {
  await page.keyboard.press('/');
  await page.getByRole('combobox', { name: 'Command' }).fill('compare dec');
  await page.keyboard.press('Enter');
  const dialog = page.getByTestId('race-dialog');
  await expect(dialog).toBeVisible();
  return dialog;
}

/** Starts, and waits for the table. */
async function raced(dialog: Locator): Promise<string[][]> {
  await dialog.getByRole('button', { name: 'Start' }).click();
  await expect(dialog.getByTestId('race-status')).toHaveText('All lanes have ended.', { timeout: PATIENCE });
  const rows = await dialog.getByRole('table').locator('tbody tr').all();
  return Promise.all(rows.map((row) => row.locator('th, td').allTextContents()));
}

interface Lane {
  lane: string;
  reading: string;
  mean_log_probability: number;
  [key: string]: unknown;
}

async function nativeLanes(lanes: string, budget: string): Promise<Lane[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tempo-compare-'));
  try {
    const out = join(folder, 'c.json');
    const flags = ['--device', 'cpu', '--threads', '1', '--lanes', lanes, '--budget', budget, '--out', out];
    await promisify(execFile)(program(), ['compare', '--prompt', PROMPT, ...flags], { timeout: 180_000 });
    return (JSON.parse(await readFile(out, 'utf8')) as { lanes: Lane[] }).lanes;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test('four decoders race on the CPU as the program compares them, and the run on the page stays', async ({
  page,
  open,
}) => {
  await open({ prompt: PROMPT, device: 'cpu', max_steps: 3 });
  const before = await generate(page);
  const dialog = await openRace(page);
  await expect(dialog.getByLabel('Prompt')).toHaveValue(PROMPT);
  // Lanes advance together: watched from here, none is far ahead of another.
  const spread = dialog.getByTestId('race-lanes').evaluate(
    (list) =>
      new Promise<number>((resolve) => {
        let most = 0;
        const watch = new MutationObserver(() => {
          const used = [...list.querySelectorAll('progress')].map(({ value }) => value);
          if (used.length === 4) most = Math.max(most, Math.max(...used) - Math.min(...used));
          if (list.parentElement?.querySelector('table')) {
            watch.disconnect();
            resolve(most);
          }
        });
        watch.observe(list.parentElement!, {
          subtree: true,
          childList: true,
          attributes: true,
          characterData: true,
        });
      }),
  );
  const rows = await raced(dialog);
  expect(await spread).toBeLessThan(0.15);

  const words = 'greedy; beam beams=4; sample samples=4 temperature=0.8; tempo selection-threshold=0.05';
  const expected = await nativeLanes(words, 'rows=120');
  expect(rows.map((row) => row[0])).toEqual(words.split('; '));
  const keys = ['distinct_readings', 'steps', 'passes', 'rows', 'peak_rows', 'cache_bytes'];
  rows.forEach((row, at) => {
    const lane = expected[at]!;
    expect(Math.abs(Number(row[1]) - lane.mean_log_probability), lane.lane).toBeLessThan(2e-3);
    expect(row.slice(2, 8).map(Number), lane.lane).toEqual(keys.map((key) => lane[key]));
    expect(row.at(-1), lane.lane).toBe(lane.reading);
  });

  const saving = page.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Save as CSV' }).click();
  const file = await readFile(await (await saving).path(), 'utf8');
  expect(file.split('\r\n')[0]).toContain('lane,ln p,distinct readings');
  expect(file.trimEnd().split('\r\n')).toHaveLength(5);

  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  expect(await currentTrace(page)).toEqual(before);
  // What was compared is still there, and the engine goes on with runs.
  await openRace(page);
  await expect(dialog.getByRole('table')).toBeVisible();
  await page.keyboard.press('Escape');
  await generate(page);
});

test('a tree search and other budgets race, a mistake is named, and a press stops', async ({ page, open }) => {
  await open({ prompt: PROMPT, device: 'cpu' });
  const dialog = await openRaceByCommand(page);
  for (const lane of [4, 3]) await dialog.getByRole('button', { name: `Remove lane ${lane}` }).click();
  await dialog.getByLabel('Decoder of lane 2').selectOption('mcts');
  await dialog.getByLabel('Flags of lane 2').fill('simulation=4');
  await dialog.getByRole('button', { name: 'Start' }).click();
  await expect(dialog.getByTestId('race-trouble')).toContainText(
    'lane 2 (mcts): simulation is no flag; did you mean simulations?',
    {
      timeout: PATIENCE,
    },
  );
  await dialog.getByLabel('Flags of lane 2').fill('simulations=4 depth=2');
  for (const [measure, most] of [
    ['passes', '30'],
    ['bytes', '200000'],
    ['time', '300'],
  ] as const) {
    await dialog.getByLabel('Budget of each lane').selectOption(measure);
    await dialog.getByLabel('How much').fill(most);
    const rows = await raced(dialog);
    expect(rows.map((row) => row[0])).toEqual(['greedy', 'mcts simulations=4 depth=2']);
    expect(
      rows.every((row) => Number(row[3]) > 0),
      measure,
    ).toBe(true);
    if (measure === 'passes') expect(rows.every((row) => Number(row[4]) <= 30)).toBe(true);
    if (measure === 'bytes') expect(rows.every((row) => Number(row[7]) <= 200_000)).toBe(true);
  }
  await dialog.getByLabel('Budget of each lane').selectOption('rows');
  await dialog.getByLabel('How much').fill('100000');
  await dialog.getByLabel('Decoder of lane 1').selectOption('mcts');
  await dialog.getByRole('button', { name: 'Start' }).click();
  await expect(
    dialog
      .getByTestId('race-lanes')
      .getByText(/[1-9]\d* rows/)
      .first(),
  ).toBeVisible();
  await dialog.getByRole('button', { name: 'Stop' }).click();
  await expect(dialog.getByTestId('race-status')).toHaveText('All lanes have ended.');
  await expect(dialog.getByRole('table').getByText('stopped')).toHaveCount(2);
});

test('on WebGPU two lanes race', async ({ page, open }) => {
  await open({ prompt: 'Once', device: 'gpu' });
  const dialog = await openRaceByCommand(page);
  for (const lane of [4, 3]) await dialog.getByRole('button', { name: `Remove lane ${lane}` }).click();
  await dialog.getByLabel('How much').fill('14');
  const rows = await raced(dialog);
  expect(rows.map((row) => Number(row[5]) <= 14)).toEqual([true, true]);
  const expected = await promisify(execFile)(program(), [
    ...['compare', '--prompt', 'Once', '--device', 'cpu', '--lanes', 'greedy; beam beams=4', '--budget', 'rows=14'],
  ]);
  for (const row of rows) expect(expected.stdout).toContain(row.at(-1)!);
});

for (const look of ['light', 'dark', 'projector', 'forced colours'] as const) {
  for (const width of [1440, 320]) {
    test(`everybody can use the race: ${look}, ${width} px`, async ({ page, open }, info) => {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({
        forcedColors: look === 'forced colours' ? 'active' : 'none',
        reducedMotion: 'reduce',
      });
      await open(look === 'forced colours' ? '#device=cpu' : `#device=cpu&look=${look}`);
      const dialog = await openRace(page);
      await dialog.getByLabel('How much').fill('30');
      await raced(dialog);
      await clean(page, 'the race', 'dialog');
      await noSidewaysScroll(page, 'the race');
      const wider = await dialog.locator('.body').evaluate((body) => body.scrollWidth - body.clientWidth);
      expect(wider).toBeLessThanOrEqual(0);
      await page.screenshot({ path: info.outputPath('race.png') });
      await dialog.getByRole('table').scrollIntoViewIfNeeded();
      await page.screenshot({ path: info.outputPath('table.png') });
    });
  }
}

test('a text of one’s own has the scores that the program gives it', async ({ page, open }) => {
  await open({ prompt: PROMPT, device: 'cpu', max_steps: 3 });
  const before = await generate(page);
  const dialog = await openRace(page);
  const text = ' lived in a castle.';
  await dialog.getByLabel('Text', { exact: true }).fill(text);
  await dialog.getByRole('button', { name: 'Score' }).click();
  const rows = dialog.getByRole('table').locator('tbody tr');
  await expect(rows.first()).toBeVisible({ timeout: PATIENCE });

  const flags = ['score', '--prompt', PROMPT, '--text', text, '--device', 'cpu', '--format', 'json'];
  const { stdout } = await promisify(execFile)(program(), flags, { timeout: 180_000 });
  const { tokens, mean } = JSON.parse(stdout) as {
    tokens: { position: number; log_probability: number; rank: number; entropy: number }[];
    mean: number;
  };
  const found = await rows.evaluateAll((all) =>
    all.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent)),
  );
  expect(found.length).toBe(tokens.length);
  for (const [at, [position, , log, rank, entropy]] of found.entries()) {
    const token = tokens[at]!;
    expect([Number(position), Number(rank)]).toEqual([token.position, token.rank]);
    expect(Math.abs(Number(log) - token.log_probability)).toBeLessThan(2e-3);
    expect(Math.abs(Number(entropy) - token.entropy)).toBeLessThan(2e-3);
  }
  const caption = await dialog.getByRole('table').locator('caption').textContent();
  expect(Math.abs(Number(/(-[\d.]+) a token/.exec(caption ?? '')?.[1]) - mean)).toBeLessThan(2e-3);

  await dialog.getByLabel('Text', { exact: true }).fill(' lived'.repeat(600));
  await dialog.getByRole('button', { name: 'Score' }).click();
  await expect(dialog.getByTestId('score-trouble')).toContainText('score a shorter text', { timeout: PATIENCE });
  await clean(page, 'a scored text', 'dialog');
  await page.keyboard.press('Escape');
  expect(await currentTrace(page)).toEqual(before);
});
