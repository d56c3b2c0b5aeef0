// One picture a test, into docs/pictures as WebP. Look at each before it is committed.

import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { expect, test } from '../support/page.ts';

const FOLDER = fileURLToPath(new URL('../../../docs/pictures/', import.meta.url));
const LAPTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

/** A word of the first run that has something to say. */
const sorry = (page: Page) => page.locator('#lattice .cell').filter({ hasText: 'sorry' }).last();

test.describe('on a laptop', () => {
  test.use({ viewport: LAPTOP });

  test('first', async ({ page, open }) => {
    await open();
    await picture(page, 'first');
  });

  test('dark', async ({ page, open }) => {
    await open('#look=dark');
    await sorry(page).click();
    await expect(page.locator('#inspector')).toBeVisible();
    await page.locator('#lattice').evaluate((lattice) => lattice.scrollIntoView({ block: 'start' }));
    await picture(page, 'dark');
  });

  test('projector', async ({ page, open }) => {
    await open('#look=projector');
    await page.locator('#lattice').evaluate((lattice) => lattice.scrollIntoView({ block: 'start' }));
    await picture(page, 'projector');
  });

  test('tour-predict', async ({ page, open }) => {
    await open('#tour=2');
    await picture(page, 'tour-predict');
  });

  test('tour-letters', async ({ page, open }) => {
    await open('#tour=5');
    // The fork, then one ending, then the other.
    for (let press = 0; press < 2; press += 1) await page.getByTestId('tour-on').click();
    await expect(page.getByTestId('reading-line')).toContainText('sorry for your loss');
    await picture(page, 'tour-letters');
  });
});

test.describe('on a phone', () => {
  test.use({ viewport: PHONE, deviceScaleFactor: 2, isMobile: true, hasTouch: true });

  test('phone', async ({ page, open }) => {
    await open();
    await picture(page, 'phone');
  });

  test('phone-why', async ({ page, open }) => {
    await open();
    await sorry(page).tap();
    await expect(page.locator('.sheet.open')).toBeVisible();
    await picture(page, 'phone-why');
  });
});

/** Playwright writes PNG and JPEG; the browser itself writes WebP. */
async function picture(page: Page, name: string): Promise<void> {
  await page.waitForTimeout(800);
  const png = (await page.screenshot({ animations: 'disabled' })).toString('base64');
  const blank = await page.context().newPage();
  const webp = await blank.evaluate(async (text) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const canvas = new OffscreenCanvas(image.width, image.height);
    canvas.getContext('2d')!.drawImage(image, 0, 0);
    const blob = await canvas.convertToBlob({ type: 'image/webp', quality: 0.9 });
    return btoa([...new Uint8Array(await blob.arrayBuffer())].map((byte) => String.fromCharCode(byte)).join(''));
  }, png);
  await blank.close();
  await writeFile(`${FOLDER}${name}.webp`, Buffer.from(webp, 'base64'));
}
