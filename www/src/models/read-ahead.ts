// The bytes of a response, read ahead: when a connection breaks, the browser throws away what nobody has read yet, and it
// would have to be fetched again. What was read is handed out to its last byte before the failure is.

import type { StallTimeout } from './http';
import type { Bytes } from './store';

/** Bytes read ahead of whoever writes them down. */
const AHEAD_BYTES = 16 * 1024 * 1024;

export async function* readAhead(response: Response, stall: StallTimeout, file: string): AsyncGenerator<Bytes> {
  const reader = response.body?.getReader();
  const queue: Bytes[] = [];
  let ahead = 0;
  const flow: { state: 'open' | 'ended' | 'left' | Error } = { state: 'open' };
  let changed = (): void => undefined;
  const change = (): Promise<void> => new Promise((resolve) => (changed = resolve));

  const pump = async (): Promise<void> => {
    while (reader && flow.state === 'open') {
      if (ahead >= AHEAD_BYTES) {
        await change();
        continue;
      }
      const { done, value } = await reader.read();
      if (flow.state !== 'open') return;
      if (done) break;
      stall.reset();
      queue.push(value);
      ahead += value.length;
      changed();
    }
    if (flow.state === 'open') flow.state = 'ended';
  };
  void pump()
    .catch((error: unknown) => {
      if (flow.state === 'open') flow.state = stall.failure(error, file);
    })
    .finally(() => changed());

  try {
    for (;;) {
      const next = queue.shift();
      if (next) {
        ahead -= next.length;
        changed();
        yield next;
      } else if (flow.state === 'open') {
        await change();
      } else if (flow.state instanceof Error) {
        throw flow.state;
      } else {
        return;
      }
    }
  } finally {
    flow.state = 'left';
    changed();
    stall.clear();
    await reader?.cancel().catch(() => undefined);
  }
}
