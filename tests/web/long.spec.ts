// Long runs leave nothing behind: neither in the page, nor in the wasm heap, nor in the GPU's buffers.

import type { CDPSession, Page } from '@playwright/test';
import type { WorkCounts } from '../../www/src/contract.ts';
import { PATIENCE, currentTrace, ended, expect, generate, goLive, test } from './support/page.ts';

const MB = 1_000_000;

/** What the engine has done and holds, asked of the worker in the page's own words. The answer waits for the step under way. */
function counts(page: Page): Promise<WorkCounts> {
  return page.evaluate(
    () =>
      new Promise<WorkCounts>((resolve, reject) => {
        const worker = window.tempoWorkers.at(-1)!;
        // An id that the page never gives: it passes over the answer.
        const id = -1 - Math.floor(Math.random() * 1e9);
        worker.addEventListener('message', function hear({ data }: MessageEvent) {
          if (data?.id !== id) return;
          worker.removeEventListener('message', hear);
          if (data.type === 'reply') resolve(data.value as WorkCounts);
          else reject(new Error(JSON.stringify(data)));
        });
        worker.postMessage({ type: 'counts', id });
      }),
  );
}

/** Bytes of JavaScript that live after a collection: the least of a few, since a frame under way holds some. */
async function liveHeap(devtools: CDPSession): Promise<number> {
  let least = Infinity;
  for (let turn = 0; turn < 3; turn += 1) {
    await devtools.send('HeapProfiler.collectGarbage');
    await devtools.send('HeapProfiler.collectGarbage');
    const { usedSize } = await devtools.send('Runtime.getHeapUsage');
    least = Math.min(least, usedSize);
  }
  return least;
}

interface Sample {
  step: number;
  page: number;
  wasm: number;
  elements: number;
}

test('200 steps on the CPU, three times over: no growth in the page and in the wasm heap', async ({
  page,
  context,
  open,
}) => {
  await open({
    prompt: 'Once upon a time',
    selection_threshold: 0.1,
    max_set: 2,
    min_steps: 200,
    max_steps: 200,
    device: 'cpu',
  });
  await goLive(page);
  const devtools = await context.newCDPSession(page);

  const runs: Sample[][] = [];
  let bytes = 0;
  for (let run = 0; run < 3; run += 1) {
    const samples: Sample[] = [];
    const before = await page.evaluate(() => [window.tempoStates.length, window.tempoSteps.length] as const);
    await page.getByTestId('generate').click();
    for (const step of [50, 100, 150, 200]) {
      await page.waitForFunction((count) => window.tempoSteps.length >= count, before[1] + step, { timeout: PATIENCE });
      if (step === 200) await ended(page, before[0]);
      samples.push({
        step: (await page.evaluate(() => window.tempoSteps.length)) - before[1],
        page: await liveHeap(devtools),
        wasm: (await counts(page)).heap_bytes,
        elements: await page.evaluate(() => document.querySelectorAll('*').length),
      });
    }
    console.log(
      `run ${run + 1}: ` +
        samples
          .map(
            (s) =>
              `step ${s.step}: page ${(s.page / MB).toFixed(1)} MB, wasm ${(s.wasm / MB).toFixed(1)} MB, ${s.elements} elements`,
          )
          .join('; '),
    );
    runs.push(samples);
    const trace = await currentTrace(page);
    expect(trace.steps).toHaveLength(200);
    expect(trace.steps.filter(({ set }) => set.length > 1).length).toBeGreaterThan(50);
    bytes = JSON.stringify(trace).length;
  }
  console.log(`the trace of one run: ${(bytes / MB).toFixed(1)} MB as text`);

  const [first, second, third] = runs.map((samples) => samples.at(-1)!) as [Sample, Sample, Sample];
  // The same work again takes no further memory. A heap of pages may grow once more by where its holes lie, depending on
  // when it was asked; what every step left behind would show 200 times over.
  expect(third.wasm - first.wasm, 'wasm heap').toBeLessThan(400 * 1024);
  // Panels out of sight are drawn from the second run on, so that is what the third is held against.
  expect(Math.abs(third.elements - second.elements), 'elements').toBeLessThan(50);
  // A run stays on the list until the page is closed, as objects (about as large as their text); the views hold one run,
  // whichever is shown. Another run's worth of room, so that it is not a test of the collector.
  expect(third.page - second.page, 'live JavaScript beside the run itself').toBeLessThan(2 * bytes);
});

test('runs on WebGPU, one after another, take no further GPU buffers', async ({ page, open }) => {
  await open({ prompt: 'Once upon a time', selection_threshold: 0.05, max_set: 2, max_steps: 3, device: 'gpu' });
  await goLive(page);
  const held: WorkCounts[] = [];
  for (let run = 0; run < 8; run += 1) {
    const trace = await generate(page);
    expect(trace.steps.map(({ set }) => set.length)).toEqual([2, 2, 2]);
    held.push(await counts(page));
  }
  const numbers = (key: keyof WorkCounts): number[] => held.map((counted) => counted[key] ?? NaN);
  const live = numbers('device_bytes');
  const buffers = numbers('device_reserved_bytes');
  const heap = numbers('heap_bytes');
  console.log(
    `bytes after each run: live tensors ${live.join(' ')}; GPU buffers ${buffers.join(' ')}; wasm heap ${heap.join(' ')}`,
  );
  expect(live[0]).toBeGreaterThan(6 * MB);
  // What a run used is free when the next one begins.
  for (const after of live.slice(2)) expect(after).toBe(live[1]);
  for (const after of heap.slice(2)) expect(after).toBe(heap[1]);
  // The device's pools of small buffers find their size in the first runs; that of the weights and the cache is fixed.
  expect(Math.max(...buffers.slice(5))).toBeLessThanOrEqual(Math.max(...buffers.slice(0, 5)));
  expect(Math.max(...buffers)).toBeLessThan(1.01 * buffers[0]!);
});
