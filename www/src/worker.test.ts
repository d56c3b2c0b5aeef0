// The real worker.ts, with the scripted wasm package that vite.config.ts puts in its place for tests.

import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { modelServer, SOURCE } from './engine/testing';
import type { FromWorker, ToWorker } from './protocol';

const messages: FromWorker[] = [];
const listeners = new Map<string, (event: unknown) => void>();
const server = modelServer();

beforeAll(async () => {
  const scope = {
    postMessage: (message: FromWorker) => messages.push(structuredClone(message)),
    addEventListener: (type: string, listener: (event: unknown) => void) => listeners.set(type, listener),
    location: { origin: 'https://page.example' },
  };
  vi.stubGlobal('self', scope);
  vi.stubGlobal('navigator', { onLine: true });
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => server.fetch(url, init));
  await import('./worker');
});
afterEach(() => void (messages.length = 0));

function tell(data: ToWorker): void {
  listeners.get('message')!({ data });
}

async function answer(id: number): Promise<FromWorker> {
  const find = (): FromWorker | undefined =>
    messages.find((message) => 'id' in message && message.id === id && message.type !== 'progress');
  await expect.poll(find, { timeout: 3000, interval: 5 }).toBeDefined();
  return find()!;
}

it('relays calls to the package, in memory where there is no storage', async () => {
  tell({ type: 'hello', lock: 'l', base: 'https://page.example/' });
  tell({ type: 'ping' });
  expect(messages).toContainEqual({ type: 'pong' });
  tell({ type: 'open', id: 1, preference: 'cpu', weights: 'f32', kernels: 'fused' });
  expect(await answer(1)).toMatchObject({ type: 'reply', value: { name: 'scripted device' } });
  tell({ type: 'load', id: 2, source: SOURCE });
  expect(await answer(2)).toMatchObject({ type: 'reply', value: { storage: 'memory', model: { id: 'm' } } });
  expect(messages.find((message) => message.type === 'notice')).toMatchObject({ notice: { code: 'storage-memory' } });
  tell({ type: 'begin', id: 3, prompt: 'Once', options: { max_steps: 1 } });
  expect(await answer(3)).toMatchObject({ type: 'reply', value: { type: 'run' } });
  tell({ type: 'step', id: 4 });
  expect(await answer(4)).toMatchObject({ value: { type: 'step', timing: { forward_ms: 4 } } });
});

it('knows the embedded model of this build', async () => {
  const { EMBEDDED } = await import('virtual:tempo-models');
  expect(EMBEDDED['storyteller']?.files.map((file) => file.name)).toContain('model.safetensors');
  expect(EMBEDDED['storyteller']?.files.every((file) => /^[0-9a-f]{64}$/.test(file.sha256))).toBe(true);
});

it('reports a panic and refuses further calls', async () => {
  tell({ type: 'begin', id: 5, prompt: '#panic', options: {} });
  expect(await answer(5)).toMatchObject({ type: 'error', error: { code: 'panic' } });
  expect(messages).toContainEqual(expect.objectContaining({ type: 'lost' }));
  tell({ type: 'counts', id: 6 });
  expect(await answer(6)).toMatchObject({ type: 'error', error: { code: 'panic' } });
});
