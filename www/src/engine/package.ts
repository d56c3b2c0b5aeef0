// The wasm package as the page sees it. worker.ts checks the real one against this; tests put a scripted one in its place.

import type {
  AttentionMaps,
  ChatEvent,
  ChatReport,
  DecoderEvent,
  WorkCounts,
  DeviceReport,
  Event,
  GenerationOptions,
  LaneReport,
  LoadProgress,
  ModelEvent,
  ModelNeed,
  PromptLength,
  ScoredText,
  SimulationReport,
} from '../contract';

export type Bytes = Uint8Array<ArrayBuffer>;

/** A model as far as it is here: small files, whole, and weights; or a GGUF file, or its parts in their order, as weights
 *  and nothing else. */
export interface ModelParts {
  /** What the model is called; one in a GGUF file is called what the file is called. */
  id?: string;
  config?: Bytes;
  generation?: Bytes;
  tokenizer?: Bytes;
  tokenizerConfig?: Bytes;
  chatTemplate?: Bytes;
  /** Where the weights come in shards. */
  index?: Bytes;
  weights?: WeightSource;
}

/** The weights, read piece by piece; half-open ranges. */
export interface WeightSource {
  files(): { name: string; bytes: number }[];
  read(file: string, start: number, end: number): Promise<Bytes>;
}

/** Workers that multiply; engine/worker-pool.ts. */
export interface WorkerPool {
  /** Starts the workers; fails never, but may leave `workers` at 0. */
  gather(): Promise<void>;
  readonly workers: number;
  store(worker: number, part: Uint32Array<ArrayBuffer>): void;
  start(mailbox: SharedArrayBuffer): Promise<void>;
  dismiss(): void;
}

/** What one of them runs. */
export interface MatrixWorker {
  store(part: Uint32Array): void;
  /** Blocks until the worker is ended. */
  work(mailbox: SharedArrayBuffer, number: number): void;
}

export interface Tempo {
  /** Shares models to come out to these workers, where they run on the CPU. */
  setWorkers(pool: WorkerPool): void;
  device(): DeviceReport;
  /** Reads what is given: `config`, and of weights their headers, from the front on. */
  need(model: ModelParts): Promise<ModelNeed>;
  /** Compiles the device's programs with a model of the same shapes. Reads the same bytes as `need`. */
  warm(model: ModelParts, progress: (p: LoadProgress) => void): Promise<void>;
  load(model: ModelParts, progress: (p: LoadProgress) => void): Promise<ModelEvent>;
  /** Begins nothing. */
  promptLength(prompt: string): PromptLength;
  /** The first step() then gives the run event. */
  begin(prompt: string, options: Partial<GenerationOptions>): void;
  /** Whether the loaded model holds conversations. */
  chat(): ChatReport;
  chatLength(chat: ChatEvent, now: string): PromptLength;
  /** As begin; goes on with the rows of the run before as far as the conversation begins as that one did. */
  beginChat(chat: ChatEvent, now: string, options: Partial<GenerationOptions>): void;
  /** The next event; undefined after the last. By pass, null after every one that brings none. */
  step(byPass?: boolean): Promise<Event | DecoderEvent | null | undefined>;
  /** What a tree search has tried in the step under way, from this number on. */
  simulations(from: number): SimulationReport[];
  /** Prepares lanes beside the run. */
  compare(prompt: string, lanes: string, budget: string): Promise<LaneReport[]>;
  /** A pass of the lane whose turn it is, or the scores of one that has ended; undefined after the last. */
  race(): Promise<LaneReport | undefined>;
  stopRace(): void;
  /** How probable each token of a text is after a prompt. */
  score(prompt: string, text: string): Promise<ScoredText>;
  change(options: Partial<GenerationOptions>): void;
  /** The next step() gives the end event. */
  stop(): void;
  attention(step: number): Promise<AttentionMaps>;
  counts(): WorkCounts;
  free(): void;
}

export interface TempoPackage {
  /** Fetches its program, or takes one that is compiled already. */
  default(program?: { module_or_path: WebAssembly.Module }): Promise<unknown>;
  MatrixWorker: new () => MatrixWorker;
  /** The compiled program, for workers that are to run it too. */
  compiledProgram(): WebAssembly.Module;
  /** Which files are a model: models/rule.ts. */
  modelFiles(question: string): string;
  Tempo: {
    open(
      preference: 'auto' | 'gpu' | 'cpu',
      weights: 'auto' | 'f32' | 'f16' | 'q8' | 'q4',
      kernels?: 'fused' | 'tensor',
    ): Promise<Tempo>;
  };
}
