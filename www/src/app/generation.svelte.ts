// Runs made live: the loop that calls step(), stopping it, branching, going on after a loss.
// Stopping is not calling again: the worker holds no loop to interrupt.

import type { ChatEvent, EndEvent, GenerationOptions, SimulationReport, StepEvent } from '../contract';
import type { Engine, Talk } from '../engine';
import { EngineError } from '../engine/errors';
import { PRESETS, applyPreset } from '../presets';
import { joinText } from '../text';
import { appendEvent } from '../trace';
import type { Notices } from './notices.svelte';
import { Figures } from './figures.svelte';
import { EMBEDDED, type Live } from './live.svelte';
import { Run, titleOf, type Phase } from './run.svelte';

/** Options that lay out the sequence, or what is computed beside it, and cannot change inside a run. */
const FIXED = [
  'decoder',
  'positions',
  'position_gap',
  'capacity',
  'reading_beams',
  'exact_limit',
  'meter_samples',
  'meter_proposal',
] as const satisfies (keyof GenerationOptions)[];

const GREEDY = PRESETS.find(({ id }) => id === 'greedy')!;

function sameIds(a: StepEvent | undefined, b: StepEvent): boolean {
  return a !== undefined && a.set.length === b.set.length && a.set.every((member, i) => member.id === b.set[i]?.id);
}

function sameOptions(a: GenerationOptions, b: GenerationOptions): boolean {
  return (Object.keys(a) as (keyof GenerationOptions)[]).every((key) => a[key] === b[key]);
}

/** The options as they can stand inside this run: what is laid out stays. */
function within(run: Run, options: GenerationOptions): { options: GenerationOptions; refused: boolean } {
  const first = run.phases[0]!.options;
  // Another decoder goes on as it began.
  if (run.trace.beside)
    return { options: run.optionsAfter(run.last), refused: !sameOptions(options, run.optionsAfter(run.last)) };
  const fixed = Object.fromEntries(FIXED.map((key) => [key, first[key]]));
  // An open capacity is no wish.
  const refused = FIXED.some((key) => options[key] !== null && options[key] !== first[key]);
  return { options: { ...options, ...fixed }, refused };
}

/** A conversation of a run, to be answered once more. */
function talkOf(chat: ChatEvent | undefined): Talk | undefined {
  return chat && { ...chat, now: civil(new Date()) };
}

/** The time of the place, as templates are told it. */
export function civil(date: Date): string {
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

export interface GenerationHost {
  live: Live;
  notices: Notices;
  options(): GenerationOptions;
  prompt(): string;
  /** A new run is on the list and wants to be seen. */
  show(run: Run): void;
  /** The run has one more step. */
  arrived(run: Run): void;
  /** The run is over, or given up. */
  ended(run: Run): void;
}

export class Generation {
  readonly figures = new Figures();
  /** The run that the engine holds; its end has not come yet. */
  active: Run | null = $state.raw(null);
  /** The loop is turning. */
  running = $state(false);
  stopping = $state(false);
  /** The run for which ordinary decoding is being computed. */
  comparing: Run | null = $state.raw(null);
  /** The run that a loss cut off. */
  cut: Run | null = $state.raw(null);
  /** The run whose attention the engine still has. */
  latest: Run | null = $state.raw(null);
  /** What a tree search has tried in the step under way. */
  tried: SimulationReport[] = $state.raw([]);

  /** The end of a search that was stopped within a step. */
  private ending: Promise<EndEvent | null> | null = null;

  constructor(private readonly host: GenerationHost) {
    host.live.onlost = () => this.lose();
    host.live.interrupted = () => this.cut !== null;
  }

  get paused(): boolean {
    return this.active !== null && !this.running;
  }

  /** A new run with the options as they stand; `count` steps of it. */
  async generate(count = Infinity): Promise<void> {
    const options = { ...this.host.options() };
    await this.start(this.host.prompt(), [{ from: 0, options }], count, null, null);
  }

  /** A run that answers a conversation; null where none began. */
  async answer(chat: Talk, options: GenerationOptions): Promise<Run | null> {
    const before = this.latest;
    await this.start('', [{ from: 0, options }], Infinity, null, null, chat);
    return this.latest === before ? null : this.latest;
  }

  /** A run whose options change on the way, as a link describes it. */
  async replay(prompt: string, phases: Phase[]): Promise<void> {
    await this.start(prompt, phases, Infinity, null, null);
  }

  /** One step: of the run under way, or of a new one. */
  async step(): Promise<void> {
    if (this.active) await this.goOn(1);
    else await this.generate(1);
  }

  /** Goes on with the paused run. Options changed meanwhile count from the next step. */
  async goOn(count = Infinity): Promise<void> {
    const run = this.active;
    if (!run || this.running || this.host.live.busy) return;
    await this.guard(async (engine) => {
      const { options, refused } = within(run, this.host.options());
      if (refused) this.host.notices.notify('options-fixed');
      if (!sameOptions(options, run.optionsAfter(run.last))) await this.change(engine, run, options);
      await this.turn(engine, run, count);
    });
  }

  /** A new run that repeats `of` up to and including `step`, then takes the options as they stand. */
  async branch(of: Run, step: number, options: GenerationOptions = this.host.options()): Promise<void> {
    const { options: changed, refused } = within(of, options);
    if (refused && step >= 0) this.host.notices.notify('options-fixed');
    const phases = [
      ...of.phases.filter((phase) => phase.from <= step),
      { from: step + 1, options: step < 0 ? options : changed },
    ];
    const { prompt, chat } = of.trace.run;
    await this.start(prompt.text, phases, Infinity, { of: of.title, step }, of, talkOf(chat));
  }

  /** The run that a loss cut off, once more, and on from there. */
  async goOnAfterLoss(): Promise<void> {
    const run = this.cut;
    if (run) await this.branch(run, run.last, run.optionsAfter(run.last));
  }

  /** Whether ordinary decoding can be computed for a run: with the model that it was made with, and nothing under way. */
  canCompare(run: Run): boolean {
    const { live } = this.host;
    const { setup } = run;
    if (run.origin !== 'live' || !setup || !live.loaded || live.busy || this.running || this.active) return false;
    return setup.hash === live.loaded.origin.hash && setup.weights === live.kept;
  }

  /** The same prompt once more, as many steps, the most probable token alone at each: kept with the run. */
  async compare(run: Run): Promise<void> {
    if (!this.canCompare(run)) return;
    this.comparing = run;
    await this.guard(async (engine) => {
      const options = applyPreset(GREEDY, { ...run.trace.run.options, max_steps: run.last + 1 });
      // The engine holds one run: it gives up the attention of the last one.
      this.latest = null;
      const { prompt, chat } = run.trace.run;
      await engine.begin(prompt.text, options, talkOf(chat));
      const texts: string[] = [];
      while (!this.stopping) {
        const event = await engine.step();
        if (event?.type !== 'step') break;
        texts.push(event.set[0]?.text ?? '');
      }
      if (this.stopping) await engine.stop();
      run.ordinary = { text: joinText(texts), steps: texts.length };
      this.host.live.settled();
    });
    this.comparing = null;
  }

  /** Something that is no run, with the engine to itself; a paused run stays as it is. */
  async beside(work: (engine: Engine) => Promise<void>): Promise<void> {
    const { live } = this.host;
    if (this.running || live.busy) return;
    if (live.loaded || (await live.load(live.source ?? EMBEDDED))) await this.guard(work);
  }

  /** Takes effect at once: no further step is asked for. */
  async stop(): Promise<void> {
    if (this.running) {
      this.stopping = true;
      // A step of a search is many passes: it is told at once, and ends within one.
      if (this.active?.trace.run.decoder === 'mcts') this.ending ??= (await this.host.live.engine()).stop();
      return;
    }
    const run = this.active;
    if (!run) return;
    await this.guard((engine) => this.end(engine, run));
  }

  private async start(
    prompt: string,
    phases: Phase[],
    count: number,
    branch: { of: string; step: number } | null,
    like: Run | null,
    chat?: Talk,
  ): Promise<void> {
    const { live, notices } = this.host;
    if (this.running || live.busy) return;
    if (!chat && prompt.trim() === '') {
      notices.notify('prompt');
      return;
    }
    this.figures.pressed(performance.now());
    if (!live.loaded && !(await live.load(live.source ?? EMBEDDED))) return;
    await this.guard(async (engine) => {
      this.figures.begin();
      const first = phases[0]!.options;
      this.active = null;
      const event = await engine.begin(prompt, first, chat);
      const run = new Run({
        title: titleOf(chat?.messages.at(-1)?.content ?? prompt),
        origin: 'live',
        trace: appendEvent(null, event),
        note: live.where,
        branch,
        setup: live.loaded && { ...live.loaded.origin, weights: live.kept, capacity: first.capacity },
        // The engine has resolved what was left open, the capacity for one.
        phases: [{ from: 0, options: event.options }],
      });
      this.active = run;
      this.latest = run;
      this.cut = null;
      this.host.show(run);
      for (const phase of phases.slice(1)) {
        const until = phase.from - (run.last + 1);
        if (until > 0) await this.turn(engine, run, until, like);
        if (this.active !== run || this.stopping) return;
        await this.change(engine, run, within(run, phase.options).options);
      }
      await this.turn(engine, run, count);
    });
  }

  private async change(engine: Engine, run: Run, options: GenerationOptions): Promise<void> {
    await engine.change(options);
    run.phases = [...run.phases, { from: run.last + 1, options }];
  }

  /** Up to `count` steps. With `like`, each has to choose what that run chose. */
  private async turn(engine: Engine, run: Run, count: number, like: Run | null = null): Promise<void> {
    const { live, notices } = this.host;
    const epoch = live.epoch;
    this.running = true;
    live.state = 'running';
    for (let left = count; left > 0 && !this.stopping && this.active === run; left -= 1) {
      const start = performance.now();
      const event = await engine.step((made) => (this.tried = [...this.tried, ...made]));
      this.tried = [];
      // The engine was replaced meanwhile; lose() has tidied up.
      if (epoch !== live.epoch) return;
      if (event === null) {
        // A search that was stopped within a step has its end still to come.
        if (!this.stopping) this.finish(run);
        break;
      }
      run.trace = appendEvent(run.trace, event);
      if (event.type === 'end') {
        this.finish(run);
        break;
      }
      const now = performance.now();
      this.figures.step(event, now - start, now);
      this.host.arrived(run);
      if (like && event.type === 'step' && !sameIds(like.trace.steps[event.step], event)) {
        notices.notify('branch-differs', `step ${event.step} chose other tokens than "${like.title}"`);
        like = null;
      }
    }
    if (this.stopping && this.active === run) await this.end(engine, run);
  }

  private async end(engine: Engine, run: Run): Promise<void> {
    const end = await (this.ending ?? engine.stop());
    this.ending = null;
    if (end) run.trace = appendEvent(run.trace, end);
    this.finish(run);
  }

  private finish(run: Run): void {
    if (this.active === run) this.active = null;
    this.host.live.settled();
    this.host.arrived(run);
    this.host.ended(run);
  }

  /** Whatever is thrown becomes one notice, and the state is tidy again. */
  private async guard(work: (engine: Engine) => Promise<void>): Promise<void> {
    const { live, notices } = this.host;
    this.stopping = false;
    this.ending = null;
    this.running = true;
    live.state = 'running';
    let epoch = live.epoch;
    try {
      const engine = await live.engine();
      epoch = live.epoch;
      await work(engine);
    } catch (error) {
      // A loss has its own notice, and rejects everything under way.
      const lost = epoch !== live.epoch;
      if (!lost) {
        const code = notices.report(error);
        if (!(error instanceof EngineError) || code === 'forward') this.cut = this.active;
        // Options that a run under way cannot change to leave it where it is.
        if (code !== 'options') this.active = null;
      }
    } finally {
      if (epoch === live.epoch) {
        this.tried = [];
        this.running = false;
        this.stopping = false;
        live.state = live.loaded ? 'ready' : 'recorded';
      }
    }
  }

  private lose(): void {
    this.cut = this.active ?? this.cut;
    this.active = null;
    this.latest = null;
    this.tried = [];
    this.running = false;
    this.stopping = false;
  }
}
