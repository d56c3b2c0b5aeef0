// What the engine asks of WebGPU: counts by step through the page's own worker, and the wasm package in a worker of the
// test's own, where every shader is looked at.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import type { ModelFiles } from './model-folder.ts';
import { engineWorker } from './inside.ts';
import { WORKER_FILE, type StaticServer } from './server.ts';

const read = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8');

/** The package under test; TEMPO_WASM names another folder. */
const WASM = process.env['TEMPO_WASM'] ?? fileURLToPath(new URL('../../../www/src/wasm', import.meta.url));

/** As gpu-counts.js has them. */
export type GpuCounts = Record<
  | 'submits'
  | 'passes'
  | 'dispatches'
  | 'bindGroups'
  | 'buffers'
  | 'writes'
  | 'writeBytes'
  | 'reads'
  | 'readBytes'
  | 'pipelines'
  | 'modules',
  number
>;

/** Everything counted from the start of the worker to the moment when a step's event left it. */
export interface CountedStep {
  set: number;
  slots: number;
  counts: GpuCounts;
}

declare global {
  /** Of the worker's scope. */
  var gpuSteps: CountedStep[];
}

const STEPS = `
self.gpuSteps = [];
const post = self.postMessage.bind(self);
self.postMessage = (message, ...rest) => {
  const event = message?.type === 'reply' ? message.value : null;
  if (event?.type === 'step') {
    self.gpuSteps.push({ set: event.set.length, slots: event.slots, counts: self.gpuCounts() });
  }
  post(message, ...rest);
};
`;

/** For a test that blocks service workers: one would see that the script is not the build's. */
export function countSteps(server: StaticServer): void {
  server.prepend(WORKER_FILE, `${read('gpu-counts.js')}\n${STEPS}`);
}

/** The steps of the page's engine since it was asked the last time. */
export async function countedSteps(page: Page): Promise<CountedStep[]> {
  return (await engineWorker(page)).evaluate(() => self.gpuSteps.splice(0));
}

/** What was asked for between two moments. */
export function between(before: GpuCounts, after: GpuCounts): GpuCounts {
  const keys = Object.keys(after) as (keyof GpuCounts)[];
  return Object.fromEntries(keys.map((key) => [key, after[key] - before[key]])) as GpuCounts;
}

/** What became of a model in a worker of the test's own. */
export interface Compiled {
  name: string;
  /** Every shader module that was made: its label, and what the browser's compiler says. */
  modules: { label: string; messages: string[] }[];
  /** Errors of the device that nobody caught. */
  errors: string[];
  /** The tokens of the sets of a short run. */
  sets: number[][];
  counts: GpuCounts;
}

/** Serves the package and the worker that drives it. */
export async function openHarness(page: Page, server: StaticServer): Promise<void> {
  const served: Record<string, () => string | Buffer> = {
    '/harness/': () => '<!doctype html><title>harness</title><link rel="icon" href="data:," />',
    '/harness/worker.js': () => `${read('gpu-counts.js')}\n${read('gpu-worker.js')}`,
    '/harness/tempo_web.js': () => readFileSync(`${WASM}/tempo_web.js`),
    '/harness/tempo_web_bg.wasm': () => readFileSync(`${WASM}/tempo_web_bg.wasm`),
  };
  server.hooks.push((request) => {
    const body = served[request.path]?.();
    if (body === undefined) return undefined;
    const headers = request.path.endsWith('/') ? { 'content-type': 'text/html; charset=utf-8' } : undefined;
    return { body: Buffer.from(body), ...(headers && { headers }) };
  });
  await page.goto(`${server.origin}/harness/`);
}

/** Loads models on WebGPU, one after the other, with weights in this format, and tells what was compiled for each. The
 *  adapter is a program; it may pass for a card. */
export async function compiled(
  page: Page,
  models: ReadonlyMap<string, ModelFiles>,
  weights: 'f32' | 'f16' | 'q8' | 'q4',
  card: boolean,
): Promise<Compiled[]> {
  const text = (files: ModelFiles): Record<string, string> =>
    Object.fromEntries([...files].map(([name, bytes]) => [name, bytes.toString('base64')]));
  return page.evaluate(
    (ask) =>
      new Promise<Compiled[]>((resolve, reject) => {
        const worker = new Worker('/harness/worker.js', { type: 'module' });
        const told: Compiled[] = [];
        worker.onmessage = ({ data }) => {
          if (data.name) return void told.push(data as Compiled);
          worker.terminate();
          if (data.error) reject(new Error(`after ${told.length} models: ${data.error}`));
          else resolve(told);
        };
        worker.onerror = (event) => reject(new Error(event.message));
        worker.postMessage(ask);
      }),
    { models: [...models].map(([name, files]) => [name, text(files)] as const), weights, card },
  );
}
