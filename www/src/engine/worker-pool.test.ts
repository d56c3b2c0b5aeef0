import { beforeEach, describe, expect, it } from 'vitest';
import { MatrixWorkerPool, type FromMatrixWorker, type MatrixWorkerLike, type ToMatrixWorker } from './worker-pool';
import { poolSize } from './pool-size';
import { FakeWorker, modelServer } from './testing';

/** A worker that says what a script has for every message. */
class Scripted implements MatrixWorkerLike {
  readonly messages: ToMatrixWorker[] = [];
  ended = false;
  private message: (event: MessageEvent<FromMatrixWorker>) => void = () => undefined;
  private error: (event: ErrorEvent) => void = () => undefined;

  constructor(private readonly script: (message: ToMatrixWorker) => FromMatrixWorker | 'error' | null) {}

  addEventListener(type: 'message' | 'error', listener: (event: never) => void): void {
    if (type === 'message') this.message = listener as typeof this.message;
    else this.error = listener as typeof this.error;
  }

  postMessage(message: ToMatrixWorker, transfer: Transferable[]): void {
    this.messages.push(structuredClone(message, { transfer }));
    const answer = this.script(message);
    queueMicrotask(() => {
      if (answer === 'error') this.error({ message: 'it broke', preventDefault: () => undefined } as ErrorEvent);
      else if (answer) this.message({ data: answer } as MessageEvent<FromMatrixWorker>);
    });
  }

  terminate(): void {
    this.ended = true;
  }
}

const willing = (message: ToMatrixWorker): FromMatrixWorker | null =>
  message.type === 'module' ? { type: 'ready' } : message.type === 'start' ? { type: 'started' } : null;
const module = {} as WebAssembly.Module;

let workers: Scripted[];
beforeEach(() => void (workers = []));

function poolOf(
  size: number,
  script: (message: ToMatrixWorker) => FromMatrixWorker | 'error' | null = willing,
): MatrixWorkerPool {
  const pool = new MatrixWorkerPool(size, () => {
    const worker = new Scripted(script);
    workers.push(worker);
    return worker;
  });
  pool.program = module;
  return pool;
}

describe('a pool of workers', () => {
  it('has a worker for every processor but two, and no more than do any good', () => {
    expect([undefined, 1, 2, 3, 8, 64].map(poolSize)).toEqual([0, 0, 0, 1, 6, 7]);
  });

  it('gathers, takes parts over, starts, and is ended', async () => {
    const pool = poolOf(2);
    expect(pool.workers).toBe(0);
    await pool.gather();
    await pool.gather();
    expect([pool.workers, workers.length]).toEqual([2, 2]);
    const part = Uint32Array.of(1, 2, 3);
    pool.store(1, part);
    expect(part.length).toBe(0);
    expect(workers[1]!.messages[1]).toEqual({ type: 'store', part: Uint32Array.of(1, 2, 3) });
    await pool.start(new SharedArrayBuffer(16));
    expect(workers.map((worker) => worker.messages.at(-1))).toMatchObject([{ number: 0 }, { number: 1 }]);
    pool.dismiss();
    expect([pool.workers, workers.every((worker) => worker.ended)]).toEqual([0, true]);
    await pool.gather();
    expect([pool.workers, workers.length]).toEqual([2, 4]);
  });

  it('does without workers that do not start', async () => {
    for (const answer of ['error', { type: 'failed', message: 'no memory' }] as const) {
      workers = [];
      const pool = poolOf(2, () => (workers.length === 2 ? answer : { type: 'ready' }));
      await pool.gather();
      expect([pool.workers, workers.every((worker) => worker.ended)]).toEqual([0, true]);
    }
  });

  it('says why a part could not be stored', async () => {
    const pool = poolOf(2, (message) =>
      message.type === 'store' ? { type: 'failed', message: 'no memory' } : willing(message),
    );
    await pool.gather();
    pool.store(0, Uint32Array.of(1));
    await expect(pool.start(new SharedArrayBuffer(16))).rejects.toThrow('no memory');
  });
  it('is given to the package with the program that its workers are to run', async () => {
    const pool = poolOf(2);
    pool.program = null;
    const worker = new FakeWorker(modelServer(), { pool });
    worker.postMessage({ type: 'open', id: 1, preference: 'auto', weights: 'q8', kernels: 'fused' });
    await expect.poll(() => pool.program).toBeInstanceOf(WebAssembly.Module);
  });
});
