// The dedicated worker, the only file that imports the wasm package. All it does is in engine/host.ts; here stands what only
// the real worker has. Workers of the pool run this file too, as their name says: the package's glue is built once.

import { EMBEDDED } from 'virtual:tempo-models';
import { watchDevices } from './engine/device-watch';
import { Host } from './engine/host';
import { MATRIX_WORKER, type MatrixScope, serveMatrices } from './engine/matrix-worker';
import type { TempoPackage } from './engine/package';
import { panicListener } from './engine/panic-text';
import { poolSize } from './engine/pool-size';
import { MatrixWorkerPool } from './engine/worker-pool';
import { CacheStore } from './models/cache';
import { aborted, type Net } from './models/http';
import { MemoryStore } from './models/memory';
import { OpfsStore } from './models/opfs';
import { SpillStore } from './models/spill-store';
import { ModelStore } from './models/model-store';
import type { FileStore } from './models/store';
import { describeStorage } from './models/storage-report';
import type { FromWorker, ToWorker } from './protocol';
import start, { compiledProgram, MatrixWorker, modelFiles, Tempo } from './wasm/tempo_web.js';

/** The page's library of types describes a window; this is what a worker has of it. */
interface WorkerScope {
  postMessage(message: FromWorker, transfer: Transferable[]): void;
  addEventListener(type: 'message', listener: (event: MessageEvent<ToWorker>) => void): void;
  addEventListener(type: 'error', listener: (event: ErrorEvent) => void): void;
  addEventListener(type: 'unhandledrejection', listener: (event: PromiseRejectionEvent) => void): void;
  readonly caches?: CacheStorage;
  readonly GPUAdapter?: Parameters<typeof watchDevices>[0];
  readonly location: { origin: string; href: string };
  readonly name: string;
  readonly crossOriginIsolated?: boolean;
}
const scope = self as unknown as WorkerScope;
const post = (message: FromWorker, transfer: Transferable[] = []): void => scope.postMessage(message, transfer);
const locks = navigator.locks as LockManager | undefined;
const storage = navigator.storage as StorageManager | undefined;

function net(base: string, modelFiles: Net['modelFiles']): Net {
  return {
    modelFiles,
    fetch: (url, init) => fetch(url, init),
    online: () => navigator.onLine,
    base,
    embedded: EMBEDDED,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(aborted('download'));
        const timer = setTimeout(resolve, ms);
        signal.addEventListener('abort', () => (clearTimeout(timer), reject(aborted('download'))), { once: true });
      }),
  };
}

async function openFileStore(): Promise<FileStore> {
  const opfs = await OpfsStore.open(storage);
  if (opfs && (await opfs.writable())) return opfs;
  return (await CacheStore.open(scope.caches, scope.location.origin)) ?? new MemoryStore();
}

async function models(disk: FileStore, base: string): Promise<ModelStore> {
  if (disk.kind === 'memory') {
    const message = 'this browser keeps no files for this page; the model is held in memory until the tab closes';
    post({ type: 'notice', notice: { code: 'storage-memory', message } });
  }
  const spilled = {
    full: {
      code: 'storage-quota',
      message: 'the disk space of this site is full; the rest of the model is held in memory until the tab closes',
    },
    lost: {
      code: 'storage-memory',
      message: 'the browser lost what it was given to keep; the model is held in memory until the tab closes',
    },
  } as const;
  return new ModelStore({
    // Models are asked for when the engine is open, so the package is here.
    net: net(base, (await loadPackage()).modelFiles),
    store: new SpillStore(disk, (_, why) => post({ type: 'notice', notice: spilled[why] })),
    notice: (code, message, file) => post({ type: 'notice', notice: { code, message, file } }),
    alone: async (name, signal, work) => {
      if (!locks) return work();
      const busy = (await locks.query()).held?.some((lock) => lock.name === name);
      if (busy) {
        const message = 'another tab is fetching this model; waiting for it';
        post({ type: 'notice', notice: { code: 'waiting', message } });
      }
      return locks.request(name, { signal }, work);
    },
  });
}

const wasm: TempoPackage = { default: start, compiledProgram, MatrixWorker, modelFiles, Tempo };
const loadPackage = async (): Promise<TempoPackage> => wasm;

// Memory can be shared in an isolated page only.
const size = scope.crossOriginIsolated ? poolSize(navigator.hardwareConcurrency) : 0;
const spawn = (): Worker => new Worker(scope.location.href, { type: 'module', name: MATRIX_WORKER });

function serveEngine(): void {
  const fileStore = openFileStore();
  const panics = panicListener();
  const host = new Host({
    post,
    loadPackage,
    models: async (base) => models(await fileStore, base),
    storage: async (needed) => describeStorage((await fileStore).kind, needed, storage),
    holdLock: (name, onheld) => {
      // Never let go of: the browser does when the worker ends, however it ends.
      void locks?.request(name, () => (onheld(), new Promise(() => undefined)));
    },
    pool: size > 0 ? new MatrixWorkerPool(size, spawn) : null,
    panicText: () => panics.last,
  });

  watchDevices(scope.GPUAdapter, (why) => host.deviceLost(why));
  scope.addEventListener('message', (event) => host.receive(event.data));
  scope.addEventListener('error', (event) => {
    // The page is told by a message of ours; its own error event would say less.
    event.preventDefault();
    host.uncaught(event.error ?? new Error(event.message));
  });
  scope.addEventListener('unhandledrejection', (event) => host.uncaught(event.reason));
}

if (scope.name === MATRIX_WORKER) serveMatrices(self as unknown as MatrixScope, loadPackage);
else serveEngine();
