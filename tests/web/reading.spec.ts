// The reading under the lattice: a word is exchanged, the path goes through it, the text is copied; words that are a word
// ahead are marked.

import type { Page } from '@playwright/test';
import { clean } from './support/access.ts';
import { recordFirst } from './support/chain.ts';
import { expect, test, type Trace } from './support/page.ts';

const line = (page: Page) => page.getByTestId('reading-line');
const words = (page: Page) => line(page).locator('.word');
const menu = (page: Page) => page.getByRole('menu');

/** The best text of the run through this member, with the prompt, by trying every path. */
function bestThrough(trace: Trace, step: number, rank: number): string {
  let paths: { text: string; score: number; member: number }[] = [
    { text: trace.run.prompt.text, score: 0, member: -1 },
  ];
  for (const [at, event] of trace.steps.entries()) {
    const next = event.set.map((member, v) => {
      const ways = paths.map((path) => {
        const said = at === 0 ? member.probability : event.chain![v]![path.member]!;
        return {
          text: path.text + member.text,
          score: path.score + Math.log(said),
          member: v,
        };
      });
      // Only the best way to each member can be part of the best path.
      return ways.reduce((best, way) => (way.score > best.score ? way : best));
    });
    paths = at === step ? [next[rank]!] : next;
  }
  return paths.reduce((best, path) => (path.score > best.score ? path : best)).text;
}

/** The first step of the run whose set has several members, as a place among the words that can be pressed. */
function firstChoice(trace: Trace): number {
  return trace.steps.findIndex(({ set }) => set.length > 1);
}

test('a word of the reading opens its alternatives; the chosen one is in the reading and in the drawn path', async ({
  page,
  server,
  open,
}) => {
  const trace = await recordFirst(server);
  await open();
  const best = await line(page).textContent();
  const step = firstChoice(trace);
  const set = trace.steps[step]!.set;
  await words(page).first().click();
  const items = menu(page).getByRole('menuitemradio');
  await expect(items).toHaveCount(set.length);
  await expect(menu(page).locator('[aria-checked=true]')).toBeFocused();
  await expect(items.first()).toHaveAccessibleName(/, .*\d+ percent, fits .*\d+ percent$/);
  await clean(page, 'the menu of a word', '[data-testid=reading]');
  const pathBefore = await page.locator('#lattice path.reading').getAttribute('d');

  // The member that the best reading does not take.
  const taken = (await items.evaluateAll((each) => each.map((item) => item.getAttribute('aria-checked')))).indexOf(
    'true',
  );
  const other = taken === 0 ? 1 : 0;
  await items.nth(other).click();
  await expect(menu(page)).toHaveCount(0);
  await expect(words(page).first(), 'the focus comes back to the word').toBeFocused();
  await expect(line(page)).toHaveText(bestThrough(trace, step, other));
  await expect(page.getByTestId('reading')).toHaveAttribute('data-kind', 'chosen');
  await expect(words(page).first()).toHaveAccessibleName(/chosen by you/);
  await expect(page.getByTestId('reading-note')).toContainText(/Your choice.*less likely/);
  await expect(page.locator('#lattice .place[data-chosen] .cell')).toHaveAttribute(
    'data-slot',
    String(set[other]!.slot),
  );
  await expect(page.locator('#lattice path.reading')).not.toHaveAttribute('d', pathBefore!);
  await expect(page.getByTestId('live-region')).toContainText('best-fitting reading through');

  await page.getByRole('button', { name: 'Back to the best reading' }).click();
  await expect(line(page)).toHaveText(best!);
  await expect(page.locator('#lattice .place[data-chosen]')).toHaveCount(0);
});

test('words are chosen by the keyboard alone: one tab stop, arrows, Enter, Escape', async ({ page, server, open }) => {
  await recordFirst(server);
  await open();
  const focused = page.locator(':focus');
  await expect(line(page).locator('.word[tabindex="0"]')).toHaveCount(1);
  await words(page).last().focus();
  await page.keyboard.press('Home');
  await expect(words(page).first()).toBeFocused();
  await page.keyboard.press('ArrowRight');
  await expect(words(page).nth(1)).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(focused).toHaveRole('menuitemradio');
  await page.keyboard.press('Escape');
  await expect(menu(page)).toHaveCount(0);
  await expect(words(page).nth(1)).toBeFocused();

  await page.keyboard.press('Enter');
  await expect(focused).toHaveAttribute('aria-checked', 'true');
  const name = await focused.getAttribute('aria-label');
  await page.keyboard.press('ArrowDown');
  await expect(focused).not.toHaveAttribute('aria-label', name!);
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('reading')).toHaveAttribute('data-kind', 'chosen');
  await expect(line(page).locator('.word.chosen')).toBeFocused();

  // The choice can be taken back where it was made.
  await page.keyboard.press('Enter');
  await menu(page).getByRole('menuitem', { name: 'Let the fit decide here' }).click();
  await expect(page.getByTestId('reading')).toHaveAttribute('data-kind', 'viterbi');
});

test('a choice is brought into sight in the lattice, and travels in a link', async ({
  page,
  context,
  server,
  open,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await recordFirst(server);
  await open();
  const chosen = page.locator('#lattice .place[data-chosen] .cell');
  await expect(page.locator('#lattice .column').first()).not.toBeInViewport();
  await words(page).first().click();
  await menu(page).locator('[aria-checked=false]').first().click();
  await expect(chosen).toBeInViewport({ ratio: 1 });
  const slot = await chosen.getAttribute('data-slot');
  const text = await line(page).textContent();
  await page.getByTestId('share').click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain(`path=${slot}`);

  await page.goto('about:blank');
  await open(`#trace=letter.jsonl&path=${slot}`);
  await expect(line(page)).toHaveText(text!);
  await expect(chosen).toHaveAttribute('data-slot', slot!);
  await page.goto('about:blank');
  await open('#trace=letter.jsonl&path=probable');
  await expect(page.getByTestId('reading')).toHaveAttribute('data-kind', 'probable');
});

test('a choice is of its run: another run begins with its best reading', async ({ page, server, open }) => {
  const offers = (await (await page.request.get(`${server.origin}/traces/index.json`)).json()) as { file: string }[];
  const other = offers.at(-1)!.file;
  await open();
  await words(page).first().click();
  await menu(page).locator('[aria-checked=false]').first().click();
  await expect(page.getByTestId('reading')).toHaveAttribute('data-kind', 'chosen');
  const before = await line(page).textContent();
  await page.evaluate((file) => (location.hash = `#trace=${file}`), other);
  await expect(line(page)).not.toHaveText(before!);
  await expect(page.getByTestId('reading')).toHaveAttribute('data-kind', 'viterbi');
});

test('the reading is copied as text that says what it is', async ({ page, context, server, open }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const trace = await recordFirst(server);
  await open();
  const text = await line(page).textContent();
  await page.getByRole('button', { name: 'Copy this reading' }).click();
  await expect(page.getByTestId('reading')).toContainText('Copied');
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied.startsWith(`${text}\n`)).toBe(true);
  expect(copied).toContain(`A reading of a run of TEMPO with ${trace.run.model.id}`);
});

test('a word that is a word ahead of its neighbour is marked, and it is said why a reading can say it twice', async ({
  page,
  server,
  open,
}) => {
  await recordFirst(server);
  await open();
  await expect(page.getByTestId('stutter-note')).toContainText('a word ahead of the other');
  await expect(page.getByTestId('stutter-note')).toContainText('the best one says it once');
  await expect(page.locator('#lattice .out[data-ahead="ahead"]').first()).toBeVisible();
  await expect(page.locator('#lattice .cell[aria-label*="a word ahead"]').first()).toBeAttached();
  await expect(line(page).locator('[data-ahead]')).toHaveCount(0);

  await page.getByRole('radio', { name: 'Likeliest at each place' }).check();
  await expect(page.getByTestId('stutter-note')).toContainText(/takes both, so it says “.*” twice/);
  await expect(line(page).locator('.word [data-ahead]').first()).toBeVisible();
});

test('ordinary decoding stands beside the reading of a recorded run, with the place where the two part', async ({
  page,
  server,
  open,
}) => {
  const offers = (await (await page.request.get(`${server.origin}/traces/index.json`)).json()) as {
    file: string;
    ordinary?: string;
  }[];
  const offer = offers.find(({ ordinary }) => ordinary)!;
  await open(`#trace=${offer.file}`);
  await expect(page.getByTestId('ordinary-line')).toContainText(offer.ordinary!.trim().slice(0, 12));
  await expect(page.getByTestId('ordinary-line')).toContainText('The bar marks where the two part.');
  await expect(page.getByTestId('reading').locator('.parting')).toHaveCount(2);
});

test('ordinary decoding of a live run is computed on request and stays with the run', async ({ page, open }) => {
  await open({ max_steps: 8, selection_threshold: 0.1, device: 'cpu' });
  await page.getByTestId('generate').click();
  const compare = page.getByRole('button', { name: 'Compare with ordinary decoding (8 steps)' });
  await compare.click({ timeout: 60_000 });
  const ordinary = page.getByTestId('ordinary-line');
  await expect(ordinary).toContainText('8 steps, computed after the run.', { timeout: 60_000 });
  await expect(compare).toHaveCount(0);
  await expect(page.getByTestId('badge')).toContainText('live with');

  // At an earlier step it is the same text: it is the run's, not the moment's.
  const told = (await page.getByTestId('ordinary-text').textContent())!;
  await page.getByRole('slider', { name: 'Step', exact: true }).fill('0');
  await expect(ordinary).toContainText(told.trim());
});
