// The comparison of decoders (V8): what is to be compared, and how its lanes stand. The run on the page is never touched.

import type { DecoderKind, LaneReport } from '../contract';
import type { Engine } from '../engine';
import { EngineError } from '../engine/errors';
import { asFlag, spelled } from '../settings/spelled';
import type { Generation } from './generation.svelte';

export const MEASURES = ['rows', 'passes', 'bytes', 'time'] as const;
export type Measure = (typeof MEASURES)[number];

export const LEAST_LANES = 2;
export const MOST_LANES = 4;

/** What a lane has in its field at first, and what is a good race in a tab. */
export const FLAGS: Record<DecoderKind, string> = {
  greedy: '',
  sample: 'samples=4 temperature=0.8',
  beam: 'beams=4',
  tempo: 'selection-threshold=0.05',
  mcts: 'simulations=16 depth=4',
};

const FRAME_MS = 16;

const MOST: Record<Measure, number> = { rows: 120, passes: 40, bytes: 400_000, time: 2000 };

export interface LaneChoice {
  decoder: DecoderKind;
  flags: string;
}

const lane = (decoder: DecoderKind): LaneChoice => ({ decoder, flags: FLAGS[decoder] });

/** The lanes as the program reads them. */
export function laneWords(lanes: readonly LaneChoice[]): string {
  return lanes.map(({ decoder, flags }) => `${decoder} ${flags}`.trim()).join('; ');
}

export class Race {
  prompt = $state('');
  lanes: LaneChoice[] = $state([lane('greedy'), lane('beam'), lane('sample'), lane('tempo')]);
  measure: Measure = $state('rows');
  most = $state(MOST.rows);
  /** How the lanes of the last race stand. */
  reports: LaneReport[] = $state.raw([]);
  /** What each of them may use, as it was when they began. */
  budget = $state('');
  running = $state(false);
  /** Why there was none. */
  trouble: string | null = $state(null);

  private halt: AbortController | null = null;
  /** The reports as they came, and when the page last saw them: a pass can be shorter than a frame. */
  private latest: LaneReport[] = [];
  private shownAt = 0;

  get over(): boolean {
    return !this.running && this.reports.length > 0 && this.reports.every(({ judged }) => judged);
  }

  get judging(): boolean {
    return this.running && this.reports.length > 0 && this.reports.every(({ reason }) => reason !== null);
  }

  /** Another measure has another number that makes sense. */
  setMeasure(measure: Measure): void {
    this.measure = measure;
    this.most = MOST[measure];
  }

  setDecoder(at: number, decoder: DecoderKind): void {
    this.lanes[at] = lane(decoder);
  }

  add(): void {
    if (this.lanes.length < MOST_LANES) this.lanes.push(lane('mcts'));
  }

  remove(at: number): void {
    if (this.lanes.length > LEAST_LANES) this.lanes.splice(at, 1);
  }

  async start(generation: Generation): Promise<void> {
    if (this.running) return;
    const halt = (this.halt = new AbortController());
    this.running = true;
    this.trouble = null;
    this.latest = [];
    this.reports = [];
    this.budget = `${this.measure}=${this.most}`;
    const what = { prompt: this.prompt, lanes: laneWords(this.lanes), budget: this.budget };
    try {
      this.trouble = await whatIsWrong(generation, async (engine) => {
        if (halt.signal.aborted) return;
        this.reports = await engine.compare(what, (report) => this.hear(report, generation), halt.signal);
      });
    } finally {
      this.running = false;
    }
  }

  stop(): void {
    this.halt?.abort();
  }

  private hear(report: LaneReport, generation: Generation): void {
    // The page's own key and button stop whatever runs.
    if (generation.stopping) this.stop();
    this.latest[report.lane] = report;
    const now = performance.now();
    if (now - this.shownAt < FRAME_MS && report.reason === null) return;
    this.shownAt = now;
    this.reports = [...this.latest];
  }
}

const WRITTEN: readonly string[] = ['options', 'prompt', 'context-full'];

/** Works beside the run. What somebody wrote wrongly comes back in words, to be told where it stands; everything else is a
 *  matter of the engine. */
export async function whatIsWrong(
  generation: Generation,
  work: (engine: Engine) => Promise<void>,
): Promise<string | null> {
  let wrong: string | null = null;
  await generation.beside(async (engine) => {
    try {
      await work(engine);
    } catch (error) {
      if (!(error instanceof EngineError) || !WRITTEN.includes(error.code)) throw error;
      wrong = spelled(error.message, asFlag);
    }
  });
  return wrong;
}
