// The worker's side of the protocol: one Tempo, one call of it at a time, every call answered exactly once.
// worker.ts puts the wasm package in, tests a scripted one.

import type {
  ChatEvent,
  EndEvent,
  LaneReport,
  LoadProgress,
  ModelEvent,
  ModelNeed,
  PromptLength,
  RunEvent,
} from '../contract';
import { Meter } from '../models/progress';
import { required, type Outline, type Readable, type ModelStore } from '../models/model-store';
import { CHAT_TEMPLATE, INDEX, TOKENIZER, TOKENIZER_CONFIG } from '../models/names';
import type { Loaded, ModelSource, Need, Progress, StorageReport } from '../models/source';
import type { Ask, Calls, CallName, FromWorker, ToWorker } from '../protocol';
import type { AnyStep, Talk } from '../engine';
import { EngineError } from './errors';
import { isFatal, toEngineError } from './failure';
import type { Bytes, ModelParts, Tempo, TempoPackage, WeightSource } from './package';
import type { MatrixWorkerPool } from './worker-pool';

export interface HostOptions {
  post(message: FromWorker, transfer?: Transferable[]): void;
  /** Loads and instantiates nothing before it is called. */
  loadPackage(): Promise<TempoPackage>;
  models(base: string): Promise<ModelStore>;
  storage(needed: number | null): Promise<StorageReport>;
  /** Workers to share the CPU's work out to, where the page may have them. */
  pool: MatrixWorkerPool | null;
  /** Holds a lock until the worker dies, and calls back when it is held. */
  holdLock(name: string, onheld: () => void): void;
  /** The message of the last panic, from the console. */
  panicText(): string | null;
}

/** How long the news of a lost device may take. */
const LOSS_MS = 100;

export class Host {
  private tempo: Tempo | null = null;
  private modelStore: Promise<ModelStore> | null = null;
  private base = '';
  private running = false;
  private stopping = false;
  /** The run is a tree search: its steps have many passes. */
  private searching = false;
  /** Set by the first fatal error; nothing is relayed after it. */
  private dead: EngineError | null = null;
  private readonly aborts = new Map<number, AbortController>();
  /** The wasm object takes one call at a time. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: HostOptions) {}

  receive(message: ToWorker): void {
    switch (message.type) {
      case 'hello':
        this.base = message.base;
        this.options.holdLock(message.lock, () => this.options.post({ type: 'alive' }));
        return;
      case 'ping':
        this.options.post({ type: 'pong' });
        return;
      case 'abort':
        this.aborts.get(message.id)?.abort();
        return;
      default:
        void this.answer(message);
    }
  }

  /** An error that no call can be blamed for: a panic inside a callback of the browser, a mistake of ours. */
  uncaught(error: unknown): void {
    const why = toEngineError(error, this.options.panicText());
    // In a worker nobody sees what went wrong unless it is told; whatever it was, calls may never come back.
    this.die(why);
  }

  /** The browser says that the GPU device is gone. */
  deviceLost(message: string): void {
    this.die(new EngineError('device-lost', `the graphics device was lost (${message}); start the engine again`));
  }

  private async answer(ask: Ask): Promise<void> {
    const abort = new AbortController();
    this.aborts.set(ask.id, abort);
    try {
      const value = await this.run(ask, abort.signal);
      const transfer = ask.type === 'attention' ? [(value as Calls['attention']['answer']).weights.buffer] : [];
      if (!this.dead) this.options.post({ type: 'reply', id: ask.id, value }, transfer);
    } catch (error) {
      const thrown = toEngineError(error, this.options.panicText());
      // A read that the loss of the device cuts off fails a moment before the browser tells of the loss.
      if (thrown.code === 'forward') await new Promise((resolve) => setTimeout(resolve, LOSS_MS));
      const why = this.dead ?? thrown;
      this.options.post({ type: 'error', id: ask.id, error: why.data() });
      if (isFatal(why)) this.die(why);
    } finally {
      this.aborts.delete(ask.id);
    }
  }

  private die(why: EngineError): void {
    if (this.dead) return;
    this.dead = why;
    for (const abort of this.aborts.values()) abort.abort();
    this.options.post({ type: 'lost', error: why.data() });
  }

  private run(ask: Ask, signal: AbortSignal): Promise<Calls[CallName]['answer']> {
    if (this.dead) throw this.dead;
    switch (ask.type) {
      case 'stop':
        // Steps that wait in the queue shall not run any more.
        this.stopping = true;
        return this.alone(() => this.stop());
      case 'open':
        return this.alone(() => this.open(ask));
      case 'need':
        return this.alone(() => this.need(ask.source, signal));
      case 'load':
        return this.alone(() => this.load(ask.source, signal, (progress) => this.post(ask.id, progress)));
      case 'length':
        return this.alone(async () => this.length(ask));
      case 'begin':
        return this.alone(() => this.begin(ask));
      case 'step':
        return this.alone(() => this.step(ask.id));
      case 'compare':
        return this.alone(() => this.compare(ask, signal));
      case 'score':
        return this.alone(() => this.requireTempo().score(ask.prompt, ask.text));
      case 'change':
        return this.alone(async () => (this.requireTempo().change(ask.options), null));
      case 'attention':
        return this.alone(() => this.requireTempo().attention(ask.step));
      case 'counts':
        return this.alone(async () => this.requireTempo().counts());
    }
  }

  private alone<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.last.then(() => {
      if (this.dead) throw this.dead;
      return work();
    });
    this.last = mine.catch(() => undefined);
    return mine;
  }

  private async open({ preference, weights, kernels }: Ask<'open'>): Promise<Calls['open']['answer']> {
    let wasm: TempoPackage;
    try {
      wasm = await this.options.loadPackage();
      await wasm.default();
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      throw new EngineError(
        'start',
        `the engine could not be loaded (${cause}); check the network and reload the page`,
        { cause: error },
      );
    }
    this.tempo = await wasm.Tempo.open(preference, weights, kernels);
    const pool = preference === 'gpu' ? null : this.options.pool;
    if (pool) {
      pool.program = wasm.compiledProgram();
      this.tempo.setWorkers(pool);
    }
    return this.tempo.device();
  }

  private async need(source: ModelSource, signal: AbortSignal): Promise<Need> {
    const tempo = this.requireTempo();
    const models = await this.models();
    const meter = new Meter(() => undefined);
    const survey = await models.survey(source, meter, (outline) => this.judge(tempo, outline), signal);
    const missing = survey.total_bytes === null ? null : Math.max(0, survey.total_bytes - survey.stored_bytes);
    return {
      ...survey.judgement,
      download_bytes: missing,
      stored_bytes: survey.stored_bytes,
      storage: await this.options.storage(missing),
    };
  }

  private async judge(tempo: Tempo, outline: Outline): Promise<ModelNeed> {
    const headers = await headersOf(outline);
    return this.reading(headers, () => tempo.need(early(outline, headers)));
  }

  /** The loader sees that its source failed, the source knows why. */
  private async reading<T>(from: Readable | null, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const why = toEngineError(error, this.options.panicText());
      throw isFatal(why) ? why : (from?.failure ?? why);
    }
  }

  private async load(
    source: ModelSource,
    signal: AbortSignal,
    onprogress: (progress: Progress) => void,
  ): Promise<Loaded<ModelEvent>> {
    const tempo = this.requireTempo();
    this.running = false;
    const models = await this.models();
    const meter = new Meter(onprogress);
    // The device compiles its programs while the weights are on their way; those of a kept model are here already, and
    // then it compiles before the first step instead of in it.
    let warmed = false;
    const warm = async (outline: Outline): Promise<void> => {
      warmed = true;
      try {
        const compiling = ({ compiled, programs }: LoadProgress): void => meter.compiling(compiled, programs);
        const headers = await headersOf(outline);
        await this.reading(headers, () => tempo.warm(early(outline, headers), compiling));
      } finally {
        meter.warmed();
      }
    };
    const judge = (outline: Outline): Promise<ModelNeed> => this.judge(tempo, outline);
    const { id, outline, small, weights, ...where } = await models.obtain(source, meter, { judge, warm }, signal);
    if (!warmed) await warm(outline);
    const stopped = (): EngineError => new EngineError('aborted', `${id}: stopped; what has arrived is kept`);
    const pieces: WeightSource = {
      files: () => weights.files(),
      read: (file, start, end) => {
        if (signal.aborted) return Promise.reject(stopped());
        return weights.read(file, start, end);
      },
    };
    const ondevice = ({ done_bytes, total_bytes, compiled, programs }: LoadProgress): void =>
      programs > 0 ? meter.compiling(compiled, programs) : meter.device(done_bytes, total_bytes);
    try {
      const parts = outline.kind === 'gguf' ? {} : smallFiles(id, outline, small);
      const model = await this.reading(weights, () => tempo.load({ ...parts, weights: pieces }, ondevice));
      // With `auto` the device is chosen by what this model takes on each.
      return {
        model,
        device: tempo.device(),
        chat: tempo.chat(),
        key: where.key,
        storage: where.storage,
        durable: where.durable,
        bytes: where.bytes,
        origin: where.origin,
      };
    } catch (error) {
      throw signal.aborted && !(error instanceof EngineError && isFatal(error)) ? stopped() : error;
    }
  }

  private length({ chat, prompt }: Ask<'length'>): PromptLength {
    const tempo = this.requireTempo();
    return chat ? tempo.chatLength(eventOf(chat), chat.now) : tempo.promptLength(prompt);
  }

  private async begin(ask: Ask<'begin'>): Promise<RunEvent> {
    const tempo = this.requireTempo();
    this.running = false;
    this.stopping = false;
    const { chat, prompt, options } = ask;
    if (chat) tempo.beginChat(eventOf(chat), chat.now, options);
    else tempo.begin(prompt, options);
    const event = await tempo.step();
    if (event?.type !== 'run') throw new EngineError('internal', 'a run did not begin with its run event');
    this.running = true;
    this.searching = event.decoder === 'mcts';
    return event;
  }

  private async step(id: number): Promise<AnyStep | EndEvent | null> {
    const tempo = this.requireTempo();
    if (!this.running || this.stopping) return null;
    let event = await tempo.step(this.searching);
    for (let told = 0; event === null; event = await tempo.step(true)) {
      const simulations = tempo.simulations(told);
      told += simulations.length;
      if (simulations.length > 0 && !this.dead) this.options.post({ type: 'simulations', id, simulations });
      await otherMessages();
      // What is left of the step is not computed; stop() ends the run.
      if (this.stopping) return null;
    }
    if (event?.type === 'run') throw new EngineError('internal', 'a run began in the middle of a run');
    if (event === undefined || event.type === 'end') this.running = false;
    return event ?? null;
  }

  /** Lanes in turns, a pass each; in between whoever wants to end them is heard. */
  private async compare(ask: Ask<'compare'>, signal: AbortSignal): Promise<LaneReport[]> {
    const tempo = this.requireTempo();
    const lanes = await tempo.compare(ask.prompt, ask.lanes, ask.budget);
    signal.addEventListener('abort', () => tempo.stopRace(), { once: true });
    for (const lane of lanes) this.options.post({ type: 'lane', id: ask.id, lane });
    for (let lane = await tempo.race(); lane; lane = await tempo.race()) {
      lanes[lane.lane] = lane;
      if (!this.dead) this.options.post({ type: 'lane', id: ask.id, lane });
      await otherMessages();
    }
    return lanes;
  }

  private async stop(): Promise<EndEvent | null> {
    const tempo = this.requireTempo();
    try {
      if (!this.running) return null;
      tempo.stop();
      this.running = false;
      const event = await tempo.step();
      return event?.type === 'end' ? event : null;
    } finally {
      this.stopping = false;
    }
  }

  private requireTempo(): Tempo {
    if (!this.tempo) throw new EngineError('closed', 'no device is open; open one first');
    return this.tempo;
  }

  private models(): Promise<ModelStore> {
    return (this.modelStore ??= this.options.models(this.base));
  }

  private post(id: number, progress: Progress): void {
    if (!this.dead) this.options.post({ type: 'progress', id, progress });
  }
}

/** Lets in what was sent meanwhile: passes on the CPU block. A timer would take four milliseconds each time. */
function otherMessages(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => (port1.close(), resolve());
    port2.postMessage(null);
  });
}

/** The package refuses keys that it does not know. */
function eventOf({ messages, thinking }: Talk): ChatEvent {
  return { messages, thinking };
}

/** What tells the types and shapes of a model's weights. */
async function headersOf(outline: Outline): Promise<Readable | null> {
  return outline.kind === 'gguf' ? outline.file : outline.headers();
}

/** What is here of a model before its weights are. */
function early(outline: Outline, weights: Readable | null): ModelParts {
  const parts: ModelParts = weights ? { weights } : {};
  if (outline.kind === 'gguf') return parts;
  parts.config = outline.config;
  if (outline.generation) parts.generation = outline.generation;
  if (outline.tokenizer) parts.tokenizer = outline.tokenizer;
  if (outline.index) parts.index = outline.index;
  return parts;
}

/** What the loader is given beside the weights. */
function smallFiles(id: string, outline: Outline & { kind: 'config' }, small: Map<string, Bytes>): ModelParts {
  const files: ModelParts = { id, ...early(outline, null), tokenizer: required(small, TOKENIZER) };
  const index = small.get(INDEX);
  if (index) files.index = index;
  const [tokenizerConfig, chatTemplate] = [small.get(TOKENIZER_CONFIG), small.get(CHAT_TEMPLATE)];
  if (tokenizerConfig) files.tokenizerConfig = tokenizerConfig;
  if (chatTemplate) files.chatTemplate = chatTemplate;
  return files;
}
