// A worker of the crew (engine/crew.ts): it takes parts of matrices until it is given a mailbox, and waits at it for good.

import type { FromMember, ToMember } from './engine/crew';
import type { CrewMember } from './engine/package';

/** The page's library of types describes a window; this is what a worker has of it. */
interface WorkerScope {
  postMessage(message: FromMember): void;
  addEventListener(type: 'message', listener: (event: MessageEvent<ToMember>) => void): void;
}
const scope = self as unknown as WorkerScope;
let member: CrewMember | null = null;

scope.addEventListener('message', ({ data }) => {
  void take(data).catch((error: unknown) => {
    scope.postMessage({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
  });
});

async function take(message: ToMember): Promise<void> {
  switch (message.type) {
    case 'module': {
      const wasm = await import('./wasm/tempo_web.js');
      await wasm.default({ module_or_path: message.module });
      member = new wasm.CrewMember();
      scope.postMessage({ type: 'ready' });
      return;
    }
    case 'keep':
      member?.keep(message.part);
      return;
    case 'start':
      scope.postMessage({ type: 'started' });
      member?.work(message.mailbox, message.number);
  }
}
