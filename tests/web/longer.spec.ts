// Another language says the same in more letters: every word of the page made two fifths longer, nothing may be cut.

import type { Page } from '@playwright/test';
import { noSidewaysScroll } from './support/access.ts';
import { expect, test } from './support/page.ts';

for (const [width, height] of [
  [390, 844],
  [900, 700],
  [1280, 800],
] as const) {
  test(`words two fifths longer are not cut: ${width} px`, async ({ page, open }) => {
    await page.setViewportSize({ width, height });
    await open();
    expect(await cut(page), 'as it is').toEqual([]);
    await lengthen(page);
    expect(await cut(page), 'the first screen and the panels').toEqual([]);
    await noSidewaysScroll(page, `${width} px`);

    await page.goto('about:blank');
    await open('#tour=4');
    await lengthen(page);
    expect(await cut(page), 'the tour').toEqual([]);
    await noSidewaysScroll(page, `${width} px`);

    await page.goto('about:blank');
    await open();
    await page.getByTestId('run-settings-button').click();
    await expect(page.getByTestId('preset-greedy')).toBeVisible();
    await lengthen(page);
    expect(await cut(page), 'the settings').toEqual([]);
    await noSidewaysScroll(page, `${width} px`);
  });
}

/** Words of runs, of models and of the visitor are the same in every language. */
const SAME = 'script, style, [data-slot], [data-testid=reading-line], [data-testid=runs], textarea, kbd, svg';

async function lengthen(page: Page): Promise<void> {
  await page.evaluate((same) => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.parentElement?.closest(same)) continue;
      node.textContent = node.textContent!.replace(
        /\p{L}{3,}/gu,
        (word) => word + word.slice(-Math.ceil(0.4 * word.length)),
      );
    }
  }, SAME);
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn, 100))));
}

/** Texts of which a part lies outside of a box that hides it, or of the window where that does not scroll. */
function cut(page: Page): Promise<string[]> {
  return page.evaluate((same) => {
    const found: string[] = [];
    const range = document.createRange();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      if (!element || !/\p{L}/u.test(node.textContent ?? '')) continue;
      if (element.closest(`${same}, .visually-hidden, .skip`) || !element.checkVisibility({ visibilityProperty: true }))
        continue;
      range.selectNodeContents(node);
      const { left, right, top, bottom } = range.getBoundingClientRect();
      for (let box: Element | null = element; box; box = box.parentElement) {
        const { overflowX, overflowY, display, clipPath } = getComputedStyle(box);
        if (clipPath !== 'none') break;
        if (display === 'contents' || display === 'inline') continue;
        // What scrolls is not cut.
        if (overflowX === 'auto' || overflowX === 'scroll') break;
        const edge = box.getBoundingClientRect();
        const isOut = right > edge.right + 1 || left < edge.left - 1;
        const isUnder = /hidden|clip/.test(overflowY) && (bottom > edge.bottom + 2 || top < edge.top - 2);
        if ((overflowX !== 'visible' && isOut) || isUnder || (box === document.body && isOut)) {
          found.push(
            `${node.textContent!.trim()} (${element.className || element.tagName} in ${box.className || box.tagName})`,
          );
          break;
        }
      }
    }
    return found;
  }, SAME);
}
