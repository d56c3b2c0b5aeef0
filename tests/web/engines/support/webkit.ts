// WebKitGTK's MiniBrowser over WebDriver, on a display of its own. Its engine is Safari's; its storage and its drawing are not.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { Builder, By, Capabilities, Key as Keys } from 'selenium-webdriver';
import { Home } from './folder.ts';
import type { Key, Tab } from './tab.ts';

const KEYS: Readonly<Record<Key, string>> = {
  ArrowLeft: Keys.ARROW_LEFT,
  ArrowRight: Keys.ARROW_RIGHT,
  ArrowDown: Keys.ARROW_DOWN,
  Space: Keys.SPACE,
  Enter: Keys.ENTER,
  Escape: Keys.ESCAPE,
};

export async function openWebKit(): Promise<Tab> {
  const home = await Home.make();
  const screen = spawn('Xvfb', ['-displayfd', '1', '-screen', '0', '1400x1000x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const display = `:${(await firstLine(screen)).trim()}`;
  const port = await freePort();
  const driver = spawn(process.env['WEBKIT_DRIVER'] ?? 'WebKitWebDriver', [`--port=${port}`], {
    env: { ...home.environment(), DISPLAY: display, GDK_BACKEND: 'x11' },
    stdio: 'ignore',
  });
  const server = `http://127.0.0.1:${port}`;
  await answers(`${server}/status`, driver);
  const options = { args: ['--automation'] };
  const browser = await new Builder()
    .usingServer(server)
    .withCapabilities(new Capabilities({ browserName: 'MiniBrowser', 'webkitgtk:browserOptions': options }))
    .build();
  // The window has a frame, the page is to be as wide as in Firefox.
  const [wide, high] = await browser.executeScript<[number, number]>('return [innerWidth, innerHeight]');
  const outer = await browser.manage().window().getRect();
  const size = { width: outer.width + 1280 - wide, height: outer.height + 900 - high };
  await browser.manage().window().setRect(size);
  const capabilities = await browser.getCapabilities();
  return {
    version: `${capabilities.get('browserName')} ${capabilities.get('browserVersion')}`,
    open: (address) => browser.get(address),
    evaluate: (work, ...given) => browser.executeScript(`return (${String(work)}).apply(null, arguments)`, ...given),
    click: (selector) => browser.findElement(By.css(selector)).click(),
    press: (key) => browser.actions().sendKeys(KEYS[key]).perform(),
    saved: () => home.saved(),
    close: async () => {
      await browser.quit();
      for (const process of [driver, screen]) {
        const ended = once(process, 'exit');
        process.kill();
        await ended;
      }
      await home.remove();
    },
  };
}

/** Xvfb prints the number of the display that it took, when it is ready. */
async function firstLine(process: ChildProcess): Promise<string> {
  const failed = once(process, 'exit').then(() => Promise.reject(new Error('Xvfb has ended')));
  const [data] = (await Promise.race([once(process.stdout!, 'data'), failed])) as [Buffer];
  // It ends one day, and that is no failure.
  failed.catch(() => undefined);
  return data.toString();
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Asks until the driver answers; a driver that has ended never will. */
async function answers(address: string, driver: ChildProcess): Promise<void> {
  while (driver.exitCode === null) {
    const isThere = await fetch(address).then(
      (response) => response.ok,
      () => false,
    );
    if (isThere) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`WebKitWebDriver has ended with ${driver.exitCode}`);
}
