// Asks the browser what it offers. Every question may fail, and failing is an answer.

import { WEBGPU } from '../words/en/check';
import type { Machine } from './findings';

/** Names of renderers that compute on the CPU. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render|warp/i;

/** A module of one function that adds two vectors: valid only where SIMD is. */
const SIMD = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);

async function attempt<T>(ask: () => Promise<T> | T | undefined): Promise<T | null> {
  try {
    return (await ask()) ?? null;
  } catch {
    return null;
  }
}

async function adapterOf(): Promise<Machine['adapter']> {
  // The types say that it is always there; browsers do not.
  const adapter = await attempt(() => navigator.gpu.requestAdapter({ powerPreference: 'high-performance' }));
  if (!adapter) return null;
  const { description, device, vendor, architecture, isFallbackAdapter } = adapter.info;
  const name = [...new Set([description || device, vendor, architecture])].filter(Boolean).join(', ');
  return {
    name: name || WEBGPU.nameless,
    software: isFallbackAdapter || SOFTWARE.test(name),
    bindingBytes: adapter.limits.maxStorageBufferBindingSize,
    bufferBytes: adapter.limits.maxBufferSize,
    features: [...adapter.features],
  };
}

/** A cache of this name is made and dropped again: it tells whether files can be put anywhere. */
const PROBE = 'tempo-probe';

async function storageOf(): Promise<Machine['storage']> {
  const storage = navigator.storage as StorageManager | undefined;
  const places = (globalThis as { caches?: CacheStorage }).caches;
  const [estimate, persistent, files, cache] = await Promise.all([
    attempt(() => storage?.estimate()),
    attempt(() => storage?.persisted()),
    attempt(() => storage?.getDirectory()),
    attempt(() => places?.open(PROBE)),
  ]);
  if (cache) await attempt(() => places?.delete(PROBE));
  if (!storage && !cache) return null;
  return {
    used: estimate?.usage ?? null,
    quota: estimate?.quota ?? null,
    persistent: persistent === true,
    files: files !== null,
    caches: cache !== null,
  };
}

export async function embeddedBytes(): Promise<number | null> {
  return attempt(async () => {
    const list = (await (await fetch('models/storyteller/model.json')).json()) as { files?: { bytes?: number }[] };
    const total = (list.files ?? []).reduce((sum, file) => sum + (Number(file.bytes) || 0), 0);
    return total > 0 ? total : null;
  });
}

export async function askMachine(): Promise<Machine> {
  const [adapter, storage, modelBytes] = await Promise.all([adapterOf(), storageOf(), embeddedBytes()]);
  // Missing over http, whatever the types say.
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  const wasm = typeof WebAssembly === 'object';
  return {
    secure: isSecureContext,
    webgpu: 'gpu' in navigator,
    adapter,
    memoryGb: (navigator as { deviceMemory?: number }).deviceMemory ?? null,
    processors: navigator.hardwareConcurrency || null,
    isolated: globalThis.crossOriginIsolated === true,
    controlled: workers?.controller != null,
    storage,
    wasm,
    simd: wasm && WebAssembly.validate(SIMD),
    workers: typeof Worker === 'function',
    offline: workers !== undefined,
    modelBytes,
    touch: matchMedia('(pointer: coarse)').matches,
  };
}
