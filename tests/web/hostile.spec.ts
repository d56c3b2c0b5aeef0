// What a stranger can hand to the page: a trace file, a link. Nothing of it runs, and it is refused in words.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { deflateRawSync } from 'node:zlib';
import type { Page } from '@playwright/test';
import { expect, test as base } from './support/page.ts';

const RECORDED = fileURLToPath(new URL('../../www/public/traces/letter.jsonl', import.meta.url));
const MARKUP = '<img src=x onerror="window.hacked=1"><script>window.hacked=2</script>';

declare global {
  interface Window {
    hacked?: number;
    /** What the Content-Security-Policy forbade. */
    tempoForbidden: string[];
  }
}

/** Every test here ends with a look at what ran and at what the policy forbade. */
const test = base.extend<{ nothingRan: void }>({
  nothingRan: [
    async ({ page }, use) => {
      await page.addInitScript(() => {
        window.tempoForbidden = [];
        document.addEventListener('securitypolicyviolation', (event) => {
          window.tempoForbidden.push(`${event.violatedDirective}: ${event.blockedURI}`);
        });
      });
      await use();
      expect(await page.evaluate(() => window.hacked)).toBeUndefined();
      expect(await page.evaluate(() => window.tempoForbidden)).toEqual([]);
    },
    { auto: true },
  ],
});

async function openTrace(page: Page, text: string): Promise<void> {
  await page.getByTestId('runs').click();
  await page
    .getByTestId('open-trace')
    .setInputFiles({ name: 'run.jsonl', mimeType: 'application/jsonl', buffer: Buffer.from(text) });
}

type Json = Record<string, any>;

async function lines(): Promise<Json[]> {
  return (await readFile(RECORDED, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Json);
}

const joined = (events: Json[]): string => events.map((event) => JSON.stringify(event)).join('\n');

test('a file that is no trace is refused with the line and the reason', async ({ page, open }) => {
  await open();
  const notice = page.locator('[data-testid=notices] [data-code=bad-trace]').last();
  const shown = await page.getByTestId('badge').textContent();
  const good = await lines();
  const change = (at: number, edit: (event: Json) => void): string => {
    const copy = structuredClone(good);
    edit(copy[at]!);
    return joined(copy);
  };
  const cases: [string, string, RegExp][] = [
    ['markup', MARKUP, /line 1: the line is not JSON/],
    ['nothing', '', /no event/],
    ['deep', '['.repeat(200_000), /line 1: /],
    ['another version', change(0, (run) => (run['version'] = 99)), /version is 99/],
    ['a step twice', joined([good[0]!, good[1]!, good[1]!]), /line 3: /],
    ['a number that is none', change(1, (step) => (step['set'][0].probability = 'high')), /line 2: /],
    ['a slot out of order', change(2, (step) => (step['set'][0].slot = 2 ** 40)), /line 3: /],
    ['a prototype', joined([{ ...good[0]!, type: '__proto__' }]), /line 1: /],
    ['endless', `${joined(good)}\n${' '.repeat(20_000_001)}`, /longer than 20 million/],
  ];
  for (const [name, text, words] of cases) {
    await openTrace(page, text);
    await expect(notice, name).toContainText('This file is not a trace');
    await expect(notice.locator('.detail'), name).toHaveText(words);
    await expect(page.getByTestId('badge'), name).toHaveText(shown!);
    await notice.getByRole('button', { name: /^Dismiss/ }).click();
  }
});

test('markup in a trace is text, everywhere', async ({ page, open }) => {
  await open();
  const events = await lines();
  const [run, first] = events;
  run!['prompt'].text = MARKUP;
  run!['model'].id = MARKUP.slice(0, 60);
  run!['prompt'].tokens[0].text = MARKUP;
  for (const entry of [first!['set'][0], first!['candidates'][0]]) entry.text = MARKUP;
  await openTrace(page, joined(events));
  await expect(page.getByTestId('badge')).toContainText('<img src=x');
  await page.getByTestId('options-take').click();
  await expect(page.getByTestId('prompt')).toHaveValue(MARKUP);
  await expect(page.getByTestId('options-on-loan')).toContainText('<img src=x');
  await page.locator('#lattice .cell.sibling, #lattice .cell.single').first().click();
  await expect(page.locator('#inspector')).toContainText('<img src=x');
  for (const id of ['strip', 'threshold', 'received', 'matrix', 'text']) {
    await page.locator(`#panel-${id}`).scrollIntoViewIfNeeded();
    await expect(page.locator(`#panel-${id} h2`)).toBeVisible();
  }
  await expect(page.locator('#panel-text')).toContainText('onerror');
  await page.locator('#lattice').getByRole('button', { name: 'Table view' }).click();
  await expect(page.locator('#lattice table')).toContainText('<script>');
  expect(await page.locator('img, script:not([src])').count(), 'no element was made of it').toBe(0);

  // The picture that can be saved carries it as text too.
  await page.locator('#lattice').getByRole('button', { name: 'Save', exact: true }).click();
  const arriving = page.waitForEvent('download');
  await page.locator('#lattice').getByRole('button', { name: 'Save as SVG' }).click();
  const svg = await readFile(await (await arriving).path(), 'utf8');
  expect(svg).not.toContain('<img');
  expect(svg).not.toContain('<script');
  expect(svg).toContain('&lt;');
});

test('a hostile link sets what it may and says what it may not', async ({ page, open, server }) => {
  const packed = (state: unknown): string =>
    `#v1.${deflateRawSync(typeof state === 'string' ? state : JSON.stringify(state)).toString('base64url')}`;
  const links: [string, string, RegExp][] = [
    ['20 kB', `#prompt=${'a'.repeat(20_000)}`, /too long/],
    ['a bomb', packed(`"${'a'.repeat(50_000_000)}"`), /could not be read/],
    ['noise', '#v1.!!!!', /could not be read/],
    ['a later version', '#v7.AAAA', /newer version/],
    ['values out of range', '#max_steps=1e99&selection_threshold=-1&look=neon', /cannot be/],
    ['a path', '#trace=../../secret', /cannot be/],
    ['a prototype', packed('{"__proto__":{"polluted":1},"constructor":{},"time":"soon"}'), /cannot be/],
  ];
  for (const [name, hash, words] of links) {
    await page.goto('about:blank');
    await open(hash.startsWith('#prompt') ? {} : hash);
    if (hash.startsWith('#prompt')) await page.evaluate((long) => (location.hash = long), hash);
    const notice = page.locator('[data-testid=notices] [data-code=bad-link]');
    await expect(notice, name).toContainText('Part of this link could not be used');
    await expect(notice.locator('.detail'), name).toHaveText(words);
    await expect(page.locator('#lattice .cell').first(), name).toBeVisible();
  }
  expect(await page.evaluate(() => Object.prototype.hasOwnProperty.call(Object.prototype, 'polluted'))).toBe(false);

  await page.goto('about:blank');
  await open({ prompt: MARKUP });
  await expect(page.getByTestId('prompt')).toHaveValue(MARKUP);
  await expect(page.getByTestId('link-card')).toContainText('<img src=x');
  expect(await page.locator('img').count()).toBe(0);

  // A model that a link names is offered, not fetched; `faults` would see the request.
  await page.goto('about:blank');
  await open('#model=https://evil.example/model/');
  await expect(page.locator('[data-testid=notices] [data-code=link-model]')).toContainText('Nothing is fetched before');
  expect(server.asked(/models\/.*safetensors/)).toEqual([]);
});

test('the policy stands, and nothing that the page does breaks it', async ({ page, open, server }) => {
  for (const path of ['/', '/check.html']) {
    await page.goto(server.origin + path);
    const policy = await page.locator('meta[http-equiv=Content-Security-Policy]').getAttribute('content');
    expect(policy).toContain("default-src 'self'");
    expect(policy).toMatch(/script-src 'self' 'wasm-unsafe-eval';/);
    expect(policy).toMatch(/style-src 'self';/);
    expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|\*(?!;| |:)/);
    expect(await page.locator('script:not([src])').count(), 'no inline script').toBe(0);
  }
  await page.goto('about:blank');
  await open({ prompt: 'Once upon a time', max_steps: 3, device: 'cpu' });
  await page.getByTestId('generate').click();
  await expect(page.getByTestId('badge')).toContainText('live with', { timeout: 60_000 });
  await expect(page.getByTestId('generate')).toBeEnabled({ timeout: 60_000 });
  await page.locator('#lattice').getByRole('button', { name: 'Save', exact: true }).click();
  const arriving = page.waitForEvent('download');
  await page.locator('#lattice').getByRole('button', { name: 'Save as PNG' }).click();
  await arriving;
});

test('the policy would stop a script that got in', async ({ page, open, faults }) => {
  faults.allow(/Executing inline script violates/);
  await open();
  const forbidden = await page.evaluate(async () => {
    const script = document.createElement('script');
    script.textContent = 'window.hacked = 3';
    document.body.append(script);
    await new Promise((resolve) => setTimeout(resolve, 200));
    return window.tempoForbidden.splice(0);
  });
  expect(forbidden.join()).toContain('script-src');
});
