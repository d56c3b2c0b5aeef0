// What the page knows of the engine: one interface. WorkerEngine (engine/worker-engine.ts) stands behind it.

import type {
  AttentionMaps,
  ChatEvent,
  DecoderEvent,
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
  StepEvent,
} from './contract';
import type { EngineError } from './engine/errors';
import type { Loaded, ModelSource, Need, Progress } from './models/source';

export type DevicePreference = 'auto' | 'gpu' | 'cpu';
/** What weights are kept as: exact, half, a quarter, a seventh of the memory. */
export type WeightFormat = 'f32' | 'f16' | 'q8' | 'q4';
/** What is asked for: a format, or the one that suits the file and the device. */
export type WeightPreference = 'auto' | WeightFormat;
/** What computes: hand-fused kernels, or one tensor operation after the other, the slow reference (weights in f32 only). */
export type Kernels = 'fused' | 'tensor';
export type EngineState = 'closed' | 'starting' | 'ready' | 'loading' | 'running' | 'failed';

/** A step of any decoder. */
export type AnyStep = StepEvent | DecoderEvent;

/** Something worth saying that is no failure. */
export interface EngineNotice {
  code:
    | 'storage-quota' // out of room: the rest of this model is held in memory until the tab closes
    | 'storage-memory' // the browser gives no storage: the model is held in memory
    | 'not-persistent' // the browser may clear the model by itself when disk space runs low
    | 'restarted' // a file was begun anew: it changed, or the server cannot continue
    | 'waiting' // another tab is fetching the same model
    | 'retrying'; // the connection broke; it is tried again
  message: string;
  file?: string;
}

/** Decoders beside each other (LAB.md L6). */
export interface Comparison {
  prompt: string;
  /** As `greedy; beam beams=4`. */
  lanes: string;
  /** As `rows=256`, or `time=2000` in milliseconds. */
  budget: string;
}

/** A conversation that is to be answered. */
export interface Talk extends ChatEvent {
  /** When it began, where it is held: templates may tell the date. As 2026-11-29T10:15:00. */
  now: string;
}

export interface Engine {
  readonly state: EngineState;
  /** The device of the last open(); null before. */
  readonly device: DeviceReport | null;
  /** The model of the last load(); null before. */
  readonly loaded: Loaded<ModelEvent> | null;

  open(preference: DevicePreference, weights?: WeightPreference, kernels?: Kernels): Promise<DeviceReport>;
  /** What a model asks for. Fetches its configuration and the sizes, no weights. */
  need(source: ModelSource): Promise<Need>;
  load(source: ModelSource, onprogress: (progress: Progress) => void, signal: AbortSignal): Promise<Loaded<ModelEvent>>;
  /** How many tokens a prompt has for the loaded model; a run under way goes on. */
  length(prompt: string, chat?: Talk): Promise<PromptLength>;
  /** Begins a run; one under way ends. With a conversation the prompt is what its template makes of it. */
  begin(prompt: string, options: Partial<GenerationOptions>, chat?: Talk): Promise<RunEvent>;
  /** The next event of the run; null when it has ended. A tree search tells meanwhile what it tries. */
  step(onsimulations?: (made: SimulationReport[]) => void): Promise<AnyStep | EndEvent | null>;
  /** Options from the next step on. */
  change(options: Partial<GenerationOptions>): Promise<void>;
  /** Ends the run after the step under way, a tree search within one pass; null when none was running. */
  stop(): Promise<EndEvent | null>;
  /** Runs decoders in turns, and says how each stands; the signal ends them. A run under way stays where it is. */
  compare(what: Comparison, onlane: (lane: LaneReport) => void, signal: AbortSignal): Promise<LaneReport[]>;
  /** How probable each token of a text is after a prompt. A run under way stays where it is. */
  score(prompt: string, text: string): Promise<ScoredText>;
  attention(step: number): Promise<AttentionMaps>;
  counts(): Promise<WorkCounts>;
  /** Frees the device. Calls under way are rejected with 'closed'; open() begins anew. */
  close(): void;

  onnotice: ((notice: EngineNotice) => void) | null;
  /** Worker killed, wasm panic, device lost: once per open(). Every call under way has been rejected; open() makes a new worker. */
  onlost: ((why: EngineError) => void) | null;
}
