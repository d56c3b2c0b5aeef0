// Long runs: what a step of scrubbing may touch, and that everything stays in reach. What it costs is measured by
// scripts/bench.sh --page, never here.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { longRun } from './support/long-run.ts';
import { expect, test } from './support/page.ts';
import { readTrace, type Trace } from './support/trace.ts';

const RECORDED = fileURLToPath(new URL('../../www/public/traces/cup.jsonl', import.meta.url));

async function openLong(page: Page, steps: number): Promise<Trace> {
  const trace = longRun(readTrace(await readFile(RECORDED, 'utf8')), steps);
  const events = [trace.run, ...trace.steps, ...(trace.end ? [trace.end] : [])];
  const buffer = Buffer.from(events.map((event) => JSON.stringify(event)).join('\n'));
  await page.getByTestId('runs').click();
  await page.getByTestId('open-trace').setInputFiles({
    name: 'run.jsonl',
    mimeType: 'application/jsonl',
    buffer,
  });
  await expect(slider(page)).toHaveAttribute('max', String(steps - 1));
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  return trace;
}

const slider = (page: Page) => page.getByRole('slider', { name: 'Step', exact: true });
const cells = (page: Page) => page.locator('#lattice .cell');
const cellOf = (page: Page, slot: number) => page.locator(`#lattice [data-slot="${slot}"]`);

/** Moves time and waits until the frame after has been painted. */
function moveTo(page: Page, step: number): Promise<void> {
  return slider(page).evaluate(
    (input: HTMLInputElement, to) =>
      new Promise<void>((done) => {
        input.value = String(to);
        input.dispatchEvent(new Event('input', { bubbles: true }));
        requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 0)));
      }),
    step,
  );
}

interface Changes {
  /** Nodes that came into the page. */
  nodes: number;
  /** Changes inside of each panel, and the nodes that came into it. */
  panels: Record<string, number>;
  made: Record<string, number>;
  /** Directions that were written: each styles all that is inside anew. */
  directions: number;
}

/** What happened in the page while this was done. */
async function changesWhile(page: Page, act: () => Promise<void>): Promise<Changes> {
  await page.evaluate(() => {
    const found: Changes = { nodes: 0, panels: {}, made: {}, directions: 0 };
    const observer = new MutationObserver((list) => {
      for (const { target, addedNodes, attributeName } of list) {
        const element = target instanceof Element ? target : target.parentElement;
        const id = element?.closest('section.panel')?.id;
        if (id) {
          found.panels[id] = (found.panels[id] ?? 0) + 1;
          found.made[id] = (found.made[id] ?? 0) + addedNodes.length;
        }
        found.nodes += addedNodes.length;
        if (attributeName === 'dir') found.directions += 1;
      }
    });
    observer.observe(document.body, {
      subtree: true,
      childList: true,
      attributes: true,
      characterData: true,
    });
    Object.assign(window, { tempoChanges: { found, observer } });
  });
  await act();
  return page.evaluate(() => {
    const { found, observer } = (window as unknown as Record<string, { found: Changes; observer: MutationObserver }>)[
      'tempoChanges'
    ]!;
    observer.disconnect();
    return found;
  });
}

test('of 500 steps the lattice and the slots have the elements of a few boxes, at every place', async ({
  page,
  open,
}) => {
  await open();
  const trace = await openLong(page, 500);
  const slots = trace.steps.at(-1)!.received.length;
  for (const step of [499, 250, 30]) {
    await moveTo(page, step);
    expect(await cells(page).count()).toBeLessThan(120);
    await expect(cellOf(page, trace.steps[step]!.set[0]!.slot)).toBeInViewport();
  }
  await moveTo(page, 499);
  await page.locator('#strip').scrollIntoViewIfNeeded();
  expect(await page.locator('#strip .slot').count()).toBeLessThan(200);
  // Wherever the reader scrolls, there is something.
  await page.locator('#lattice').scrollIntoViewIfNeeded();
  for (const part of [0.1, 0.5, 0.9]) {
    const box = page.locator('#lattice .scroller');
    await box.evaluate((element, at) => (element.scrollLeft = at * element.scrollWidth), part);
    const middle = cellOf(page, Math.round(part * slots));
    await expect(middle).toBeAttached();
    await expect(middle).toHaveAccessibleName(/percent/);
  }
});

test('every position of a long run is reached by the keyboard, and says where it is', async ({ page, open }) => {
  await open();
  const trace = await openLong(page, 120);
  const last = trace.steps.at(-1)!.set[0]!.slot;
  const grid = page.getByRole('grid', { name: 'Token lattice' });
  const rows = Number(await grid.getAttribute('aria-rowcount'));
  expect(rows).toBe(trace.run.prompt.tokens.length + 120);
  await page.locator('#lattice [role=grid] [tabindex="0"]').focus();
  await page.keyboard.press('Home');
  await expect(cellOf(page, 0)).toBeFocused();
  await expect(cellOf(page, 0)).toBeInViewport();
  for (let press = 0; press < 5; press += 1) await page.keyboard.press('PageDown');
  await expect(page.locator('#lattice .cell:focus')).toBeInViewport();
  expect(await page.locator('#lattice [role=row]:has(:focus)').getAttribute('aria-rowindex')).toBe('41');
  await page.keyboard.press('End');
  await expect(cellOf(page, last)).toBeFocused();
  expect(await page.locator('#lattice [role=row]:has(:focus)').getAttribute('aria-rowindex')).toBe(String(rows));
});

test('a step of scrubbing touches little, and nothing of a panel that is out of sight', async ({ page, open }) => {
  await open();
  await openLong(page, 300);
  const forth = await changesWhile(page, async () => {
    for (let step = 200; step < 220; step += 1) await moveTo(page, step);
  });
  const steps = 20;
  expect(forth.nodes / steps).toBeLessThan(120);
  expect(forth.panels['lattice']).toBeGreaterThan(0);
  expect(forth.panels['matrix'] ?? 0).toBe(0);
  expect(forth.panels['plain'] ?? 0).toBe(0);
  // At the end of the page the last panel works, and the first one rests.
  await page.locator('#panel-text').scrollIntoViewIfNeeded();
  await expect(page.locator('#plain')).toBeVisible();
  await page.locator('footer').scrollIntoViewIfNeeded();
  // The panels are told where they stand in the frames that follow.
  for (const step of [218, 219]) await moveTo(page, step);
  const below = await changesWhile(page, async () => {
    for (let step = 220; step > 200; step -= 1) await moveTo(page, step);
  });
  expect(below.panels['plain']).toBeGreaterThan(0);
  expect(below.panels['threshold'] ?? 0).toBe(0);
});

test('with every panel in sight a step writes into each of them what it changes', async ({ page, open }) => {
  await page.setViewportSize({ width: 1440, height: 5200 });
  await open();
  await openLong(page, 500);
  await expect(page.locator('#plain')).toBeVisible();
  for (const step of [438, 439]) await moveTo(page, step);
  const steps = 20;
  const { panels, made, directions } = await changesWhile(page, async () => {
    for (let step = 440; step < 440 + steps; step += 1) await moveTo(page, step);
  });
  for (const panel of ['lattice', 'strip', 'threshold', 'received', 'matrix', 'plain']) {
    expect(panels[panel], panel).toBeGreaterThan(0);
    expect(panels[panel]! / steps, panel).toBeLessThan(120);
  }
  // Of a long run all names of the matrix move as one, and the lines of the bars are the same lines.
  expect(panels['matrix']! / steps).toBeLessThan(40);
  expect(made['threshold']! / steps).toBeLessThan(5);
  expect(directions).toBe(0);
});

/** Which panels changed in each frame of a walk by one step a frame, and in those after its end. */
function framesOf(page: Page, steps: number[], after: number): Promise<string[][]> {
  return page.evaluate(
    async ({ steps, after }) => {
      const changed = new Set<string>();
      const observer = new MutationObserver((list) => {
        for (const { target, attributeName } of list) {
          const element = target instanceof Element ? target : target.parentElement;
          const id = element?.closest('section.panel')?.id;
          // Where a box that follows its newest end has more is known a frame later.
          if (id && attributeName !== 'data-more') changed.add(id);
        }
      });
      observer.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
      const frame = (): Promise<unknown> => new Promise((next) => requestAnimationFrame(next));
      const input = document.querySelector<HTMLInputElement>('#scrubber input[type=range]')!;
      const frames: string[][] = [];
      for (const step of [...steps, ...Array.from({ length: after }, () => null)]) {
        await frame();
        if (step !== null) {
          input.value = String(step);
          input.dispatchEvent(new Event('input', { bubbles: true }));
        }
        // All that is called back in this frame has been when a task of its own begins.
        await new Promise((next) => setTimeout(next));
        frames.push([...changed].sort());
        changed.clear();
      }
      observer.disconnect();
      return frames;
    },
    { steps, after },
  );
}

const BELOW = ['matrix', 'plain', 'received', 'strip', 'threshold'];

test('while time moves a frame is the lattice and one panel; at rest all of them have caught up', async ({
  page,
  open,
}) => {
  await page.setViewportSize({ width: 1440, height: 5200 });
  await open();
  const trace = await openLong(page, 100);
  await expect(page.locator('#plain')).toBeVisible();
  for (const step of [60, 59]) await moveTo(page, step);
  await expect.poll(async () => (await framesOf(page, [], 3)).flat()).toEqual([]);
  // Steps and jumps.
  const walk = Array.from({ length: 15 }, (_, i) => 60 + i);
  const jumps = Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? 20 + i : 90 - i));
  const frames = await framesOf(page, [...walk, ...jumps], 14);
  const moving = frames.slice(0, walk.length + jumps.length);
  // One has its turn; a box of arcs or slots that follows its newest end may still draw what came into sight.
  const below = moving.map((changed) => changed.filter((id) => BELOW.includes(id)).length);
  expect(moving.every((changed) => changed.includes('lattice'))).toBe(true);
  expect(Math.max(...below), moving.join(' | ')).toBeLessThan(3);
  expect(below.reduce((sum, count) => sum + count) / moving.length).toBeLessThan(1.4);
  // Each has its turns while time moves; after eight frames nothing more comes.
  for (const id of BELOW) expect(moving.filter((changed) => changed.includes(id)).length, id).toBeGreaterThan(2);
  expect(frames.slice(moving.length + 8).flat()).toEqual([]);
  // Which arcs are drawn follows from where their box was scrolled to; the sentence over them is of the step.
  const places = BELOW.map((id) => (id === 'received' ? '#received .sink' : `#${id}`));
  const texts = (): Promise<string[]> => Promise.all(places.map((place) => page.locator(place).innerText()));
  const moved = await texts();
  const last = jumps.at(-1)!;
  const slots = trace.steps[last]!.received.length;
  await expect(page.locator('#strip .facts')).toContainText(`${slots} `);
  // What stands there is what stands there after a long rest at the same step.
  await moveTo(page, last - 1);
  await page.waitForTimeout(500);
  expect(await texts()).not.toEqual(moved);
  await moveTo(page, last);
  await page.waitForTimeout(500);
  expect(await texts()).toEqual(moved);
});

test('a panel that waits for its turn shows one moment, not parts of two', async ({ page, open }) => {
  await page.setViewportSize({ width: 1440, height: 5200 });
  await open();
  const trace = await openLong(page, 60);
  await expect(page.locator('#plain')).toBeVisible();
  const counts = new Set(trace.steps.map(({ received }) => received.length));
  const seen = await page.evaluate(async () => {
    const input = document.querySelector<HTMLInputElement>('#scrubber input[type=range]')!;
    const found: { slots: number; told: string; step: number }[] = [];
    for (let step = 20; step < 50; step += 1) {
      input.value = String(step);
      input.dispatchEvent(new Event('input', { bubbles: true }));
      await new Promise((next) => requestAnimationFrame(next));
      const last = [...document.querySelectorAll<HTMLElement>('#strip .slot')].at(-1);
      found.push({
        step,
        slots: Number(last?.dataset['slot']) + 1,
        told: document.querySelector('#strip .facts')?.textContent ?? '',
      });
    }
    return found;
  });
  for (const { slots, told } of seen) {
    expect(counts).toContain(slots);
    expect(told).toMatch(new RegExp(`^${slots} `));
  }
  // They do wait: in most frames the strip is of an earlier step than the lattice.
  expect(seen.filter(({ slots, step }) => slots < trace.steps[step]!.received.length).length).toBeGreaterThan(10);
});

test('a run that plays stays in sight although a token is pinned, and the pin stays in the breadcrumb', async ({
  page,
  open,
}) => {
  await open();
  const trace = await openLong(page, 60);
  const newest = (step: number) => cellOf(page, trace.steps[step]!.set[0]!.slot);
  await moveTo(page, 20);
  await newest(20).click();
  for (let step = 21; step < 35; step += 1) {
    await moveTo(page, step);
    await expect(newest(step)).toBeInViewport();
  }
  await expect(newest(20)).not.toBeInViewport();
  await expect(page.getByTestId('breadcrumb')).toContainText(trace.steps[20]!.set[0]!.text.trim());
});
