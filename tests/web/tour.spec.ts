// The tour: six beats that are states and links, by keyboard alone, heard, left with everything as it was, remembered.

import type { Page } from '@playwright/test';
import { clean, noSidewaysScroll } from './support/access.ts';
import { expect, test } from './support/page.ts';

const BEATS = [1, 2, 3, 4, 5, 6];
const SCENES = ['start', 'guess', 'answer', 'together', 'dropped', 'fork', 'first', 'second', 'mixed', 'line', 'yours'];

const card = (page: Page) => page.getByTestId('tour');
const scene = (page: Page, name: string) => expect(card(page)).toHaveAttribute('data-scene', name);
const step = (page: Page, at: number) =>
  expect(page.getByTestId('breadcrumb')).toHaveText(new RegExp(`^step ${at}\\b`));

async function fromPalette(page: Page): Promise<void> {
  await page.keyboard.press('/');
  await page.getByRole('combobox', { name: 'Command' }).fill('around');
  await page.keyboard.press('Enter');
  await expect(card(page)).toBeVisible();
}

/** What the tour must leave as it was. */
async function moment(page: Page): Promise<unknown> {
  return page.evaluate(() => ({
    crumbs: document.querySelector('[data-testid=breadcrumb]')?.textContent,
    pinned: document.querySelector('#lattice .cell[aria-selected=true]')?.getAttribute('data-slot'),
    reading: document.querySelector('[data-testid=reading-line]')?.textContent,
    whatIf: document.querySelector('[data-testid=what-if]')?.textContent,
    run: document.querySelector('[data-testid=runs]')?.textContent,
    hash: location.hash,
  }));
}

test.describe('without motion', () => {
  test.use({ reducedMotion: 'reduce' });

  test('the keyboard alone goes through all six beats, back, and on to a sentence of one’s own', async ({
    page,
    open,
  }) => {
    await open();
    await fromPalette(page);
    await expect(page.getByTestId('tour-on')).toBeFocused();
    for (const name of SCENES.slice(0, 2)) {
      await scene(page, name);
      await page.keyboard.press(name === 'guess' ? 'Shift+Tab' : 'Space');
    }
    // The question is answered by a guess, which is remembered.
    await page.keyboard.press('Shift+Tab');
    const guess = page.getByRole('group', { name: 'What would you take?' }).getByRole('button').last();
    await expect(guess).toBeFocused();
    const word = await guess.textContent();
    await page.keyboard.press('Space');
    await scene(page, 'answer');
    await expect(page.getByTestId('tour-text')).toContainText(`You would take “${word}”`);
    // The button that had the focus is gone; the way on has it.
    await expect(page.getByTestId('tour-on')).toBeFocused();
    for (const name of SCENES.slice(2, -1)) {
      await scene(page, name);
      await page.keyboard.press('ArrowRight');
    }
    await scene(page, 'yours');
    await page.keyboard.press('ArrowLeft');
    await scene(page, 'line');
    await expect(page.locator('#lattice [data-what-if=out]')).not.toHaveCount(0);
    await page.keyboard.press('Space');
    await expect(page.locator('#lattice [data-what-if=out]')).toHaveCount(0);
    await scene(page, 'yours');
    await page.keyboard.press('Space');
    await expect(card(page)).toHaveCount(0);
    await expect(page.getByTestId('prompt')).toBeFocused();
  });

  test('a link opens each beat as it is, without a press; the address names it', async ({ page, open }) => {
    const firsts = ['start', 'guess', 'together', 'dropped', 'fork', 'line'];
    const shown = [];
    for (const beat of BEATS) {
      await page.goto('about:blank');
      await open(`#tour=${beat}`);
      await scene(page, firsts[beat - 1]!);
      expect(new URL(page.url()).hash).toBe(`#tour=${beat}`);
      await expect(page.locator('[aria-current=step]')).toHaveText(String(beat));
      await expect(page.getByTestId('live-region')).toHaveText(new RegExp(`^Tour, part ${beat} of 6\\. .+\\.`));
      shown.push(await page.getByTestId('breadcrumb').textContent());
    }
    expect(shown.map((text) => /^step \d+/.exec(text!)?.[0])).toEqual([
      'step 3',
      'step 3',
      'step 4',
      'step 4',
      'step 19',
      'step 19',
    ]);
    // What is no beat is named and opens nothing.
    await page.goto('about:blank');
    await open('#tour=9');
    await expect(page.locator('[data-code=bad-link]')).toBeVisible();
    await expect(card(page)).toHaveCount(0);
  });

  test('what a part speaks of is ringed: a column, a word, an entry of the legend', async ({ page, open }) => {
    const rings = async (): Promise<[number, number, number]> => [
      await page.locator('#lattice .column.spot').count(),
      await page.locator('#lattice .place.spot').count(),
      await page.getByTestId('legend').locator('.spot').count(),
    ];
    await open('#tour=1');
    await expect.poll(rings).toEqual([1, 0, 1]);
    await page.getByTestId('tour-on').click();
    await expect.poll(rings).toEqual([0, 1, 0]);
    await page.getByRole('link', { name: 'Part 3' }).click();
    await expect.poll(rings).toEqual([1, 0, 2]);
    await page.getByRole('link', { name: 'Part 4' }).click();
    await expect.poll(rings).toEqual([0, 1, 1]);
    await expect(page.locator('#lattice .place.spot .cell.removed')).toHaveCount(1);
    await page.keyboard.press('Escape');
    await expect.poll(rings).toEqual([0, 0, 0]);
  });

  test('two paths are lit one after the other, then the one that nobody meant', async ({ page, open }) => {
    await open('#tour=5');
    const read = page.getByTestId('reading-line');
    for (const words of ['glad you', 'sorry for your loss', 'glad for your loss']) {
      await page.getByTestId('tour-on').click();
      await expect(read).toContainText(words);
    }
    await expect(read).toContainText("I'm so glad for your loss");
    await page.getByTestId('tour-on').click();
    await expect(read).not.toContainText('loss');
  });

  test('Escape leaves from anywhere, and everything is as it was; a token pinned meanwhile goes first', async ({
    page,
    open,
  }) => {
    await open('#trace=village.jsonl&time=7');
    await page.locator('#lattice .cell.sibling').last().click();
    const before = await moment(page);
    await fromPalette(page);
    for (const name of SCENES.slice(0, 4)) {
      await scene(page, name);
      await page.getByTestId('tour-on').click();
    }
    await page.getByTestId('tour-numbers').click();
    await expect(page.locator('#lattice .cell[aria-selected=true]')).toHaveCount(1);
    await page.keyboard.press('Escape');
    await expect(page.locator('#lattice .cell[aria-selected=true]')).toHaveCount(0);
    await expect(card(page)).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(card(page)).toHaveCount(0);
    expect(await moment(page)).toEqual(before);
    await expect(page.locator('main')).toBeFocused();

    // From the line as well: nothing is tried any more.
    await fromPalette(page);
    await page.getByRole('link', { name: 'Part 6' }).click();
    await expect(page.getByTestId('what-if')).toBeVisible();
    await page.keyboard.press('Escape');
    expect(await moment(page)).toEqual(before);
  });

  test('it is remembered, and can be taken again from the help', async ({ page, open }) => {
    const kept = () => page.evaluate(() => JSON.parse(localStorage.getItem('tempo-preferences') ?? '{}').toured);
    await open();
    expect(await kept()).toBe(false);
    await page.getByTestId('help').click();
    await page.getByTestId('help-tour').click();
    await scene(page, 'start');
    await page.getByTestId('tour-leave').click();
    await expect(card(page)).toHaveCount(0);
    await expect.poll(kept).toBe(true);
    await page.reload();
    await page.getByTestId('help').click();
    await page.getByTestId('help-tour').click();
    await scene(page, 'start');
    await page.reload();
    await scene(page, 'start');
  });

  test('another run ends it and stays', async ({ page, open }) => {
    await open('#tour=3');
    await scene(page, 'together');
    await page.getByTestId('runs').click();
    await page.locator('[data-file="greedy.jsonl"]').click();
    await expect(card(page)).toHaveCount(0);
    await expect(page.getByTestId('runs')).toContainText('One word at a time');
    await page.evaluate(() => (location.hash = '#tour=2'));
    await scene(page, 'guess');
    await page.evaluate(() => (location.hash = '#trace=wide.jsonl&time=2'));
    await expect(card(page)).toHaveCount(0);
    await step(page, 2);
    expect(new URL(page.url()).hash).toBe('#trace=wide.jsonl&time=2');
  });

  for (const look of ['light', 'dark', 'projector']) {
    for (const [width, height] of [
      [1280, 800],
      [390, 844],
    ] as const) {
      test(`axe finds nothing in any beat and the lattice is in sight: ${look}, ${width} px`, async ({
        page,
        open,
      }) => {
        await page.setViewportSize({ width, height });
        await open(`#tour=1&look=${look}`);
        for (const name of SCENES) {
          await scene(page, name);
          await clean(page, name, '[data-testid=tour]');
          await noSidewaysScroll(page, name);
          await expect.poll(() => covered(page), { message: name }).toEqual([]);
          if (name !== SCENES.at(-1)) await page.getByTestId('tour-on').click();
        }
      });
    }
  }
});

/** The newest tokens that nobody sees: behind the card, or out of the window. */
function covered(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const column = [...document.querySelectorAll<HTMLElement>('#lattice .cell[data-slot]')];
    const newest = column.slice(-2);
    return newest.flatMap((cell) => {
      const { x, y, width, height } = cell.getBoundingClientRect();
      const there = document.elementFromPoint(x + width / 2, y + height / 2);
      return there && (cell.contains(there) || there.contains(cell)) ? [] : [cell.textContent ?? ''];
    });
  });
}

test.describe('with motion', () => {
  test.use({ contextOptions: { reducedMotion: 'no-preference' } });

  test('while steps play on to the fork the card speaks of the way, and then of the place', async ({ page, open }) => {
    await open('#tour=4');
    await scene(page, 'dropped');
    await page.getByTestId('tour-on').click();
    await scene(page, 'fork');
    await expect(page.getByTestId('tour-title')).toHaveText('The run goes on');
    await step(page, 19);
    await expect(page.getByTestId('tour-title')).toHaveText('Glad or sorry?');
    await expect(page.locator('#lattice .column.spot .cell')).not.toHaveCount(0);
    await expect(page.getByTestId('live-region')).toContainText('Glad or sorry?');
  });

  test('what moves by itself ends in the same state, and a press does not wait for it', async ({ page, open }) => {
    await open('#tour=2');
    await page.getByTestId('tour-on').click();
    await page.getByTestId('tour-on').click();
    await scene(page, 'together');
    await step(page, 4);
    await page.getByTestId('tour-on').click();
    await page.getByTestId('tour-on').click();
    await scene(page, 'fork');
    // Steps are playing; the press goes on all the same, and they end where the next scene is.
    await page.getByTestId('tour-on').click();
    await scene(page, 'first');
    await step(page, 22);
    for (const _press of ['second', 'mixed', 'line']) await page.getByTestId('tour-on').click();
    await scene(page, 'line');
    await expect(page.getByTestId('tour-line')).toHaveJSProperty('value', '0.2');
    await page.getByTestId('tour-line').fill('0.3');
    await expect(page.locator('#lattice [data-what-if=out]')).not.toHaveCount(0);
    await page.getByTestId('tour-on').click();
    await expect(page.getByTestId('what-if')).toHaveCount(0);
  });
});
