// The first minute of somebody who knows only that a model predicts the next word: what the first screen says, that it
// says it once, and that nothing lies over what is spoken of.

import type { Page } from '@playwright/test';
import { expect, test } from './support/page.ts';
import { lookedAt, overlaps, wordsInView } from './support/seen.ts';

const SIZES = [
  [1440, 900],
  [1280, 800],
  [900, 700],
  [768, 1024],
  [390, 844],
] as const;

/** Words that only experts know; a term may stand small behind the words that explain it. */
const TERMS = /\b(lattice|members?|kin|viterbi|coherent|weighted|weights|slots?|posterior|decoders?|sets?|nats?)\b/i;

for (const [width, height] of SIZES) {
  test(`the first screen has no word that only experts know: ${width} px`, async ({ page, open }) => {
    await page.setViewportSize({ width, height });
    await open();
    const said = await wordsInView(page);
    expect(said.length).toBeGreaterThan(20);
    expect(said.filter((words) => TERMS.test(words) && !words.includes('as the field calls it'))).toEqual([]);
    // The one that is counted in says what it is.
    expect(said.filter((words) => /token/i.test(words) && !words.includes('words or parts of words'))).toEqual([]);
    // 10 % is not likely; it is likely enough.
    expect(said.filter((words) => /(?<!how |% )\blikely\b(?! enough)/.test(words))).toEqual([]);
  });

  test(`what orange means is said once: ${width} px`, async ({ page, open }) => {
    await page.setViewportSize({ width, height });
    await open();
    const said = (await wordsInView(page)).filter((words) => words.includes('several at the same place'));
    expect(said).toHaveLength(1);
  });
}

test('the words put away, the legend is still over the lattice', async ({ page, open }) => {
  await open();
  await page.getByTestId('door-close').click();
  await expect(page.getByTestId('legend').locator('.several').first()).toBeInViewport({ ratio: 1 });
  const [legend, board] = [page.getByTestId('legend'), page.locator('#lattice .scroller')];
  expect((await legend.boundingBox())!.y).toBeLessThan((await board.boundingBox())!.y);
});

for (const [width, height] of SIZES.slice(0, 2)) {
  test(`the reading and ordinary text are seen without scrolling: ${width} px`, async ({ page, open }) => {
    await page.setViewportSize({ width, height });
    await open();
    await expect(page.locator('#lattice .cell').last()).toBeInViewport({ ratio: 1 });
    await expect(page.getByTestId('reading-lead')).toBeInViewport({ ratio: 1 });
    await expect(page.getByTestId('reading-line')).toBeInViewport({ ratio: 1 });
    await expect(page.getByTestId('ordinary-text')).toBeInViewport({ ratio: 1 });
  });
}

test('on a phone the first line of the reading stands above the dock, and a row of the lattice above it', async ({
  page,
  open,
}) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await open();
  const bottoms = (): Promise<[number, number]> =>
    page.evaluate(() => {
      const range = document.createRange();
      range.selectNodeContents(document.querySelector('[data-testid=reading-line]')!);
      const dock = document.querySelector('.time')!.getBoundingClientRect();
      return [range.getClientRects()[0]!.bottom, dock.top];
    });
  await expect.poll(async () => (await bottoms())[0] - (await bottoms())[1]).toBeLessThanOrEqual(0);
  await expect(page.locator('#lattice .cell').last()).toBeInViewport({ ratio: 1 });
});

test('the rule that drew the line is said beside it, and changes with the rule', async ({ page, open }) => {
  await open();
  // “sorry” with 22 % is on the line, “glad” with 26 % stands over it.
  const cell = (word: string) => page.locator('#lattice .cell').filter({ hasText: word }).last();
  await expect(cell('sorry')).toHaveAccessibleName(/22 percent.*in the reading/);
  await expect(cell('glad')).toHaveAccessibleName(/26 percent/);
  await expect(cell('glad')).not.toHaveAccessibleName(/in the reading/);
  const lead = page.getByTestId('reading-lead');
  await expect(lead).toHaveText('the words that fit each other best, not always the likeliest at their place');
  await page.getByRole('radio', { name: 'Likeliest at each place' }).check();
  await expect(cell('glad')).toHaveAccessibleName(/in the reading/);
  await expect(lead).toHaveText('the likeliest word at each place, whether or not they fit each other');
});

test('what is played and what time says do not contradict each other', async ({ page, open }) => {
  await open('#trace=letter.jsonl&time=22');
  const time = page.locator('#scrubber');
  await expect(page.getByTestId('door-play')).toHaveText('Play it step by step');
  await expect(time.locator('.where')).toContainText('step 22 of 0 to 23');
  const slider = page.getByRole('slider', { name: 'Step', exact: true });
  await slider.press('ArrowRight');
  await expect(time.locator('.where')).toContainText('step 23 of 0 to 23');
  await expect(slider).toHaveAttribute('aria-valuetext', /^Step 23 of 0 to 23\. .*The run ends here/);
});

for (const [width, height] of [
  [1280, 800],
  [390, 844],
] as const) {
  test(`notices come one at a time and are counted: ${width} px`, async ({ page, open }) => {
    await page.setViewportSize({ width, height });
    await open('#time=4&selected=9&word=+nothing');
    const notices = page.locator('.notice');
    await expect(notices).toHaveAttribute('data-code', 'link-differs');
    await page.evaluate(() => (location.hash = '#tour=9'));
    await expect(notices).toHaveAttribute('data-code', 'bad-link');
    await expect(notices).toHaveCount(1);
    const next = page.getByTestId('next-notice');
    await expect(next).toHaveText('Next of 2');
    await next.click();
    await expect(notices).toHaveAttribute('data-code', 'link-differs');
    await page.getByRole('button', { name: /^Dismiss/ }).click();
    await expect(notices).toHaveAttribute('data-code', 'bad-link');
    await expect(next).toHaveCount(0);
  });
}

test.describe('the tour', () => {
  const SCENES = 11;

  for (const [width, height] of SIZES) {
    test(`its card lies beside what it speaks of: ${width} x ${height} px`, async ({ page, open }) => {
      await page.setViewportSize({ width, height });
      await open('#tour=1');
      // On a phone time is docked below the card; a window of 700 px has no room for it above the card.
      const hasTime = width >= 700 && height >= 800;
      for (let at = 0; at < SCENES; at += 1) {
        const scene = (await page.getByTestId('tour').getAttribute('data-scene'))!;
        await expect.poll(() => hidden(page, hasTime), { message: scene }).toEqual([]);
        if (at < SCENES - 1) await page.getByTestId('tour-on').click();
      }
      await expect(page.getByTestId('tour')).toHaveAttribute('data-scene', 'yours');
    });
  }
});

/** What the scene speaks of and cannot be seen: under the card, or out of the window. */
async function hidden(page: Page, hasTime: boolean): Promise<string[]> {
  const spoken = await lookedAt(page, hasTime ? '#lattice .spot, #scrubber .track' : '#lattice .spot');
  const card = (await page.getByTestId('tour').boundingBox())!;
  const { width, height } = page.viewportSize()!;
  return spoken
    .filter(
      ({ box }) => overlaps(box, card) || box.y < 0 || box.y + box.height > height || box.x + box.width > width + 12,
    )
    .map(({ name }) => name);
}
