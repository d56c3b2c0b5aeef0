// The live engine as the page sees it: opening it, loading a model into it, losing it, getting it back.

import type { DeviceReport, ModelEvent } from '../contract';
import { preparing } from '../describe/loading';
import type { DevicePreference, Engine, Kernels, WeightFormat, WeightPreference } from '../engine';
import { EngineError } from '../engine/errors';
import type { Loaded, ModelSource, Need, Progress } from '../models/source';
import { deviceNotice, engineNotice, noticeFor, type Notice, type NoticeCode } from '../notices';
import type { Notices } from './notices.svelte';

export type LiveState = 'recorded' | 'loading' | 'compiling' | 'ready' | 'running' | 'failed';

export const EMBEDDED: ModelSource = { kind: 'embedded', id: 'storyteller' };

/** What a recovery, or another attempt, makes past. */
const TROUBLES: readonly NoticeCode[] = [
  'recovering',
  'recovered',
  'device-lost',
  'worker-lost',
  'panic',
  'forward',
  'internal',
  'start',
  'aborted',
  'offline',
  'http',
  'short',
  'changed',
  'hash',
  'model-config',
  'model-unsupported',
  'model-weights',
  'model-tokenizer',
  'model-gguf',
];

const WEIGHT_FORMATS: readonly WeightFormat[] = ['f32', 'f16', 'q8', 'q4'];

/** Losses of one page that are mended without asking. */
const AUTOMATIC_RECOVERIES = 1;

export class Live {
  state: LiveState = $state('recorded');
  /** What the visitor wants to compute on. */
  preference: DevicePreference = $state('auto');
  weights: WeightPreference = $state('auto');
  kernels: Kernels = $state('fused');
  device: DeviceReport | null = $state.raw(null);
  loaded: Loaded<ModelEvent> | null = $state.raw(null);
  progress: Progress | null = $state.raw(null);
  /** The engine is being opened: no bytes yet, but something happens. */
  opening = $state(false);
  recovering = $state(false);
  /** Where the loaded model came from, and comes from again after a loss. */
  source: ModelSource | null = $state.raw(null);
  /** What was loaded last, or was to be: another attempt means this one. */
  lastAttempt: ModelSource | null = null;
  /** Counts engines. What an earlier one still answers is ignored. */
  epoch = 0;
  /** Called when the engine is gone, by itself or on purpose. */
  onlost: (() => void) | null = null;
  /** Whether a run was cut off that could go on. */
  interrupted: () => boolean = () => false;

  private workerEngine: Engine | null = null;
  private enginePromise: Promise<Engine> | null = null;
  private abort: AbortController | null = null;
  private recoveries = 0;
  /** What was here, or on its way, when the page went out of sight. */
  private left: ModelSource | null = null;
  private readonly postedCodes = new Set<NoticeCode>();

  constructor(private readonly notices: Notices) {}

  /** What computes, in words. */
  get where(): string {
    const threads = this.device?.threads ?? 1;
    const cpu = threads > 1 ? `on the CPU, ${threads} threads` : 'on the CPU';
    const device = this.device?.kind === 'cpu' ? cpu : `on ${this.device?.name ?? 'the device'}`;
    return this.kernels === 'tensor' ? `${device}, by tensor operations` : device;
  }

  /** What the weights of the loaded model are kept as. */
  get kept(): WeightFormat | null {
    const told = this.loaded?.model.weights ?? this.weights;
    return WEIGHT_FORMATS.find((format) => format === told) ?? null;
  }

  get busy(): boolean {
    return this.opening || this.state === 'loading' || this.state === 'compiling' || this.recovering;
  }

  /** The engine, opened. The first call fetches its code, the worker and the wasm file. */
  engine(): Promise<Engine> {
    this.enginePromise ??= this.openEngine().catch((error: unknown) => {
      this.enginePromise = null;
      throw error;
    });
    return this.enginePromise;
  }

  private async openEngine(): Promise<Engine> {
    this.opening = true;
    const epoch = ++this.epoch;
    try {
      const { WorkerEngine } = await import('../engine/worker-engine');
      const engine: Engine = this.workerEngine ?? new WorkerEngine();
      this.workerEngine = engine;
      engine.onlost = (why) => {
        if (epoch === this.epoch) this.lose(why);
      };
      const browser = { secure: globalThis.isSecureContext, webgpu: 'gpu' in navigator };
      engine.onnotice = (notice) => this.postOnce(engineNotice(notice, browser));
      this.device = await engine.open(this.preference, this.weights, this.kernels);
      const notice = this.preference === 'cpu' ? null : deviceNotice(this.device, browser);
      if (notice) this.postOnce(notice);
      return engine;
    } finally {
      this.opening = false;
    }
  }

  /** What stays true on this device is said once; the rest of its life is a matter for the model panel. */
  private postOnce(notice: Notice): void {
    const lasting = notice.code !== 'retrying' && notice.code !== 'waiting' && notice.code !== 'restarted';
    if (lasting && this.postedCodes.has(notice.code)) return;
    this.postedCodes.add(notice.code);
    this.notices.post(notice);
  }

  /** What a model asks for; no weights are fetched. Throws. */
  async need(source: ModelSource): Promise<Need> {
    return (await this.engine()).need(source);
  }

  /** Loads a model; true when it is ready. Failures become notices. */
  async load(source: ModelSource): Promise<boolean> {
    return this.busy ? false : this.loadModel(source);
  }

  private async loadModel(source: ModelSource): Promise<boolean> {
    const abort = new AbortController();
    this.abort = abort;
    this.lastAttempt = source;
    this.state = 'loading';
    this.progress = null;
    if (!this.recovering) this.notices.clear(...TROUBLES);
    try {
      const engine = await this.engine();
      abort.signal.throwIfAborted();
      const loaded = await engine.load(source, (progress) => this.showProgress(progress), abort.signal);
      this.loaded = loaded;
      this.device = loaded.device;
      // After a loss the bytes come from this device where they are kept.
      this.source = loaded.key === null ? source : { kind: 'stored', key: loaded.key };
      this.state = 'ready';
      return true;
    } catch (error) {
      const stopped = abort.signal.aborted || (error instanceof EngineError && error.code === 'aborted');
      this.loaded = this.workerEngine?.loaded ?? null;
      this.state = this.loaded ? 'ready' : stopped ? 'recorded' : 'failed';
      if (this.loaded === null) this.source = null;
      if (stopped) this.notices.notify('aborted');
      else this.notices.report(error);
      return false;
    } finally {
      this.progress = null;
      this.abort = null;
    }
  }

  /** Stops a load. What has arrived is kept. */
  cancel(): void {
    this.abort?.abort();
  }

  private showProgress(progress: Progress): void {
    this.progress = progress;
    this.state = progress.phase === 'device' || preparing(progress) ? 'compiling' : 'loading';
  }

  private lose(why: EngineError): void {
    this.epoch += 1;
    this.enginePromise = null;
    this.state = 'failed';
    this.device = null;
    this.loaded = null;
    this.notices.clear('recovered');
    this.notices.post(noticeFor(why.code, why));
    this.onlost?.();
    if (this.source !== null && this.recoveries < AUTOMATIC_RECOVERIES) {
      this.recoveries += 1;
      this.notices.clear(why.code);
      this.notices.notify('recovering', why.message);
      // The calls that were under way are rejected first; then the new engine opens.
      setTimeout(() => void this.recover(), 0);
    }
  }

  /** A run that went well: a later loss is mended by itself again. */
  settled(): void {
    this.recoveries = 0;
  }

  /** Opens a new engine and loads the model that was there. */
  async recover(): Promise<boolean> {
    if (this.busy) return false;
    this.recovering = true;
    try {
      if (!(await this.loadModel(this.source ?? EMBEDDED))) return false;
    } finally {
      this.recovering = false;
    }
    this.notices.clear(...TROUBLES);
    const notice = noticeFor('recovered');
    this.notices.post(this.interrupted() ? notice : { ...notice, text: 'The model is loaded again.', ways: [] });
    return true;
  }

  /** Goes over to another device, or to another way to compute; a model that was there is loaded again. */
  async use(
    preference: DevicePreference,
    weights: WeightPreference = this.weights,
    kernels: Kernels = this.kernels,
  ): Promise<void> {
    this.preference = preference;
    // Tensor operations know no other format.
    this.weights = kernels === 'tensor' ? 'f32' : weights;
    this.kernels = kernels;
    const source = this.source;
    this.close();
    if (source !== null) await this.load(source);
  }

  /** The page is left. A browser may keep it for its Back button, and a worker in there would keep the device, and the
   *  lock on the model, from every other page. */
  leave(): void {
    const onItsWay = this.state === 'loading' || this.state === 'compiling';
    this.left = onItsWay ? this.lastAttempt : this.loaded ? this.source : null;
    this.close();
  }

  /** The browser shows the page again that it kept. */
  async comeBack(): Promise<void> {
    this.source = this.left;
    this.left = null;
    if (this.source) await this.recover();
  }

  close(): void {
    this.epoch += 1;
    this.onlost?.();
    this.abort?.abort();
    this.workerEngine?.close();
    this.workerEngine = null;
    this.enginePromise = null;
    this.device = null;
    this.loaded = null;
    this.source = null;
    this.state = 'recorded';
  }
}
