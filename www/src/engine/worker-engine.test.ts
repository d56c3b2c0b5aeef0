import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { EndEvent, SearchEvent } from '../contract';
import type { AnyStep, EngineNotice } from '../engine';
import type { Progress } from '../models/source';
import { EngineError } from './errors';
import * as fake from './fake-tempo';
import type { TempoPackage } from './package';
import { FakeWorker, modelServer, SmallDisk, SOURCE } from './testing';
import { WorkerEngine, type WorkerEngineOptions } from './worker-engine';

let workers: FakeWorker[];
let lost: EngineError[];
const never = new AbortController().signal;
const quiet = (): void => undefined;

beforeEach(() => {
  workers = [];
  lost = [];
});

function engine(options: WorkerEngineOptions = {}, make = (): FakeWorker => new FakeWorker()): WorkerEngine {
  const made = new WorkerEngine({
    base: 'https://page.example/',
    locks: undefined,
    spawn: () => {
      const worker = make();
      workers.push(worker);
      return worker;
    },
    ...options,
  });
  made.onlost = (why) => lost.push(why);
  return made;
}

async function ready(options: WorkerEngineOptions = {}): Promise<WorkerEngine> {
  const made = engine(options);
  await made.open('auto');
  await made.load(SOURCE, quiet, never);
  return made;
}

async function play(on: WorkerEngine): Promise<(AnyStep | EndEvent)[]> {
  const events: (AnyStep | EndEvent)[] = [];
  for (let event = await on.step(); event; event = await on.step()) events.push(event);
  return events;
}

describe('the live engine', () => {
  it('answers a conversation', async () => {
    const on = engine();
    await on.open('auto');
    const { chat } = await on.load(SOURCE, () => undefined, never);
    expect(chat).toMatchObject({ usable: true });
    const talk = { messages: [{ role: 'user', content: 'Hello there' }], thinking: null, now: '2026-11-29T10:15:00' };
    expect((await on.length('', talk)).tokens).toBeGreaterThan(2);
    const run = await on.begin('', { max_steps: 1 }, talk);
    expect(run.chat).toEqual({ messages: talk.messages, thinking: null });
    expect(run.prompt.text).toContain('user: Hello there');
    expect((await play(on)).map((event) => event.type)).toEqual(['step', 'end']);
    on.close();
  });

  it('opens, loads, runs and ends', async () => {
    const on = engine();
    const opening = on.open('auto');
    expect(on.state).toBe('starting');
    expect((await opening).name).toBe('scripted device');
    expect(on.state).toBe('ready');
    const need = await on.need(SOURCE);
    expect(need).toMatchObject({ architecture: 'llama', download_bytes: 100, stored_bytes: 5023 });
    const progress: Progress[] = [];
    const loading = on.load(SOURCE, (p) => progress.push(p), never);
    expect(on.state).toBe('loading');
    expect(await loading).toMatchObject({ model: { id: 'm', layers: 6 }, durable: false, bytes: 5123 });
    expect(on.state).toBe('ready');
    expect(progress.map((p) => p.phase)).toContain('device');
    const run = await on.begin('Once', { max_steps: 3 });
    expect(run).toMatchObject({ type: 'run', options: { max_steps: 3, max_set: 8 } });
    expect(on.state).toBe('running');
    const events = await play(on);
    expect(events.map((event) => event.type)).toEqual(['step', 'step', 'step', 'end']);
    expect(on.state).toBe('ready');
    expect(await on.step()).toBeNull();
    expect(await on.length('Once upon a time')).toEqual({ tokens: 5, max_positions: 512 });
    expect((await on.attention(1)).weights).toEqual(new Float32Array([1]));
    expect((await on.counts()).passes).toBe(3);
    on.close();
    expect(workers[0]!.terminated).toBe(true);
  });

  it('has the cache of models open on the page before its worker is there', async () => {
    const order: string[] = [];
    vi.stubGlobal('caches', { open: async (name: string) => void order.push(name) });
    const on = engine({}, () => (order.push('worker'), new FakeWorker()));
    await on.open('auto');
    vi.unstubAllGlobals();
    expect(order).toEqual(['tempo-models', 'worker']);
  });

  it('stops after the step under way, and queued steps do not run', async () => {
    const on = await ready();
    await on.begin('Once', { max_steps: 100 });
    await on.step();
    const [under, queued, end] = await Promise.all([on.step(), on.step(), on.stop()]);
    expect(under?.type).toBe('step');
    expect(queued).toBeNull();
    expect(end).toMatchObject({ type: 'end', reason: 'stopped', stats: { steps: 2 } });
    expect(on.state).toBe('ready');
    expect(await on.stop()).toBeNull();
    await on.begin('Again', { max_steps: 1 });
    expect((await on.step())?.type).toBe('step');
  });

  it('tells the simulations of a tree search one by one, and stops between two passes of it', async () => {
    const on = await ready();
    expect((await on.begin('Once', { decoder: 'mcts', simulations: 6, max_steps: 5 })).decoder).toBe('mcts');
    const told: number[] = [];
    const event = await on.step((made) => told.push(...made.map(({ number }) => number)));
    // The last one comes with the event of the step.
    expect(told).toEqual([0, 1, 2, 3, 4]);
    expect((event as SearchEvent).simulations).toHaveLength(6);
    expect(on.state).toBe('running');
    let end: Promise<EndEvent | null> | null = null;
    const broken = await on.step(({ length }) => (told.push(length), (end ??= on.stop())));
    expect(broken).toBeNull();
    expect(await end).toMatchObject({ type: 'end', reason: 'stopped', stats: { steps: 1 } });
    expect(told.length).toBeLessThan(10);
    expect(on.state).toBe('ready');
  });

  it('runs decoders in turns, and ends them where they stand', async () => {
    const on = await ready();
    await on.begin('Once', { max_steps: 3 });
    const what = { prompt: 'Once', lanes: 'greedy; beam beams=2', budget: 'rows=20' };
    const told: [number, number][] = [];
    const lanes = await on.compare(what, ({ lane, rows }) => void told.push([lane, rows]), never);
    expect(lanes.map(({ reason, judged }) => [reason, judged])).toEqual([
      ['budget', true],
      ['budget', true],
    ]);
    expect(told.slice(0, 2)).toEqual([
      [0, 3],
      [1, 3],
    ]);
    // Whoever has used least goes next, so neither is far ahead.
    const rows = [3, 3];
    for (const [lane, now] of told) {
      rows[lane] = now;
      if (now < 18) expect(Math.abs(rows[0]! - rows[1]!)).toBeLessThanOrEqual(2);
    }
    // The run under way is where it was.
    expect((await on.step())?.type).toBe('step');

    const stop = new AbortController();
    const long = { ...what, budget: 'rows=900' };
    const stopped = await on.compare(long, ({ rows: now }) => now > 9 && stop.abort(), stop.signal);
    expect(stopped.map(({ reason, judged }) => [reason, judged])).toEqual([
      ['stopped', true],
      ['stopped', true],
    ]);
    expect(Math.max(...stopped.map((lane) => lane.rows))).toBeLessThan(20);
    await expect(on.compare({ ...what, lanes: 'beem' }, () => undefined, never)).rejects.toMatchObject({
      code: 'options',
    });
  });

  it('passes options of the next steps on', async () => {
    const on = await ready();
    await on.begin('Once', { max_steps: 5, selection_threshold: 0.1 });
    await on.step();
    await on.change({ selection_threshold: 0.3 });
    expect(await on.step()).toMatchObject({ threshold: 0.3 });
  });

  it('brings errors with their codes', async () => {
    const on = engine();
    await expect(on.step()).rejects.toMatchObject({ code: 'closed' });
    await on.open('auto');
    await expect(on.begin('x', {})).rejects.toMatchObject({ code: 'no-model', name: 'EngineError' });
    const missing = { kind: 'url', base: 'https://far.example/none/' } as const;
    await expect(on.load(missing, quiet, never)).rejects.toMatchObject({
      code: 'http',
      status: 404,
      file: 'config.json',
    });
    expect(on.state).toBe('ready');
    await on.load(SOURCE, quiet, never);
    await expect(on.begin('', {})).rejects.toMatchObject({ code: 'prompt' });
    expect(lost).toEqual([]);
  });

  it('stops a load when the signal fires, and goes on from there', async () => {
    const server = modelServer();
    const on = engine({}, () => new FakeWorker(server));
    await on.open('auto');
    const stop = new AbortController();
    server.onrequest = (count) => count > 5 && stop.abort();
    await expect(on.load(SOURCE, quiet, stop.signal)).rejects.toMatchObject({ code: 'aborted' });
    await expect(on.load(SOURCE, quiet, stop.signal)).rejects.toMatchObject({ code: 'aborted' });
    server.onrequest = null;
    await on.load(SOURCE, quiet, never);
    expect(server.total()).toBe(5123);
  });

  it('does not fetch a model that the device cannot run', async () => {
    const server = modelServer();
    server.put(`${SOURCE.base}config.json`, new TextEncoder().encode('{"model_type": "unsupported"}'));
    const on = engine({}, () => new FakeWorker(server));
    await on.open('auto');
    await expect(on.load(SOURCE, quiet, never)).rejects.toMatchObject({ code: 'model-unsupported' });
    expect(lost).toEqual([]);
  });

  it('refuses a second load beside the first', async () => {
    const on = engine();
    await on.open('auto');
    const first = on.load(SOURCE, quiet, never);
    await expect(on.load(SOURCE, quiet, never)).rejects.toMatchObject({ code: 'busy' });
    await first;
  });

  it('hands notices on', async () => {
    const notices: EngineNotice[] = [];
    const on = engine({}, () => new FakeWorker(modelServer(), {}, new SmallDisk(1000)));
    on.onnotice = (notice) => notices.push(notice);
    await on.open('auto');
    expect(await on.load(SOURCE, quiet, never)).toMatchObject({ storage: 'memory', durable: false });
    expect(notices.map((notice) => notice.code)).toEqual(['storage-quota']);
  });

  it('opens once for equal wishes, and a new worker for another device', async () => {
    const on = engine();
    await Promise.all([on.open('auto'), on.open('auto')]);
    await on.open('auto');
    expect(workers).toHaveLength(1);
    expect((await on.open('gpu')).kind).toBe('gpu');
    expect(workers).toHaveLength(2);
    expect(workers[0]!.terminated).toBe(true);
    expect(lost).toEqual([]);
  });

  it('hands over what is asked for, and another way to compute is another worker', async () => {
    const asked: unknown[][] = [];
    const Tempo = {
      open: async (...wishes: Parameters<TempoPackage['Tempo']['open']>) => {
        asked.push(wishes);
        return fake.Tempo.open(wishes[0]);
      },
    };
    const on = engine({}, () => new FakeWorker(modelServer(), { loadPackage: async () => ({ ...fake, Tempo }) }));
    await on.open('gpu', 'q8');
    await on.open('gpu', 'q8', 'fused');
    await on.open('gpu', 'f32', 'tensor');
    expect(asked).toEqual([
      ['gpu', 'q8', 'fused'],
      ['gpu', 'f32', 'tensor'],
    ]);
    expect(workers.map(({ terminated }) => terminated)).toEqual([true, false]);
  });

  it('can be opened again when a device does not open', async () => {
    let fails = true;
    const Tempo = {
      open: async (preference: 'auto' | 'gpu' | 'cpu') => {
        if (fails) throw Object.assign(new Error('no adapter'), { code: 'no-adapter' });
        return fake.Tempo.open(preference);
      },
    };
    const on = engine({}, () => new FakeWorker(modelServer(), { loadPackage: async () => ({ ...fake, Tempo }) }));
    await expect(on.open('gpu')).rejects.toMatchObject({ code: 'no-adapter' });
    expect(on.state).toBe('failed');
    fails = false;
    await on.open('gpu');
    expect(workers).toHaveLength(2);
    expect(lost).toEqual([]);
  });

  it('says that the wasm could not be loaded', async () => {
    const loadPackage = (): Promise<never> => Promise.reject(new TypeError('Failed to fetch'));
    const on = engine({}, () => new FakeWorker(modelServer(), { loadPackage }));
    await expect(on.open('auto')).rejects.toMatchObject({ code: 'start' });
  });
});

describe('a worker that is of no more use', () => {
  it.each([
    ['panics', 'x #panic', 'panic'],
    ['loses its device', 'x #lost', 'device-lost'],
  ])('%s: every call ends, onlost once, and a new open() makes a new worker', async (_what, prompt, code) => {
    const on = await ready();
    const calls = await Promise.allSettled([on.begin(prompt, {}), on.step(), on.counts(), on.stop()]);
    for (const call of calls) {
      expect(call).toMatchObject({ status: 'rejected', reason: { code, name: 'EngineError' } });
    }
    expect(lost.map((why) => why.code)).toEqual([code]);
    expect(on).toMatchObject({ state: 'failed', device: null, loaded: null });
    expect(workers[0]!.terminated).toBe(true);
    await expect(on.step()).rejects.toMatchObject({ code: 'closed' });
    await on.open('auto');
    await on.load(SOURCE, quiet, never);
    await on.begin('Once', { max_steps: 1 });
    expect((await on.step())?.type).toBe('step');
    expect(lost).toHaveLength(1);
  });

  it('panics outside a call', async () => {
    const on = await ready();
    await on.begin('Once', {});
    workers[0]!.host.uncaught(new WebAssembly.RuntimeError('unreachable'));
    await expect(on.step()).rejects.toMatchObject({ code: 'panic' });
    expect(lost).toHaveLength(1);
  });

  it('loses its device between two calls', async () => {
    const on = await ready();
    workers[0]!.host.deviceLost('the driver restarted');
    await expect.poll(() => lost.map((why) => why.code)).toEqual(['device-lost']);
    expect(lost[0]!.message).toContain('the driver restarted');
    expect(on.state).toBe('failed');
  });

  it('loses its device in a read, which fails a moment earlier', async () => {
    const on = await ready();
    const call = on.begin('x #cut', {});
    setTimeout(() => workers[0]!.host.deviceLost('gone'), 30);
    await expect(call).rejects.toMatchObject({ code: 'device-lost' });
    expect(lost).toHaveLength(1);
    // Without such news the read failed for another reason, and the worker lives on.
    lost = [];
    await on.open('auto');
    await on.load(SOURCE, quiet, never);
    await expect(on.begin('x #cut', {})).rejects.toMatchObject({ code: 'forward' });
    expect(lost).toEqual([]);
  });

  it('has an error event', async () => {
    const on = await ready();
    const call = on.begin('x #hang', {});
    workers[0]!.onerror?.({ message: 'boom' } as ErrorEvent);
    await expect(call).rejects.toMatchObject({ code: 'worker-lost' });
    expect(lost[0]!.message).toContain('boom');
  });

  it('is killed in silence, in idleness and in a call', async () => {
    for (const busy of [false, true]) {
      lost = [];
      const on = await ready({ tickMs: 5, idleMs: 50, busyMs: 150 });
      const call = busy ? on.begin('x', {}) : on.counts();
      const ended = call.catch((error: unknown) => error);
      if (!busy) await call;
      const begun = Date.now();
      workers.at(-1)!.deaf = true;
      await expect.poll(() => lost.length, { timeout: 3000, interval: 5 }).toBe(1);
      expect(Date.now() - begun).toBeGreaterThan(busy ? 120 : 30);
      if (busy) expect(await ended).toMatchObject({ code: 'worker-lost' });
      expect(on.state).toBe('failed');
    }
  });

  it('is noticed at once where its lock becomes free', async () => {
    let grant: (() => void) | null = null;
    const locks = {
      request: (_name: string, _options: object, work: () => void) =>
        new Promise<void>((resolve) => (grant = () => (work(), resolve()))),
    } as unknown as LockManager;
    const on = await ready({ locks });
    const call = on.begin('x #hang', {});
    await expect.poll(() => grant).not.toBeNull();
    grant!();
    await expect(call).rejects.toMatchObject({ code: 'worker-lost' });
    expect(lost).toHaveLength(1);
  });

  it('does not alarm while a long step answers pings', async () => {
    const on = await ready({ tickMs: 5, idleMs: 20, busyMs: 40 });
    const call = on.begin('x #hang', {});
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(lost).toEqual([]);
    on.close();
    await expect(call).rejects.toMatchObject({ code: 'closed' });
    expect(lost).toEqual([]);
  });
});
