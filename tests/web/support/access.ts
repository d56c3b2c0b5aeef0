// What the tests of access look for: violations that axe finds, and a page that is wider than its window.

import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';
import { openSettings } from './page.ts';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** No violation in the page, or in a part of it, and the words of those there are. */
export async function clean(page: Page, where: string, part?: string): Promise<void> {
  let builder = new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).withTags(RULES);
  if (part) builder = builder.include(part);
  const { violations } = await builder.analyze();
  const found = violations.map(({ id, help, nodes }) => ({
    id,
    help,
    nodes: nodes.slice(0, 3).map(({ target, failureSummary }) => `${target.join(' ')}: ${failureSummary ?? ''}`),
  }));
  expect.soft(found, where).toEqual([]);
}

/** A member of a set of several, selected: the inspector and the ghosts are full. */
export async function selectMember(page: Page): Promise<void> {
  await page.locator('#lattice .cell.sibling').first().click();
  await openInspector(page);
  await expect(page.locator('#inspector [role=tabpanel]')).toBeVisible();
}

/** Where the inspector is a sheet that two lines stand for, it is pulled up. */
export async function openInspector(page: Page): Promise<void> {
  const handle = page.getByTestId('inspector-handle');
  await expect(handle.or(page.locator('#inspector')).first()).toBeVisible();
  if ((await handle.isVisible()) && (await handle.getAttribute('aria-expanded')) === 'false') await handle.click();
}

/** Everything that lies below the first picture is drawn when it comes into sight. */
export async function drawPanels(page: Page): Promise<void> {
  for (const slot of await page.locator('.panels > [id^=panel-]').all()) {
    await slot.scrollIntoViewIfNeeded();
    await expect(slot.locator('h2').first()).toBeVisible();
  }
}

export async function openOptions(page: Page): Promise<void> {
  const model = page.locator('details.model:not([open]) > summary');
  if (await model.isVisible()) await model.click();
  await openSettings(page);
  await page.getByTestId('more').evaluate((more) => {
    for (const group of [more, ...more.querySelectorAll('details')]) (group as HTMLDetailsElement).open = true;
  });
}

/** The page is no wider than the window, once it has taken up its width; what sticks out is named. */
export async function noSidewaysScroll(page: Page, where: string): Promise<void> {
  const out = (): Promise<string[]> =>
    page.evaluate(() => {
      const root = document.scrollingElement!;
      if (root.scrollWidth <= root.clientWidth) return [];
      const wide = [...document.querySelectorAll('body *')].filter(
        (element) => element.getBoundingClientRect().right > root.clientWidth + 0.5,
      );
      return [`${root.scrollWidth} px`, ...wide.slice(0, 5).map((element) => element.outerHTML.slice(0, 120))];
    });
  await expect
    .configure({ soft: true })
    .poll(out, { message: `${where}: no scrolling sideways`, timeout: 3000 })
    .toEqual([]);
}
