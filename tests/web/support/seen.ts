// What somebody sees who has scrolled nothing: words in the window, and boxes that lie over each other.

import type { Page } from '@playwright/test';

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export function overlaps(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** The elements by their first classes, and where they are in the window. */
export function lookedAt(page: Page, selector: string): Promise<{ name: string; box: Box }[]> {
  return page.locator(selector).evaluateAll((elements) =>
    elements.map((element) => {
      const { x, y, width, height } = element.getBoundingClientRect();
      return { name: element.classList.value, box: { x, y, width, height } };
    }),
  );
}

/** Texts of the page that are in the window, each a piece without markup. Words of a run, and terms in small type, are left out. */
export function wordsInView(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.textContent?.trim() ?? '';
      const element = node.parentElement;
      if (!/\p{L}/u.test(text) || !element) continue;
      if (element.closest('small, .visually-hidden, .skip, script, style, [data-slot], [data-testid=reading-line]'))
        continue;
      if (!element.checkVisibility({ visibilityProperty: true })) continue;
      range.selectNodeContents(node);
      const seen = [...range.getClientRects()].some(
        ({ x, y, right, bottom }) => right > 0 && bottom > 0 && x < innerWidth && y < innerHeight && right > x + 1,
      );
      if (seen) found.push(text);
    }
    return found;
  });
}
