import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  DEFAULTS,
  type EndEvent,
  type GenerationOptions,
  type RunEvent,
  type SimulationReport,
  type StepEvent,
} from '../contract';
import { EngineError } from '../engine/errors';
import { applyPreset, presetNamed, presetOf } from '../presets';
import { recorded } from '../testing';
import { joinText } from '../text';
import type { Trace } from '../view-state';
import { comparisonOf } from './comparison';
import { Notices } from './notices.svelte';
import { Generation } from './generation.svelte';
import { EMBEDDED, Live } from './live.svelte';
import { Run } from './run.svelte';

const race = (): void => undefined;
const DEVICE = { kind: 'gpu', name: 'test', reason: '', software: false, features: [] };

/** An engine that says what a recorded run says, and writes down what it was asked. */
class Scripted {
  static made: Scripted[] = [];
  static script: Trace = recorded().find(({ name }) => name === 'once')!.trace;
  static holdsBack = 0;
  /** What it tells while a step is under way. */
  static tries: SimulationReport[][] = [];
  state = 'ready';
  device = null;
  loaded: unknown = null;
  onlost: ((why: EngineError) => void) | null = null;
  onnotice = null;
  onstate = null;
  asked: string[] = [];
  closed = false;
  /** What the last open() was asked for. */
  wishes: string[] = [];
  at = 0;

  constructor() {
    Scripted.made.push(this);
  }
  async open(...wishes: string[]) {
    this.asked.push('open');
    this.wishes = wishes;
    return DEVICE;
  }
  async load(source: { kind: string }) {
    this.asked.push(`load ${source.kind}`);
    this.loaded = {
      model: Scripted.script.run.model,
      device: DEVICE,
      key: 'kept',
      storage: 'opfs',
      durable: true,
      origin: { source: EMBEDDED, hash: 'ab'.repeat(32) },
      bytes: 1,
    };
    return this.loaded;
  }
  async begin(prompt: string, options: GenerationOptions): Promise<RunEvent> {
    this.asked.push('begin');
    this.at = 0;
    const { run } = Scripted.script;
    return { ...run, options: { ...options, capacity: 512 }, prompt: { ...run.prompt, text: prompt } };
  }
  async step(tell?: (made: SimulationReport[]) => void): Promise<StepEvent | EndEvent | null> {
    const step = Scripted.script.steps[this.at];
    for (const made of Scripted.tries) tell?.(made);
    if (this.at === Scripted.holdsBack) await new Promise<never>(() => undefined);
    this.at += 1;
    return step ?? Scripted.script.end;
  }
  async change(options: GenerationOptions) {
    this.asked.push(`change ${options.selection_threshold} before ${this.at}`);
  }
  async stop(): Promise<EndEvent> {
    this.asked.push(`stop after ${this.at}`);
    return { ...Scripted.script.end!, reason: 'stopped' };
  }
  close() {
    this.closed = true;
  }
}

vi.mock('../engine/worker-engine', () => ({ WorkerEngine: Scripted }));

let shown: Run[] = [];
let options: GenerationOptions;
let notices: Notices;
let live: Live;
let generation: Generation;
let onstep: (run: Run) => void;

const settle = () => new Promise((resolve) => setTimeout(resolve, 5));
const codes = () => notices.items.map((notice) => notice.code);

beforeEach(() => {
  vi.stubGlobal('navigator', { gpu: {} });
  Scripted.made = [];
  Scripted.holdsBack = -1;
  Scripted.tries = [];
  shown = [];
  options = { ...DEFAULTS };
  onstep = () => undefined;
  notices = new Notices();
  live = new Live(notices);
  generation = new Generation({
    live,
    notices,
    options: () => options,
    prompt: () => 'Once',
    show: (run) => void shown.push(run),
    arrived: (run) => onstep(run),
    ended: () => undefined,
  });
});

describe('generation', () => {
  it('loads the story model, runs to the end, and measures', async () => {
    await generation.generate();
    expect(Scripted.made[0]!.asked).toEqual(['open', 'load embedded', 'begin']);
    expect(shown[0]!.trace.steps).toHaveLength(Scripted.script.steps.length);
    expect(shown[0]!.trace.end).not.toBeNull();
    expect(live.state).toBe('ready');
    expect(generation.figures.stepMs).not.toBeNull();
  });

  it('computes ordinary decoding of an ended run and keeps it with the run', async () => {
    await generation.generate();
    const run = shown[0]!;
    const begun = vi.spyOn(Scripted.made[0]!, 'begin');
    expect(comparisonOf(run, generation, race)).toMatchObject({ ordinary: null, steps: run.last + 1, underWay: false });
    await generation.compare(run);
    const [prompt, asked] = begun.mock.calls[0]!;
    expect([prompt, presetOf(asked), asked.max_steps]).toEqual(['Once', 'greedy', run.last + 1]);
    const tops = run.trace.steps.map(({ set }) => set[0]!.text);
    expect(run.ordinary).toEqual({ text: joinText(tops), steps: run.last + 1 });
    expect(comparisonOf(run, generation, race)).toMatchObject({ ordinary: run.ordinary, steps: null, underWay: false });
    expect([shown.length, generation.active, generation.comparing, live.state]).toEqual([1, null, null, 'ready']);
    expect(generation.latest, 'the engine holds another run now').toBeNull();
  });

  it('compares nothing while a run is under way, of another model, or with itself', async () => {
    await generation.step();
    const run = shown[0]!;
    expect(comparisonOf(run, generation, race).steps, 'paused').toBeNull();
    await generation.stop();
    expect(comparisonOf(run, generation, race).steps).toBe(1);
    const other = new Run({ title: 'x', origin: 'live', trace: run.trace, setup: { ...run.setup!, hash: 'cd' } });
    expect(comparisonOf(other, generation, race).steps, 'another model').toBeNull();
    expect(comparisonOf(new Run({ title: 'x', origin: 'file', trace: run.trace }), generation, race).steps).toBeNull();
    options = { ...applyPreset(presetNamed('greedy')!, DEFAULTS) };
    await generation.generate();
    expect(comparisonOf(shown[1]!, generation, race)).toMatchObject({ ordinary: null, steps: null });
  });

  it('stops within the step under way', async () => {
    onstep = (run) => {
      if (run.last === 3) void generation.stop();
    };
    await generation.generate();
    expect(shown[0]!.last).toBe(3);
    expect(shown[0]!.trace.end?.reason).toBe('stopped');
    expect(Scripted.made[0]!.asked.at(-1)).toBe('stop after 4');
    expect([generation.active, generation.running, generation.stopping]).toEqual([null, false, false]);
  });

  it('steps, goes on with other options, and remembers from where', async () => {
    await generation.step();
    await generation.step();
    expect(generation.paused).toBe(true);
    options = { ...options, selection_threshold: 0.3 };
    await generation.goOn();
    expect(Scripted.made[0]!.asked).toContain('change 0.3 before 2');
    expect(shown[0]!.phases.map((phase) => phase.from)).toEqual([0, 2]);
    expect(shown[0]!.optionsAfter(0).selection_threshold).toBe(0.1);
    expect(shown[0]!.optionsAfter(1).selection_threshold).toBe(0.3);
  });

  it('does not change options that did not change', async () => {
    await generation.step();
    await generation.goOn(1);
    expect(Scripted.made[0]!.asked.filter((asked) => asked.startsWith('change'))).toEqual([]);
  });

  it('branches: the old options up to the step, then the new ones', async () => {
    const first = new Run({ title: 'first', origin: 'recorded', trace: Scripted.script });
    options = { ...options, selection_threshold: 0.2 };
    await generation.branch(first, 4);
    expect(Scripted.made[0]!.asked).toEqual(['open', 'load embedded', 'begin', 'change 0.2 before 5']);
    expect(shown[0]!.branch).toEqual({ of: 'first', step: 4 });
    expect(shown[0]!.line).toMatch('branch of “first” at step 4');
    expect(codes()).not.toContain('branch-differs');
    // A branch of the branch, after the change, repeats both.
    options = { ...options, selection_threshold: 0.4 };
    await generation.branch(shown[0]!, 6);
    expect(Scripted.made[0]!.asked.slice(4)).toEqual(['begin', 'change 0.2 before 5', 'change 0.4 before 7']);
    expect(shown[1]!.phases.map((phase) => phase.from)).toEqual([0, 5, 7]);
  });

  it('says so when the repeated steps choose other tokens', async () => {
    const [step, ...rest] = Scripted.script.steps;
    const other = { ...step!, set: step!.set.map((member) => ({ ...member, id: member.id + 1 })) };
    const run = new Run({ title: 'other', origin: 'file', trace: { ...Scripted.script, steps: [other, ...rest] } });
    await generation.branch(run, 4);
    expect(codes()).toContain('branch-differs');
  });

  it('keeps the layout of the run it branches from, and says so', async () => {
    const run = new Run({ title: 'first', origin: 'recorded', trace: Scripted.script });
    options = { ...options, positions: 'consecutive' };
    await generation.branch(run, 2);
    expect(codes()).toContain('options-fixed');
    expect(shown[0]!.optionsAfter(3).positions).toBe('shared');
  });

  it('leaves what is computed beside the run as it began', async () => {
    const run = new Run({ title: 'first', origin: 'recorded', trace: Scripted.script });
    options = { ...options, reading_beams: 4, exact_limit: 64, meter_samples: 8 };
    await generation.branch(run, 2);
    expect(codes()).toContain('options-fixed');
    expect(shown[0]!.optionsAfter(3)).toMatchObject({ reading_beams: 0, exact_limit: 0, meter_samples: 0 });
  });

  it('leaves a run where it is that cannot go on with other options, and goes on when they are as they were', async () => {
    await generation.step();
    const run = shown[0]!;
    const before = options;
    options = { ...options, min_steps: 50 };
    vi.spyOn(Scripted.prototype, 'change').mockRejectedValueOnce(new EngineError('options', 'contradict'));
    await generation.goOn(1);
    expect([codes(), run.last]).toEqual([['options'], 0]);
    expect(generation.active).toBe(run);
    options = before;
    await generation.goOn(1);
    expect(run.last).toBe(1);
  });

  it('has what a search tries while its step is under way, and nothing of it afterwards', async () => {
    const made = (number: number): SimulationReport => {
      return { number, path: [1], rollout: [], value: 0.5, texts: [' a'] };
    };
    Scripted.tries = [[made(0)], [made(1), made(2)]];
    Scripted.holdsBack = 2;
    const arrived: number[] = [];
    onstep = () => void arrived.push(generation.tried.length);
    void generation.generate();
    await settle();
    expect(arrived).toEqual([0, 0]);
    expect(generation.tried.map(({ number }) => number)).toEqual([0, 1, 2]);
    Scripted.made[0]!.onlost?.(new EngineError('worker-lost', 'gone'));
    expect(generation.tried).toEqual([]);
  });

  it('keeps the run of a lost engine, recovers by itself once, and goes on from there', async () => {
    Scripted.holdsBack = 5;
    void generation.generate();
    await settle();
    const lost = Scripted.made[0]!;
    lost.onlost?.(new EngineError('device-lost', 'gone'));
    await settle();
    expect(shown[0]!.last).toBe(4);
    expect(live.state).toBe('ready');
    expect(codes()).toContain('recovered');
    expect(generation.cut).toBe(shown[0]);
    expect(lost.asked.filter((asked) => asked.startsWith('load'))).toEqual(['load embedded', 'load stored']);

    Scripted.holdsBack = -1;
    await generation.goOnAfterLoss();
    expect(shown[1]!.branch).toEqual({ of: 'Once', step: 4 });
    expect(shown[1]!.trace.end).not.toBeNull();

    // Twice without a good run between: the second time the visitor decides.
    Scripted.holdsBack = 3;
    for (const expected of ['ready', 'failed']) {
      void generation.generate();
      await settle();
      lost.onlost?.(new EngineError('worker-lost', 'gone'));
      await settle();
      expect(live.state).toBe(expected);
    }
    expect(codes()).toContain('worker-lost');
  });

  it('ends the engine when the page is left, and begins anew when the browser brings the page back', async () => {
    Scripted.holdsBack = 3;
    void generation.generate();
    await settle();
    expect(shown[0]!.last).toBe(2);
    live.leave();
    expect(Scripted.made[0]!.closed, 'nothing of it stays in a page that nobody sees').toBe(true);
    expect([live.state, generation.running, codes()]).toEqual(['recorded', false, []]);
    await settle();
    expect(Scripted.made, 'not before the page is back').toHaveLength(1);

    Scripted.holdsBack = -1;
    await live.comeBack();
    expect(Scripted.made[1]!.asked).toEqual(['open', 'load stored']);
    expect([live.state, codes()]).toEqual(['ready', ['recovered']]);
    await generation.goOnAfterLoss();
    expect(shown[1]!.trace.end).not.toBeNull();
  });

  it('fetches nothing when a page comes back that had no model', async () => {
    await live.need(EMBEDDED).catch(() => undefined);
    live.leave();
    await live.comeBack();
    expect([Scripted.made.length, live.state]).toEqual([1, 'recorded']);
  });

  it('goes over to tensor operations, which know one format of weights, and says so', async () => {
    await live.use('gpu', 'q8');
    await live.use('gpu', live.weights, 'tensor');
    await generation.generate();
    expect(Scripted.made[0]!.wishes).toEqual(['gpu', 'f32', 'tensor']);
    expect(shown[0]!.note).toBe('on test, by tensor operations');
    await live.use('gpu', 'q8', 'fused');
    await generation.generate();
    expect(Scripted.made[1]!.wishes).toEqual(['gpu', 'q8', 'fused']);
    expect(shown[1]!.note).toBe('on test');
  });

  it('turns an error into words and is ready for the next try', async () => {
    vi.spyOn(Scripted.prototype, 'begin').mockRejectedValueOnce(new EngineError('context-full', 'too long'));
    await generation.generate();
    expect(codes()).toEqual(['context-full']);
    expect([generation.running, live.state]).toEqual([false, 'ready']);
  });
});
