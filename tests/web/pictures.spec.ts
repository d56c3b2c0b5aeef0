// Pictures of a live run in every look and width, to be looked at by a person. The machine only knows whether there is
// something on them.

import { mkdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { expect, generate, goLive, test } from './support/page.ts';

const FOLDER = fileURLToPath(new URL('./pictures/', import.meta.url));
const LOOKS = ['light', 'dark', 'projector'] as const;
const SIZES = [
  { width: 320, height: 720 },
  { width: 900, height: 1000 },
  { width: 1440, height: 1000 },
] as const;

/** How many colours a picture has, and the share of its most common one; counted by the browser that made it. */
async function coloursOf(page: Page, path: string): Promise<{ colours: number; ground: number; height: number }> {
  const blank = await page.context().newPage();
  const base64 = (await readFile(path)).toString('base64');
  const found = await blank.evaluate(async (text) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    const context = canvas.getContext('2d')!;
    context.drawImage(picture, 0, 0);
    const { data } = context.getImageData(0, 0, picture.width, picture.height);
    const counts = new Map<number, number>();
    for (let at = 0; at < data.length; at += 4 * 7) {
      const colour = (data[at]! << 16) | (data[at + 1]! << 8) | data[at + 2]!;
      counts.set(colour, (counts.get(colour) ?? 0) + 1);
    }
    const most = Math.max(...counts.values());
    return { colours: counts.size, ground: most / Math.ceil(data.length / 28), height: picture.height };
  }, base64);
  await blank.close();
  return found;
}

async function picture(page: Page, name: string): Promise<void> {
  const path = `${FOLDER}${name}.png`;
  await page.screenshot({ path, animations: 'disabled' });
  const { colours, ground } = await coloursOf(page, path);
  expect(colours, `${name} has colours`).toBeGreaterThan(40);
  expect(ground, `${name} is not blank`).toBeLessThan(0.97);
  console.log(`picture: tests/web/pictures/${name}.png, ${colours} colours`);
}

for (const look of LOOKS) {
  test(`a live run in the look ${look}`, async ({ page, open }) => {
    await mkdir(FOLDER, { recursive: true });
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.setViewportSize(SIZES[2]);
    const run = 'prompt=Once+upon+a+time&max_steps=24&selection_threshold=0.1&max_set=8&removal=mask&relative=0.9';
    await open(`#look=${look}&${run}&device=cpu`);
    await goLive(page);
    const trace = await generate(page);
    expect(trace.steps.some((step) => step.set.length > 1)).toBe(true);
    // Notes about the device are not what the pictures are of.
    for (const note of await page.getByRole('button', { name: /^Dismiss/ }).all()) await note.click();
    // The newest member of several that outlived a verdict, so that every panel has something to say.
    const judged = trace.steps.flatMap((step) => step.verdicts.filter(({ keep }) => keep).map(({ slot }) => slot));
    await page.locator(`#lattice .cell[data-slot="${judged.at(-1)}"]`).click();
    for (const size of SIZES) {
      await page.setViewportSize(size);
      await expect(page.locator('#inspector')).toBeVisible();
      await page.waitForTimeout(300);
      // The newest columns in sight, at the end of the lattice's own scrolling.
      await page.locator('#lattice .scroller').evaluate((box) => box.scrollTo(box.scrollWidth, box.scrollHeight));
      // On a phone the controls come first and would be all there is.
      await page.evaluate((phone) => {
        scrollTo(0, 0);
        if (phone) document.querySelector('#lattice .scroller')?.scrollIntoView({ block: 'start' });
      }, size.width < 700);
      await page.waitForTimeout(300);
      await picture(page, `${look}-${size.width}`);
      // All of the page, in a window as high as it is.
      const height = await page.evaluate(() => document.scrollingElement!.scrollHeight);
      await page.setViewportSize({ width: size.width, height });
      for (const panel of await page.locator('.panels > [id^=panel-]').all()) {
        await expect(panel.locator('h2').first()).toBeVisible();
      }
      await page.waitForTimeout(800);
      await picture(page, `${look}-${size.width}-whole`);
    }
  });
}
