// Messages between page and worker. Every call has an id and gets exactly one reply or one error.

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
} from './contract';
import type { AnyStep, Comparison, DevicePreference, Kernels, EngineNotice, Talk, WeightPreference } from './engine';
import type { ErrorData } from './engine/errors';
import type { Loaded, ModelSource, Need, Progress } from './models/source';

/** What can be asked, and what is answered. */
export interface Calls {
  open: {
    ask: { preference: DevicePreference; weights: WeightPreference; kernels: Kernels };
    answer: DeviceReport;
  };
  need: { ask: { source: ModelSource }; answer: Need };
  load: { ask: { source: ModelSource }; answer: Loaded<ModelEvent> };
  length: { ask: { prompt: string; chat?: Talk | undefined }; answer: PromptLength };
  begin: { ask: { prompt: string; options: Partial<GenerationOptions>; chat?: Talk | undefined }; answer: RunEvent };
  step: { ask: object; answer: AnyStep | EndEvent | null };
  change: { ask: { options: Partial<GenerationOptions> }; answer: null };
  stop: { ask: object; answer: EndEvent | null };
  /** Answered when the last lane is judged; abort ends the lanes where they stand. */
  compare: { ask: Comparison; answer: LaneReport[] };
  score: { ask: { prompt: string; text: string }; answer: ScoredText };
  attention: { ask: { step: number }; answer: AttentionMaps };
  counts: { ask: object; answer: WorkCounts };
}

export type CallName = keyof Calls;
export type Ask<Name extends CallName = CallName> = { [N in Name]: { type: N; id: number } & Calls[N]['ask'] }[Name];

export type ToWorker =
  | Ask
  /** First of all: the lock that tells the page that the worker lives, and the address that ./models/ is relative to. */
  | { type: 'hello'; lock: string; base: string }
  | { type: 'abort'; id: number }
  | { type: 'ping' };

export type FromWorker =
  | { type: 'reply'; id: number; value: Calls[CallName]['answer'] }
  | { type: 'error'; id: number; error: ErrorData }
  | { type: 'progress'; id: number; progress: Progress }
  /** What a tree search has tried since the last of these, while its step is under way; what comes with the step is in its event. */
  | { type: 'simulations'; id: number; simulations: SimulationReport[] }
  /** How a lane of a comparison stands. */
  | { type: 'lane'; id: number; lane: LaneReport }
  | { type: 'notice'; notice: EngineNotice }
  /** The lock of hello is held: when it becomes free, the worker is dead. */
  | { type: 'alive' }
  | { type: 'pong' }
  /** The worker is of no more use and says so itself. */
  | { type: 'lost'; error: ErrorData };
