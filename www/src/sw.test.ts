// The service worker against a scripted scope, and the script that writes its list of files.

import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { writePrecache } from '../scripts/precache.mjs';
import { FakeCache } from './models/testing-browser';

const SCOPE = 'https://page.example/app/';
const FILES: Record<string, string> = { 'index.html': '<p>', 'assets/a.js': 'code', 'assets/t.wasm': 'wasm' };
const hash = (text: string): string => createHash('sha256').update(text).digest('base64');

let listeners: Map<string, (event: unknown) => void>;
let caches: Map<string, FakeCache>;
let fetched: string[];
let served: Record<string, string>;

beforeEach(async () => {
  listeners = new Map();
  caches = new Map();
  fetched = [];
  served = { ...FILES };
  vi.resetModules();
  vi.stubGlobal('self', {
    tempoFiles: Object.entries(FILES).map(([url, text]) => ({ url, hash: hash(text), late: url.endsWith('.wasm') })),
    tempoVersion: 'v2',
    location: new URL('sw.js', SCOPE),
    clients: { claim: async () => undefined },
    addEventListener: (type: string, listener: (event: unknown) => void) => listeners.set(type, listener),
  });
  vi.stubGlobal('caches', {
    open: async (name: string) => {
      if (!caches.has(name)) caches.set(name, new FakeCache());
      return caches.get(name);
    },
    keys: async () => [...caches.keys()],
    delete: async (name: string) => caches.delete(name),
  });
  vi.stubGlobal('fetch', async (input: string | Request, init?: RequestInit) => {
    const url = typeof input === 'string' ? input : input.url;
    fetched.push(url);
    const text = served[url.slice(SCOPE.length)];
    if (text === undefined) return new Response('', { status: 404 });
    if (init?.integrity && init.integrity !== `sha256-${hash(text)}`) throw new TypeError('integrity');
    const response = new Response(text);
    Object.defineProperty(response, 'type', { value: 'basic' });
    return response;
  });
  await import('./sw');
});

async function fire(type: string, data?: unknown): Promise<void> {
  const work: Promise<unknown>[] = [];
  listeners.get(type)!({ data, waitUntil: (promise: Promise<unknown>) => work.push(promise) });
  await Promise.all(work);
}

/** The text of the answer; null when the service worker leaves the request alone. */
async function get(url: string, init?: RequestInit): Promise<string | null> {
  let answer: Promise<Response> | null = null;
  const request = new Request(new URL(url, SCOPE), init);
  listeners.get('fetch')!({ request, respondWith: (response: Promise<Response>) => (answer = response) });
  return answer && (await (answer as Promise<Response>)).text();
}

const kept = (): string[] =>
  [...(caches.get('tempo-page-v2')?.entries.keys() ?? [])].map((url) => url.slice(SCOPE.length));

describe('the service worker', () => {
  it('keeps the build at installation, the late files not', async () => {
    await fire('install');
    expect(kept()).toEqual(['index.html', 'assets/a.js']);
    fetched = [];
    expect(await get('./')).toBe('<p>');
    expect(await get('index.html?x#y')).toBe('<p>');
    expect(await get('assets/a.js')).toBe('code');
    expect(fetched).toEqual([]);
  });

  it('does not install a half-deployed build', async () => {
    served['assets/a.js'] = 'older code';
    await expect(fire('install')).rejects.toThrow('integrity');
  });

  it('keeps late files when they are used, if they are those of the build', async () => {
    expect(await get('assets/t.wasm')).toBe('wasm');
    await expect.poll(kept).toEqual(['assets/t.wasm']);
    served = {};
    expect(await get('assets/t.wasm')).toBe('wasm');

    caches.clear();
    served = { 'assets/t.wasm': 'another' };
    expect(await get('assets/t.wasm')).toBe('another');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(kept()).toEqual([]);
  });

  it('keeps late files that the page fetched before there was a service worker', async () => {
    await fire('message', { type: 'keep' });
    expect(kept()).toEqual(['assets/t.wasm']);
    await fire('message', { type: 'other' });
  });

  it('leaves models, other origins, ranges and other methods alone', async () => {
    for (const url of ['models/storyteller/model.safetensors', 'unknown.js', 'https://huggingface.co/index.html']) {
      expect(await get(url)).toBeNull();
    }
    expect(await get('index.html', { method: 'POST' })).toBeNull();
    expect(await get('index.html', { headers: { Range: 'bytes=0-' } })).toBeNull();
  });

  it('removes the files of older builds and nothing else', async () => {
    for (const name of ['tempo-page-v1', 'tempo-models', 'other']) caches.set(name, new FakeCache());
    await fire('install');
    await fire('activate');
    expect([...caches.keys()].sort()).toEqual(['other', 'tempo-models', 'tempo-page-v2']);
  });
});

describe('the list of files', () => {
  it('names the build, and can be written again', async () => {
    const dist = mkdtempSync(join(tmpdir(), 'tempo-'));
    try {
      mkdirSync(join(dist, 'assets'));
      mkdirSync(join(dist, 'models'));
      for (const [name, text] of Object.entries(FILES)) writeFileSync(join(dist, name), text);
      for (const name of ['models/m.json', 'assets/a.js.br', 'assets/a.js.map', '.nojekyll'])
        writeFileSync(join(dist, name), 'x');
      writeFileSync(join(dist, 'sw.js'), 'program();\n');
      const first = await writePrecache(dist);
      expect(first.files.map((file) => file.url)).toEqual(['assets/a.js', 'assets/t.wasm', 'index.html']);
      expect(first.files.find((file) => file.late)?.url).toBe('assets/t.wasm');
      const text = readFileSync(join(dist, 'sw.js'), 'utf8');
      expect((await writePrecache(dist)).version).toBe(first.version);
      expect(readFileSync(join(dist, 'sw.js'), 'utf8')).toBe(text);
      writeFileSync(join(dist, 'index.html'), 'changed');
      expect((await writePrecache(dist)).version).not.toBe(first.version);
      expect(readFileSync(join(dist, 'sw.js'), 'utf8').match(/program/g)).toHaveLength(1);
    } finally {
      rmSync(dist, { recursive: true });
    }
  });
});
