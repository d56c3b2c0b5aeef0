// What a test does inside the engine's worker: its script is served with a few lines in front. The files of the page
// stay as they are; only the browser's own functions are watched.

import { expect, type BrowserContext, type Page, type Worker } from '@playwright/test';
import { WORKER_FILE, type StaticServer } from './server.ts';

/** Keeps the GPU device, and lets the wasm module break down on command as a panic does. */
const LINES = `
self.tempoTest = { device: null, broken: false };
if (self.GPUAdapter) {
  const request = GPUAdapter.prototype.requestDevice;
  GPUAdapter.prototype.requestDevice = async function (...about) {
    const device = await request.apply(this, about);
    self.tempoTest.device = device;
    return device;
  };
}
const broken = () => {
  console.error('panicked at crates/somewhere.rs:1:1:\\nprovoked by a test\\n\\nStack:\\n\\nError');
  throw new WebAssembly.RuntimeError('unreachable');
};
const guarded = (exports) => Object.fromEntries(Object.entries(exports).map(([name, value]) => [name,
  typeof value === 'function' ? (...given) => (self.tempoTest.broken ? broken() : value(...given)) : value]));
for (const name of ['instantiate', 'instantiateStreaming']) {
  const real = WebAssembly[name];
  WebAssembly[name] = async (...given) => {
    const made = await real(...given);
    return made.instance ? { module: made.module, instance: { exports: guarded(made.instance.exports) } } : made;
  };
}
`;

declare global {
  /** Of the worker's scope. */
  var tempoTest: { device: { destroy(): void } | null; broken: boolean };
}

/** For a test that blocks service workers: one would see that the script is not the build's. */
export function openWorker(server: StaticServer): void {
  server.prepend(WORKER_FILE, LINES);
}

/** A browser without WebGPU: no switch of Chromium's takes `navigator.gpu` away, so the page and the worker delete it. */
export async function withoutWebGpu(context: BrowserContext, server: StaticServer): Promise<void> {
  await context.addInitScript(() => delete (Navigator.prototype as { gpu?: unknown }).gpu);
  server.prepend(WORKER_FILE, 'delete WorkerNavigator.prototype.gpu');
}

/** The engine's worker. */
export async function engineWorker(page: Page): Promise<Worker> {
  await expect.poll(() => page.workers().length).toBe(1);
  return page.workers()[0]!;
}
