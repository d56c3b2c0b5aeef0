// The wasm package as the page sees it. worker.ts checks the real one against this; tests put a scripted one in its place.

import type {
  AttentionMaps,
  WorkCounts,
  DeviceReport,
  Event,
  GenerationOptions,
  LoadProgress,
  ModelEvent,
  ModelNeed,
} from '../contract';

export type Bytes = Uint8Array<ArrayBuffer>;

/** The small files of a model, whole. */
export interface ModelFiles {
  id: string;
  config: Bytes;
  generation?: Bytes;
  tokenizer: Bytes;
  index?: Bytes;
}

/** The weights, read piece by piece; half-open ranges. A GGUF model is one file. */
export interface WeightSource {
  files(): { name: string; bytes: number }[];
  read(file: string, start: number, end: number): Promise<Bytes>;
}

/** Workers that multiply; engine/crew.ts. */
export interface CrewOffice {
  /** Starts the workers; fails never, but may leave `members` at 0. */
  gather(): Promise<void>;
  readonly members: number;
  keep(member: number, part: Uint32Array<ArrayBuffer>): void;
  start(desk: SharedArrayBuffer): Promise<void>;
  dismiss(): void;
}

/** One of them, on its side. */
export interface CrewMember {
  keep(part: Uint32Array): void;
  /** Blocks until the worker is ended. */
  work(desk: SharedArrayBuffer, number: number): void;
}

export interface Tempo {
  /** Shares models to come out to these workers, where they run on the CPU. */
  hire(office: CrewOffice): void;
  device(): DeviceReport;
  need(config: Bytes, generation?: Bytes): ModelNeed;
  /** Compiles the device's programs with a model of the same shapes. */
  warm(config: Bytes, progress: (p: LoadProgress) => void): Promise<void>;
  load(files: ModelFiles, source: WeightSource, progress: (p: LoadProgress) => void): Promise<ModelEvent>;
  /** The same of a GGUF file; the first two read its header from the front on, and the same bytes. */
  needGguf(file: WeightSource): Promise<ModelNeed>;
  warmGguf(file: WeightSource, progress: (p: LoadProgress) => void): Promise<void>;
  loadGguf(file: WeightSource, progress: (p: LoadProgress) => void): Promise<ModelEvent>;
  /** The first step() then gives the run event. */
  begin(prompt: string, options: Partial<GenerationOptions>): void;
  step(): Promise<Event | undefined>;
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
  CrewMember: new () => CrewMember;
  /** The compiled program, for workers that are to run it too. */
  compiledProgram(): WebAssembly.Module;
  Tempo: {
    open(
      preference: 'auto' | 'gpu' | 'cpu',
      weights: 'f32' | 'f16' | 'q8' | 'q4',
      kernels?: 'fused' | 'tensor',
    ): Promise<Tempo>;
  };
}
