import { afterEach, describe, expect, it, vi } from 'vitest';
import { watchDevices } from './device-watch';
import { EngineError } from './errors';
import { toEngineError } from './failure';
import { panicListener } from './panic-text';
import { Watchdog } from './watchdog';

describe('errors', () => {
  it('keep their facts on the way to the page', () => {
    const error = new EngineError('http', 'x', { file: 'a', status: 404 });
    expect(EngineError.from(structuredClone(error.data()))).toMatchObject({ code: 'http', file: 'a', status: 404 });
    expect(new EngineError('hash', 'x').data()).toEqual({ code: 'hash', message: 'x' });
  });

  it.each([
    [new WebAssembly.RuntimeError('unreachable'), 'panic'],
    [Object.assign(new Error('x'), { code: 'device-limit' }), 'device-limit'],
    [Object.assign(new Error('x'), { code: 'ENOENT' }), 'internal'],
    [new DOMException('x', 'AbortError'), 'aborted'],
    [new DOMException('x', 'QuotaExceededError'), 'storage-quota'],
    [new DOMException('x', 'InvalidStateError'), 'storage'],
    [new TypeError('x'), 'internal'],
    ['words', 'internal'],
  ])('get a code: %s', (error, code) => {
    expect(toEngineError(error)).toMatchObject({ code });
  });

  it('carry the sentence of a panic', () => {
    const written: unknown[][] = [];
    const target = { error: (...words: unknown[]) => void written.push(words) };
    const panics = panicListener(target);
    target.error('something else');
    expect(panics.last).toBeNull();
    target.error('panicked at src/lib.rs:1:2:\nindex out of bounds\n\nStack:\n\nError\n    at x');
    expect(panics.last).toBe('panicked at src/lib.rs:1:2: index out of bounds');
    expect(written).toHaveLength(2);
    expect(toEngineError(new WebAssembly.RuntimeError('unreachable'), panics.last).message).toContain(
      'index out of bounds',
    );
  });
});

it('the loss of a GPU device is heard of, and the device is opened as it was', async () => {
  let lose: (info: { reason: string; message: string }) => void = () => undefined;
  class Adapter {
    readonly name = 'one';
    async requestDevice(
      ...given: unknown[]
    ): Promise<{ lost: Promise<{ reason: string; message: string }>; of: unknown[] }> {
      return { lost: new Promise((resolve) => (lose = resolve)), of: [this.name, ...given] };
    }
  }
  const heard: string[] = [];
  watchDevices(undefined, (why) => heard.push(why));
  watchDevices(Adapter, (why) => heard.push(why));
  expect((await new Adapter().requestDevice({ label: 'x' })).of).toEqual(['one', { label: 'x' }]);
  expect(heard).toEqual([]);
  lose({ reason: 'destroyed', message: '' });
  await expect.poll(() => heard).toEqual(['destroyed']);
});

describe('the watchdog', () => {
  afterEach(() => void vi.useRealTimers());

  it('counts ticks, so that a laptop may sleep', () => {
    vi.useFakeTimers();
    let pings = 0;
    const lost: string[] = [];
    const dog = new Watchdog({ ping: () => pings++, lost: (why) => lost.push(why), busy: () => false });
    vi.advanceTimersByTime(14_000);
    expect(pings).toBe(14);
    vi.setSystemTime(Date.now() + 3_600_000);
    dog.reset();
    vi.advanceTimersByTime(15_000);
    expect(lost).toEqual([]);
    vi.advanceTimersByTime(1000);
    expect(lost).toHaveLength(1);
    dog.stop();
  });

  it('gives a step under way at least two minutes', () => {
    vi.useFakeTimers();
    const lost: string[] = [];
    const dog = new Watchdog({ ping: () => undefined, lost: (why) => lost.push(why), busy: () => true });
    vi.advanceTimersByTime(121_000);
    expect(lost).toEqual([]);
    dog.stop();
  });
});
