// One of the pool's workers (worker-pool.ts): it stores parts of matrices until it is given a mailbox, and waits at it for
// good.

import type { MatrixWorker, TempoPackage } from './package';
import type { FromMatrixWorker, ToMatrixWorker } from './worker-pool';

/** The page's library of types describes a window; this is what a worker has of it. */
export interface MatrixScope {
  postMessage(message: FromMatrixWorker): void;
  addEventListener(type: 'message', listener: (event: MessageEvent<ToMatrixWorker>) => void): void;
}

/** By this name a worker knows that it is one of them. */
export const MATRIX_WORKER = 'tempo-matrix-worker';

export function serveMatrices(scope: MatrixScope, loadPackage: () => Promise<TempoPackage>): void {
  let worker: MatrixWorker | null = null;

  async function take(message: ToMatrixWorker): Promise<void> {
    switch (message.type) {
      case 'module': {
        const wasm = await loadPackage();
        await wasm.default({ module_or_path: message.module });
        worker = new wasm.MatrixWorker();
        scope.postMessage({ type: 'ready' });
        return;
      }
      case 'store':
        worker?.store(message.part);
        return;
      case 'start':
        scope.postMessage({ type: 'started' });
        worker?.work(message.mailbox, message.number);
    }
  }

  scope.addEventListener('message', ({ data }) => {
    void take(data).catch((error: unknown) => {
      scope.postMessage({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
    });
  });
}
