import { beforeEach, describe, expect, it } from 'vitest';
import { Crew, crewSize, type FromMember, type MemberWorker, type ToMember } from './crew';
import { FakeWorker, modelServer } from './testing';

/** A worker that says what a script has for every message. */
class Scripted implements MemberWorker {
  readonly messages: ToMember[] = [];
  ended = false;
  private message: (event: MessageEvent<FromMember>) => void = () => undefined;
  private error: (event: ErrorEvent) => void = () => undefined;

  constructor(private readonly script: (message: ToMember) => FromMember | 'error' | null) {}

  addEventListener(type: 'message' | 'error', listener: (event: never) => void): void {
    if (type === 'message') this.message = listener as typeof this.message;
    else this.error = listener as typeof this.error;
  }

  postMessage(message: ToMember, transfer: Transferable[]): void {
    this.messages.push(structuredClone(message, { transfer }));
    const answer = this.script(message);
    queueMicrotask(() => {
      if (answer === 'error') this.error({ message: 'it broke', preventDefault: () => undefined } as ErrorEvent);
      else if (answer) this.message({ data: answer } as MessageEvent<FromMember>);
    });
  }

  terminate(): void {
    this.ended = true;
  }
}

const willing = (message: ToMember): FromMember | null =>
  message.type === 'module' ? { type: 'ready' } : message.type === 'start' ? { type: 'started' } : null;
const module = {} as WebAssembly.Module;

let workers: Scripted[];
beforeEach(() => void (workers = []));

function crew(size: number, script: (message: ToMember) => FromMember | 'error' | null = willing): Crew {
  const made = new Crew(size, () => {
    const worker = new Scripted(script);
    workers.push(worker);
    return worker;
  });
  made.program = module;
  return made;
}

describe('a crew', () => {
  it('has a worker for every processor but two, and no more than do any good', () => {
    expect([undefined, 1, 2, 3, 8, 64].map(crewSize)).toEqual([0, 0, 0, 1, 6, 7]);
  });

  it('gathers, takes parts over, starts, and is ended', async () => {
    const it = crew(2);
    expect(it.members).toBe(0);
    await it.gather();
    await it.gather();
    expect([it.members, workers.length]).toEqual([2, 2]);
    const part = Uint32Array.of(1, 2, 3);
    it.keep(1, part);
    expect(part.length).toBe(0);
    expect(workers[1]!.messages[1]).toEqual({ type: 'keep', part: Uint32Array.of(1, 2, 3) });
    await it.start(new SharedArrayBuffer(16));
    expect(workers.map((worker) => worker.messages.at(-1))).toMatchObject([{ number: 0 }, { number: 1 }]);
    it.dismiss();
    expect([it.members, workers.every((worker) => worker.ended)]).toEqual([0, true]);
    await it.gather();
    expect([it.members, workers.length]).toEqual([2, 4]);
  });

  it('does without workers that do not start', async () => {
    for (const answer of ['error', { type: 'failed', message: 'no memory' }] as const) {
      workers = [];
      const it = crew(2, () => (workers.length === 2 ? answer : { type: 'ready' }));
      await it.gather();
      expect([it.members, workers.every((worker) => worker.ended)]).toEqual([0, true]);
    }
  });

  it('says why a part could not be kept', async () => {
    const it = crew(2, (message) =>
      message.type === 'keep' ? { type: 'failed', message: 'no memory' } : willing(message),
    );
    await it.gather();
    it.keep(0, Uint32Array.of(1));
    await expect(it.start(new SharedArrayBuffer(16))).rejects.toThrow('no memory');
  });
  it('is given to the package with the program that its workers are to run', async () => {
    const pool = crew(2);
    pool.program = null;
    const worker = new FakeWorker(modelServer(), { crew: pool });
    worker.postMessage({ type: 'open', id: 1, preference: 'auto', weights: 'q8', kernels: 'fused' });
    await expect.poll(() => pool.program).toBeInstanceOf(WebAssembly.Module);
  });
});
