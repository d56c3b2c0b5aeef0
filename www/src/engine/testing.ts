// For tests only: a worker in the same thread, with the host of the real one and a scripted wasm package.

import { MemoryStore } from '../models/memory';
import { SpillStore } from '../models/spill-store';
import { ModelStore } from '../models/model-store';
import { FakeServer, noise, SmallDisk } from '../models/testing';
import type { FromWorker, ToWorker } from '../protocol';
import * as fake from './fake-tempo';
import { Host, type HostOptions } from './host';
import type { WorkerLike } from './worker-engine';

export const BASE = 'https://far.example/m/';
export const SOURCE = { kind: 'url', base: BASE } as const;

export function modelServer(): FakeServer {
  const server = new FakeServer();
  server.put(`${BASE}config.json`, new TextEncoder().encode('{"model_type": "llama"}'));
  server.put(`${BASE}tokenizer.json`, noise(100, 1));
  server.put(`${BASE}model.safetensors`, noise(5000, 2));
  server.chunk = 500;
  return server;
}

export class FakeWorker implements WorkerLike {
  onmessage: WorkerLike['onmessage'] = null;
  onmessageerror: WorkerLike['onmessageerror'] = null;
  onerror: WorkerLike['onerror'] = null;
  terminated = false;
  /** Neither hears nor says anything any more. */
  deaf = false;
  readonly messages: FromWorker[] = [];
  readonly host: Host;
  /** Called when the worker ends, like the browser does with a held lock. */
  freeLock: () => void = () => undefined;

  constructor(server = modelServer(), options: Partial<HostOptions> = {}, disk = new MemoryStore()) {
    this.host = new Host({
      post: (message) => this.say(message),
      loadPackage: async () => fake,
      models: async () =>
        new ModelStore({
          net: server,
          store: new SpillStore(disk, () => {
            this.say({ type: 'notice', notice: { code: 'storage-quota', message: 'full' } });
          }),
          notice: (code, message, file) => this.say({ type: 'notice', notice: { code, message, file } }),
          alone: (_name, _signal, work) => work(),
          piece: 1024,
        }),
      storage: async () => ({ kind: 'memory', used_bytes: null, quota_bytes: null, persistent: false, fits: null }),
      pool: null,
      holdLock: (_name, onheld) => onheld(),
      panicText: () => null,
      ...options,
    });
  }

  postMessage(message: ToWorker): void {
    const copy = structuredClone(message);
    setTimeout(() => {
      if (!this.terminated && !this.deaf) this.host.receive(copy);
    });
  }

  terminate(): void {
    this.terminated = true;
    this.freeLock();
  }

  private say(message: FromWorker): void {
    const data = structuredClone(message);
    this.messages.push(data);
    setTimeout(() => {
      if (!this.terminated && !this.deaf) this.onmessage?.({ data } as MessageEvent<FromWorker>);
    });
  }
}

export { SmallDisk };
