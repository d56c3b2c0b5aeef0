// The live engine: one dedicated worker, calls with ids, and a definite end for every call, whatever happens to the worker.

import type {
  AttentionMaps,
  WorkCounts,
  DeviceReport,
  EndEvent,
  GenerationOptions,
  LaneReport,
  ModelEvent,
  PromptLength,
  RunEvent,
  ScoredText,
  SimulationReport,
} from '../contract';
import type {
  AnyStep,
  Comparison,
  DevicePreference,
  Engine,
  EngineState,
  Kernels,
  EngineNotice,
  Talk,
  WeightPreference,
} from '../engine';
import { holdCache } from '../models/cache';
import type { Loaded, ModelSource, Need, Progress } from '../models/source';
import type { Ask, CallName, Calls, FromWorker, ToWorker } from '../protocol';
import { EngineError } from './errors';
import { isFatal } from './failure';
import { keepForOffline } from './offline';
import { Watchdog, type WatchdogOptions } from './watchdog';

/** The part of Worker that is used; tests give their own. */
export interface WorkerLike {
  postMessage(message: ToWorker): void;
  terminate(): void;
  onmessage: ((event: MessageEvent<FromWorker>) => void) | null;
  onmessageerror: ((event: MessageEvent) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
}

export interface WorkerEngineOptions extends Partial<Pick<WatchdogOptions, 'idleMs' | 'busyMs' | 'tickMs' | 'locks'>> {
  spawn?: () => WorkerLike;
  base?: string;
}

interface Pending {
  resolve(value: Calls[CallName]['answer']): void;
  reject(error: EngineError): void;
  listen: Listeners;
}

/** What is told while a call is under way. */
interface Listeners {
  progress?: ((progress: Progress) => void) | undefined;
  simulations?: ((made: SimulationReport[]) => void) | undefined;
  lane?: (lane: LaneReport) => void;
}

/** A worker and what belongs to it; a new open() makes a new one. */
interface Life {
  worker: WorkerLike;
  watchdog: Watchdog;
  lock: string;
  /** What open() was asked for. */
  request: Calls['open']['ask'];
}

function same(one: Life['request'], other: Life['request']): boolean {
  return one.preference === other.preference && one.weights === other.weights && one.kernels === other.kernels;
}

export class WorkerEngine implements Engine {
  state: EngineState = 'closed';
  device: DeviceReport | null = null;
  loaded: Loaded<ModelEvent> | null = null;
  onnotice: ((notice: EngineNotice) => void) | null = null;
  onlost: ((why: EngineError) => void) | null = null;

  private life: Life | null = null;
  private opening: Promise<DeviceReport> | null = null;
  private readonly pending = new Map<number, Pending>();
  private lastId = 0;

  constructor(private readonly options: WorkerEngineOptions = {}) {}

  open(
    preference: DevicePreference,
    weights: WeightPreference = 'auto',
    kernels: Kernels = 'fused',
  ): Promise<DeviceReport> {
    const request = { preference, weights, kernels };
    if (this.life && this.opening && same(this.life.request, request)) return this.opening;
    // The wasm's runtime cannot change its device: another device is another worker.
    if (this.life) this.close();
    this.state = 'starting';
    this.life = this.spawn(request);
    const life = this.life;
    this.opening = this.call('open', request).then(
      (device) => {
        this.device = device;
        this.state = 'ready';
        keepForOffline();
        return device;
      },
      (error: EngineError) => {
        // A worker whose device did not open is of no use.
        if (this.life === life) this.end(error, 'failed');
        throw error;
      },
    );
    return this.opening;
  }

  need(source: ModelSource): Promise<Need> {
    return this.call('need', { source });
  }

  async load(
    source: ModelSource,
    onprogress: (progress: Progress) => void,
    signal: AbortSignal,
  ): Promise<Loaded<ModelEvent>> {
    if (this.state === 'loading') throw new EngineError('busy', 'a model is being loaded; stop that first');
    if (signal.aborted) throw new EngineError('aborted', 'stopped');
    const life = this.life;
    this.loaded = null;
    if (life) this.state = 'loading';
    try {
      const loaded = await this.call('load', { source }, { progress: onprogress }, signal);
      this.loaded = loaded;
      if (loaded.durable && source.kind !== 'embedded') void this.persist();
      return loaded;
    } finally {
      // A lost or closed worker has its own state by now.
      if (life && this.life === life) this.state = 'ready';
    }
  }

  length(prompt: string, chat?: Talk): Promise<PromptLength> {
    return this.call('length', { prompt, chat });
  }

  async begin(prompt: string, options: Partial<GenerationOptions>, chat?: Talk): Promise<RunEvent> {
    const event = await this.call('begin', { prompt, options, chat });
    this.state = 'running';
    return event;
  }

  async step(onsimulations?: (made: SimulationReport[]) => void): Promise<AnyStep | EndEvent | null> {
    const event = await this.call('step', {}, { simulations: onsimulations });
    if ((event === null || event.type === 'end') && this.state === 'running') this.state = 'ready';
    return event;
  }

  async change(options: Partial<GenerationOptions>): Promise<void> {
    await this.call('change', { options });
  }

  async stop(): Promise<EndEvent | null> {
    const event = await this.call('stop', {});
    if (this.state === 'running') this.state = 'ready';
    return event;
  }

  compare(what: Comparison, onlane: (lane: LaneReport) => void, signal: AbortSignal): Promise<LaneReport[]> {
    return this.call('compare', what, { lane: onlane }, signal);
  }

  score(prompt: string, text: string): Promise<ScoredText> {
    return this.call('score', { prompt, text });
  }

  attention(step: number): Promise<AttentionMaps> {
    return this.call('attention', { step });
  }

  counts(): Promise<WorkCounts> {
    return this.call('counts', {});
  }

  close(): void {
    if (this.life) this.end(new EngineError('closed', 'the engine was closed; open it again'), 'closed');
    else this.state = 'closed';
  }

  private spawn(request: Life['request']): Life {
    const spawn =
      this.options.spawn ??
      ((): WorkerLike => new Worker(new URL('../worker.ts', import.meta.url), { type: 'module' }));
    const locks =
      'locks' in this.options ? this.options.locks : (globalThis.navigator?.locks as LockManager | undefined);
    holdCache((globalThis as { caches?: CacheStorage }).caches);
    const worker = spawn();
    const lost = (why: string): void =>
      this.lose(life, new EngineError('worker-lost', `the engine's worker is gone: ${why}; start it again`));
    const watchdog = new Watchdog({
      ...this.options,
      locks,
      ping: () => worker.postMessage({ type: 'ping' }),
      lost,
      busy: () => this.pending.size > 0,
    });
    const lock = `tempo-worker-${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
    const life: Life = { worker, watchdog, lock, request };
    worker.onmessage = (event) => this.receive(life, event.data);
    worker.onmessageerror = () => lost('a message could not be read');
    worker.onerror = (event) => {
      event.preventDefault?.();
      lost(event.message || 'its program could not be loaded; check the network');
    };
    const base = this.options.base ?? document.baseURI;
    worker.postMessage({ type: 'hello', lock, base });
    return life;
  }

  private async call<Name extends CallName>(
    type: Name,
    ask: Calls[Name]['ask'],
    listen: Listeners = {},
    signal?: AbortSignal,
  ): Promise<Calls[Name]['answer']> {
    const { life } = this;
    if (!life) throw new EngineError('closed', 'no device is open; open one first');
    const id = (this.lastId += 1);
    const abort = (): void => this.life?.worker.postMessage({ type: 'abort', id });
    signal?.addEventListener('abort', abort, { once: true });
    const answered = new Promise<Calls[Name]['answer']>((resolve, reject) => {
      this.pending.set(id, { resolve: resolve as Pending['resolve'], reject, listen });
      life.worker.postMessage({ ...ask, type, id } as Ask);
    });
    return answered.finally(() => signal?.removeEventListener('abort', abort));
  }

  private receive(life: Life, message: FromWorker): void {
    if (life !== this.life) return;
    life.watchdog.reset();
    switch (message.type) {
      case 'alive':
        life.watchdog.watchLock(life.lock);
        return;
      case 'pong':
        return;
      case 'notice':
        this.onnotice?.(message.notice);
        return;
      case 'progress':
        this.pending.get(message.id)?.listen.progress?.(message.progress);
        return;
      case 'lane':
        this.pending.get(message.id)?.listen.lane?.(message.lane);
        return;
      case 'simulations':
        this.pending.get(message.id)?.listen.simulations?.(message.simulations);
        return;
      case 'lost':
        this.lose(life, EngineError.from(message.error));
        return;
      case 'reply':
        this.settle(message.id)?.resolve(message.value);
        return;
      case 'error': {
        const error = EngineError.from(message.error);
        this.settle(message.id)?.reject(error);
        if (isFatal(error)) this.lose(life, error);
      }
    }
  }

  private settle(id: number): Pending | undefined {
    const pending = this.pending.get(id);
    this.pending.delete(id);
    return pending;
  }

  private lose(life: Life, why: EngineError): void {
    if (life !== this.life) return;
    this.end(why, 'failed');
    this.onlost?.(why);
  }

  /** Ends the worker and all calls under way. */
  private end(why: EngineError, state: 'failed' | 'closed'): void {
    const { life } = this;
    this.life = null;
    this.opening = null;
    this.loaded = null;
    this.device = null;
    if (life) {
      life.watchdog.stop();
      life.worker.onmessage = life.worker.onmessageerror = life.worker.onerror = null;
      life.worker.terminate();
    }
    this.state = state;
    const calls = [...this.pending.values()];
    this.pending.clear();
    for (const call of calls) call.reject(why);
  }

  /** Some browsers ask the visitor, so nothing waits for the answer. */
  private async persist(): Promise<void> {
    const storage = globalThis.navigator?.storage as StorageManager | undefined;
    try {
      if (!storage?.persist || (await storage.persisted()) || (await storage.persist())) return;
    } catch {
      return;
    }
    const message = 'the browser may delete the stored model by itself when disk space runs low';
    this.onnotice?.({ code: 'not-persistent', message });
  }
}
