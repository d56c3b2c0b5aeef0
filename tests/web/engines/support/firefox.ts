// Firefox over WebDriver BiDi, which it speaks by itself.

import puppeteer from 'puppeteer-core';
import { Home } from './folder.ts';
import type { Tab } from './tab.ts';

export async function openFirefox(): Promise<Tab> {
  const home = await Home.make();
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env['FIREFOX'] ?? '/usr/bin/firefox-esr',
    headless: true,
    env: home.environment(),
    extraPrefsFirefox: {
      'browser.download.dir': home.downloads,
      'browser.download.folderList': 2,
      'browser.download.always_ask_before_handling_new_types': false,
    },
  });
  const page = await browser.newPage();
  await page.setViewport({ width: 1280, height: 900 });
  return {
    version: await browser.version(),
    open: async (address) => void (await page.goto(address, { waitUntil: 'load' })),
    evaluate: (work, ...given) => page.evaluate(work as never, ...given) as never,
    click: (selector) => page.click(selector),
    press: (key) => page.keyboard.press(key),
    saved: () => home.saved(),
    close: async () => {
      await browser.close();
      await home.remove();
    },
  };
}
