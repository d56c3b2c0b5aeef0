// A worker of the pool (engine/worker-pool.ts): it stores parts of matrices until it is given a mailbox, and waits at it
// for good.

import type { MatrixWorker } from './engine/package';
import type { FromMatrixWorker, ToMatrixWorker } from './engine/worker-pool';

/** The page's library of types describes a window; this is what a worker has of it. */
interface WorkerScope {
  postMessage(message: FromMatrixWorker): void;
  addEventListener(type: 'message', listener: (event: MessageEvent<ToMatrixWorker>) => void): void;
}
const scope = self as unknown as WorkerScope;
let worker: MatrixWorker | null = null;

scope.addEventListener('message', ({ data }) => {
  void take(data).catch((error: unknown) => {
    scope.postMessage({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
  });
});

async function take(message: ToMatrixWorker): Promise<void> {
  switch (message.type) {
    case 'module': {
      const wasm = await import('./wasm/tempo_web.js');
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
