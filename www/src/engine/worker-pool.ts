// The pool: workers with an instance each, which store parts of the large matrices and multiply with them. They share memory
// with the engine's worker, so there are none unless the page is cross-origin isolated. Dismissed workers are ended, as the
// memory of a wasm instance never shrinks, and the pool gathers new ones for the next model.

import type { WorkerPool } from './package';

export type ToMatrixWorker =
  | { type: 'module'; module: WebAssembly.Module }
  | { type: 'store'; part: Uint32Array<ArrayBuffer> }
  | { type: 'start'; number: number; mailbox: SharedArrayBuffer };

export type FromMatrixWorker = { type: 'ready' } | { type: 'started' } | { type: 'failed'; message: string };

/** What of a worker is used. */
export interface MatrixWorkerLike {
  postMessage(message: ToMatrixWorker, transfer: Transferable[]): void;
  addEventListener(type: 'message', listener: (event: MessageEvent<FromMatrixWorker>) => void): void;
  addEventListener(type: 'error', listener: (event: ErrorEvent) => void): void;
  terminate(): void;
}

/** A worker, and what it has said so far. */
class WorkerHandle {
  private failure: Error | null = null;
  private waiting: { word: FromMatrixWorker['type']; resolve: () => void; reject: (why: Error) => void } | null = null;
  private readonly words = new Set<FromMatrixWorker['type']>();

  constructor(private readonly worker: MatrixWorkerLike) {
    worker.addEventListener('message', ({ data }) => {
      if (data.type === 'failed') return this.fail(data.message);
      this.words.add(data.type);
      if (this.waiting?.word === data.type) this.waiting.resolve();
    });
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      this.fail(event.message || 'a worker could not be started');
    });
  }

  post(message: ToMatrixWorker, transfer: Transferable[] = []): void {
    this.worker.postMessage(message, transfer);
  }

  until(word: FromMatrixWorker['type']): Promise<void> {
    if (this.failure) return Promise.reject(this.failure);
    if (this.words.has(word)) return Promise.resolve();
    return new Promise((resolve, reject) => (this.waiting = { word, resolve, reject }));
  }

  end(): void {
    this.worker.terminate();
    this.fail('the worker was ended');
  }

  private fail(message: string): void {
    this.failure ??= new Error(message);
    this.waiting?.reject(this.failure);
  }
}

export class MatrixWorkerPool implements WorkerPool {
  /** What they run. */
  program: WebAssembly.Module | null = null;
  private handles: WorkerHandle[] = [];

  constructor(
    private readonly size: number,
    private readonly spawn: () => MatrixWorkerLike,
  ) {}

  get workers(): number {
    return this.handles.length;
  }

  /** Starts the workers, unless they are there. Without them the engine's thread does all the work. */
  async gather(): Promise<void> {
    const module = this.program;
    if (this.handles.length > 0 || !module) return;
    const workers: WorkerHandle[] = [];
    try {
      for (let number = 0; number < this.size; number++) workers.push(new WorkerHandle(this.spawn()));
      for (const worker of workers) worker.post({ type: 'module', module });
      await Promise.all(workers.map((worker) => worker.until('ready')));
      this.handles = workers;
    } catch {
      // The device's report then tells of one thread.
      for (const worker of workers) worker.end();
    }
  }

  store(worker: number, part: Uint32Array<ArrayBuffer>): void {
    this.handles[worker]?.post({ type: 'store', part }, [part.buffer]);
  }

  async start(mailbox: SharedArrayBuffer): Promise<void> {
    this.handles.forEach((worker, number) => worker.post({ type: 'start', number, mailbox }));
    await Promise.all(this.handles.map((worker) => worker.until('started')));
  }

  dismiss(): void {
    for (const worker of this.handles) worker.end();
    this.handles = [];
  }
}
