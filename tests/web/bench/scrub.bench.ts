// What a step of scrubbing costs: the work of the page's main thread (script, style, layout, paint), told by the browser,
// with every panel in sight: a frame of a drag, and a step that is waited for until the picture stands. Builds named in
// TEMPO_PAGES take turns; of each the least is told. Reported, never judged.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { chromium, test, type CDPSession, type Page } from '@playwright/test';
import { WITHOUT_ADAPTER } from '../support/browser.ts';
import { longRun } from '../support/long-run.ts';
import { StaticServer } from '../support/server.ts';
import { median, readTrace } from '../support/trace.ts';

const WWW = fileURLToPath(new URL('../../../www', import.meta.url));
/** "name=folder name=folder": the builds that are held against each other. */
const BUILDS = (process.env['TEMPO_PAGES'] ?? `page=${WWW}/dist`)
  .split(' ')
  .map((each) => each.split('=') as [string, string]);
const ROUNDS = Number(process.env['ROUNDS'] ?? 3);
const LENGTHS = (process.env['LENGTHS'] ?? '100,500').split(',').map(Number);
/** Steps of one walk: enough for a median, few enough for a slow page. */
const WALK = Number(process.env['WALK'] ?? 40);
/** A frame at 60 Hz, and two of them. */
const FRAME = 16.7;
/** High enough for every panel at once. */
const VIEWPORT = { width: 1440, height: 5200 };

const PARTS = ['TaskDuration', 'ScriptDuration', 'RecalcStyleDuration', 'LayoutDuration'] as const;
type Cost = Record<(typeof PARTS)[number], number>;

async function costs(devtools: CDPSession): Promise<Cost> {
  const { metrics } = await devtools.send('Performance.getMetrics');
  return Object.fromEntries(
    PARTS.map((part) => [part, 1000 * (metrics.find(({ name }) => name === part)?.value ?? 0)]),
  ) as Cost;
}

/** Moves the thumb as a hand does, and waits until the picture stands. */
function moveTo(page: Page, step: number): Promise<void> {
  return page.evaluate(
    (to) =>
      new Promise<void>((done) => {
        const input = document.querySelector<HTMLInputElement>('#scrubber input[type=range]')!;
        input.value = String(to);
        input.dispatchEvent(new Event('input', { bubbles: true }));
        requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 0)));
      }),
    step,
  );
}

/** Milliseconds of the main thread a frame, while time moves by one step a frame as under a hand that drags. */
async function drag(page: Page, devtools: CDPSession, steps: number[]): Promise<number> {
  const before = await costs(devtools);
  await page.evaluate(async (steps) => {
    const input = document.querySelector<HTMLInputElement>('#scrubber input[type=range]')!;
    for (const step of steps) {
      await new Promise((next) => requestAnimationFrame(next));
      input.value = String(step);
      input.dispatchEvent(new Event('input', { bubbles: true }));
    }
    await new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)));
  }, steps);
  const after = await costs(devtools);
  return (after.TaskDuration - before.TaskDuration) / (steps.length + 1);
}

async function walk(page: Page, devtools: CDPSession, steps: number[]): Promise<Cost[]> {
  const found: Cost[] = [];
  for (const step of steps) {
    const before = await costs(devtools);
    await moveTo(page, step);
    const after = await costs(devtools);
    found.push(Object.fromEntries(PARTS.map((part) => [part, after[part] - before[part]])) as Cost);
  }
  return found;
}

/** Walks through the last part of a run: where it is longest, a step costs most. */
function walks(steps: number): Record<string, number[]> {
  const count = Math.min(WALK, steps - 2);
  const forth = Array.from({ length: count }, (_, i) => steps - count + i);
  const jumps = forth.map((_, i) => Math.round(((i * 7919) % 97) * (steps - 1)) % steps);
  return {
    still: forth.map(() => steps - 1),
    forward: forth,
    back: [...forth].reverse(),
    jumps,
  };
}

async function open(root: string, trace: string, steps: number): Promise<{ page: Page; close(): Promise<void> }> {
  const server = await StaticServer.start({ root });
  const browser = await chromium.launch(WITHOUT_ADAPTER);
  const page = await browser.newPage({ viewport: VIEWPORT });
  await page.goto(server.origin);
  await page.locator('#matrix').waitFor();
  await page.getByTestId('runs').click();
  await page.getByTestId('open-trace').setInputFiles({
    name: 'run.jsonl',
    mimeType: 'application/jsonl',
    buffer: Buffer.from(trace),
  });
  await page.locator(`#scrubber input[max="${steps - 1}"]`).waitFor();
  await page.keyboard.press('Escape');
  return {
    page,
    close: async () => {
      await browser.close();
      await server.stop();
    },
  };
}

for (const steps of LENGTHS) {
  test(`${steps} steps`, async () => {
    const recorded = readTrace(await readFile(`${WWW}/public/traces/cup.jsonl`, 'utf8'));
    const trace = longRun(recorded, steps);
    const text = [trace.run, ...trace.steps, ...(trace.end ? [trace.end] : [])]
      .map((e) => JSON.stringify(e))
      .join('\n');
    const all = new Map<string, Cost[][]>();
    const frames = new Map<string, number[]>();
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [name, root] of BUILDS) {
        const { page, close } = await open(root, text, steps);
        const devtools = await page.context().newCDPSession(page);
        await devtools.send('Performance.enable', {
          timeDomain: 'threadTicks',
        });
        for (const [way, path] of Object.entries(walks(steps))) {
          // The first of a way goes far.
          await moveTo(page, path[0]!);
          const key = `${name} ${way}`;
          all.set(key, [...(all.get(key) ?? []), await walk(page, devtools, path.slice(1))]);
          await moveTo(page, path[0]!);
          frames.set(key, [...(frames.get(key) ?? []), await drag(page, devtools, path.slice(1))]);
        }
        await close();
      }
    }
    console.log(
      `\n${steps} steps, ${trace.steps.at(-1)!.received.length} slots; ms of the main thread a step, the least of ${ROUNDS} rounds`,
    );
    console.log('build and way       a frame  a step   worst  frames  script   style  layout');
    for (const [key, rounds] of all) {
      const least = (part: keyof Cost, of: (values: number[]) => number): number =>
        Math.min(...rounds.map((costs) => of(costs.map((cost) => cost[part]))));
      const one = least('TaskDuration', median);
      const worst = least('TaskDuration', (values) => Math.max(...values));
      const frame = Math.min(...(frames.get(key) ?? []));
      const told = [
        frame,
        one,
        worst,
        Math.ceil(frame / FRAME),
        ...(['ScriptDuration', 'RecalcStyleDuration', 'LayoutDuration'] as const).map((part) => least(part, median)),
      ];
      console.log(key.padEnd(20) + told.map((value, i) => value.toFixed(i === 3 ? 0 : 1).padStart(8)).join(''));
    }
  });
}
