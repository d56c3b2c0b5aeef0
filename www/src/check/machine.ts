// Asks the browser what it offers. Every question may fail, and failing is an answer.

import type { Machine } from './findings';

/** Names of renderers that compute on the CPU. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render|warp/i;

/** A module of one function that adds two vectors: valid only where SIMD is. */
const SIMD = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);

async function attempt<T>(ask: () => Promise<T> | T): Promise<T | null> {
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
    name: name || 'an adapter without a name',
    software: isFallbackAdapter || SOFTWARE.test(name),
    bindingBytes: adapter.limits.maxStorageBufferBindingSize,
    bufferBytes: adapter.limits.maxBufferSize,
    features: [...adapter.features],
  };
}

async function storageOf(): Promise<Machine['storage']> {
  const storage = navigator.storage as StorageManager | undefined;
  if (!storage) return null;
  const [estimate, persistent, files] = await Promise.all([
    attempt(() => storage.estimate()),
    attempt(() => storage.persisted()),
    attempt(() => storage.getDirectory()),
  ]);
  return {
    used: estimate?.usage ?? null,
    quota: estimate?.quota ?? null,
    persistent: persistent === true,
    files: files !== null,
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
  const wasm = typeof WebAssembly === 'object';
  return {
    secure: isSecureContext,
    webgpu: 'gpu' in navigator,
    adapter,
    memoryGb: (navigator as { deviceMemory?: number }).deviceMemory ?? null,
    cores: navigator.hardwareConcurrency || null,
    storage,
    wasm,
    simd: wasm && WebAssembly.validate(SIMD),
    workers: typeof Worker === 'function',
    offline: 'serviceWorker' in navigator,
    modelBytes,
    touch: matchMedia('(pointer: coarse)').matches,
  };
}
