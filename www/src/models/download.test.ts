import { beforeEach, describe, expect, it } from 'vitest';
import { EngineError } from '../engine/errors';
import { download, type DownloadContext } from './download';
import { unreachable } from './http';
import { MemoryStore } from './memory';
import { newFileRecord, type FileRecord } from './model-record';
import { openUrl, type RemoteFile } from './remote';
import { FakeServer, noise, random, sha256, type Fault } from './testing';

const URL_A = 'https://far.example/m/model.safetensors';
const KEY = 'k';
const PIECE = 64;

let server: FakeServer;
let store: MemoryStore;
let record: FileRecord;
let abort: AbortController;
let notices: string[];
let checkpoints: number;
/** Bytes that were here, after every change. */
let here: number[];

beforeEach(() => {
  server = new FakeServer();
  store = new MemoryStore();
  record = newFileRecord('model.safetensors', PIECE);
  abort = new AbortController();
  notices = [];
  checkpoints = 0;
  here = [];
});

function remote(facts: Partial<RemoteFile> = {}, url = URL_A): RemoteFile {
  return {
    name: 'model.safetensors',
    bytes: null,
    estimate: null,
    sha256: null,
    open: (from, etag, signal) => openUrl(server, url, 'model.safetensors', from, etag, signal),
    unreachable: (readable) => unreachable(server, url, 'model.safetensors', readable),
    ...facts,
  };
}

function context(): DownloadContext {
  return {
    net: server,
    signal: abort.signal,
    at: (bytes) => void here.push(bytes),
    total: () => undefined,
    checkpoint: async () => void checkpoints++,
    notice: (code) => void notices.push(code),
  };
}

const run = (facts: Partial<RemoteFile> = {}, url = URL_A): Promise<void> =>
  download(remote(facts, url), store, KEY, record, context());

async function stored(): Promise<Uint8Array> {
  return store.read(KEY, record.name, 0, 1e9);
}

async function failure(work: Promise<unknown>): Promise<EngineError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(EngineError);
  return error as EngineError;
}

describe('a download', () => {
  it('fetches a file, hashes its pieces and marks it complete', async () => {
    const bytes = noise(1000);
    server.put(URL_A, bytes);
    await run({ bytes: 1000, sha256: sha256(bytes) });
    expect(await stored()).toEqual(bytes);
    expect(record).toMatchObject({ complete: true, bytes: 1000, sha256: sha256(bytes) });
    expect(record.hashes).toHaveLength(16);
    expect(record.hashes[15]).toBe(sha256(bytes.subarray(960)));
    expect(checkpoints).toBeGreaterThan(10);
  });

  it('fetches no byte twice after any sequence of cuts, whether the tab lives on or not', async () => {
    for (let seed = 1; seed <= 60; seed++) {
      server = new FakeServer();
      store = new MemoryStore();
      record = newFileRecord('model.safetensors', PIECE);
      const next = random(seed);
      const bytes = noise(1 + Math.floor(next() * 2000), seed);
      server.chunk = 1 + Math.floor(next() * 100);
      server.put(URL_A, bytes, next() < 0.5 ? '"v1"' : null);
      const known = next() < 0.5;
      if (next() < 0.3) server.exposed = ['content-length'];
      for (let left = bytes.length; left > 0;) {
        const cut = Math.floor(next() * Math.min(left, 400));
        left -= cut;
        server.faults.push(next() < 0.1 ? { refuse: true } : { cut, clean: next() < 0.3 });
        if (cut === 0 && server.faults.length > 60) break;
      }
      for (let visit = 0; visit < 100 && !record.complete; visit++) {
        // A new visit: what is left is the record as written and the bytes on the disk.
        record = structuredClone(record);
        await run(known ? { bytes: bytes.length, sha256: sha256(bytes) } : {}).catch((error: unknown) => {
          expect(error).toMatchObject({ code: expect.stringMatching(/^(short|offline|cors)$/) as string });
        });
      }
      expect(record.complete, `seed ${seed}`).toBe(true);
      expect(await stored()).toEqual(bytes);
      expect(server.total(), `seed ${seed}`).toBe(bytes.length);
    }
  });

  it('goes on after three breaks in a row as long as bytes arrive, and gives up when none do', async () => {
    const bytes = noise(500);
    server.put(URL_A, bytes);
    server.faults = Array.from({ length: 8 }, () => ({ cut: 50 }));
    await run();
    expect(server.total()).toBe(500);
    expect(server.slept.every((ms) => ms === 500)).toBe(true);

    record = newFileRecord('model.safetensors', PIECE);
    store = new MemoryStore();
    server.faults = Array.from({ length: 4 }, () => ({ refuse: true }));
    server.slept.length = 0;
    const error = await failure(run());
    expect(error.code).toBe('cors');
    expect(server.slept).toEqual([500, 1500, 4000]);
  });

  it('names the file and the byte when a connection breaks without progress', async () => {
    server.put(URL_A, noise(500));
    server.faults = [{ cut: 100 }, ...Array.from({ length: 4 }, (): Fault => ({ cut: 0 }))];
    const error = await failure(run());
    expect(error).toMatchObject({ code: 'short', file: 'model.safetensors' });
    expect(error.message).toContain('at byte 100 of 500');
  });

  it('resumes after a reload with If-Range on the own origin, and without it across origins', async () => {
    const near = 'https://page.example/m/model.safetensors';
    for (const url of [near, URL_A]) {
      const bytes = noise(300);
      store = new MemoryStore();
      record = newFileRecord('model.safetensors', PIECE);
      server.put(url, bytes, '"v1"');
      server.faults = [{ cut: 130 }, { refuse: true }, { refuse: true }, { refuse: true }];
      await failure(run({}, url));
      await run({}, url);
      const last = server.requests.at(-1)!;
      expect(last.headers.get('range')).toBe('bytes=130-');
      expect(last.headers.get('if-range')).toBe(url === near ? '"v1"' : null);
      expect(server.served.get(url)).toBe(300);
      expect(await stored()).toEqual(bytes);
    }
  });

  it('starts over and says so when the file changed meanwhile', async () => {
    for (const url of [URL_A, 'https://page.example/m/model.safetensors']) {
      store = new MemoryStore();
      record = newFileRecord('model.safetensors', PIECE);
      notices = [];
      server.put(url, noise(300, 1), '"v1"');
      server.faults = [{ cut: 130 }];
      server.onrequest = (count) => count > 1 && server.put(url, noise(300, 2), '"v2"');
      server.requests.length = 0;
      await run({}, url);
      expect(await stored()).toEqual(noise(300, 2));
      expect(record.etag).toBe('"v2"');
      expect(notices).toContain('restarted');
      server.onrequest = null;
    }
  });

  it('believes the bytes where each answer has another ETag', async () => {
    const bytes = noise(300);
    for (const url of [URL_A, 'https://page.example/m/model.safetensors']) {
      for (const published of [{}, { bytes: 300, sha256: sha256(bytes) }]) {
        store = new MemoryStore();
        record = newFileRecord('model.safetensors', PIECE);
        notices = [];
        server.requests.length = 0;
        server.faults = [{ cut: 130 }, { cut: 0 }, { cut: 200 }];
        server.onrequest = (count) => server.put(url, bytes, `"node-${count}"`);
        await run(published, url);
        expect(await stored()).toEqual(bytes);
        expect(notices).not.toContain('restarted');
      }
    }
  });

  it('takes a body that is longer than its packed form, whose packing other origins do not show', async () => {
    server.put(URL_A, noise(300));
    server.ranges = false;
    server.faults = [{ headers: { 'content-length': '77' } }];
    await run();
    expect(await stored()).toEqual(noise(300));
    expect([record.bytes, notices]).toEqual([300, []]);
  });

  it('keeps no web page that came instead of the file', async () => {
    server.put(URL_A, noise(300));
    server.ranges = false;
    server.faults = [{ headers: { 'content-type': 'text/html; charset=utf-8' } }];
    expect(await failure(run())).toMatchObject({ code: 'source', file: 'model.safetensors' });
    expect(await stored()).toHaveLength(0);
  });

  it('gives up on a file that changes with every request', async () => {
    server.put(URL_A, noise(300, 1), '"v1"');
    server.faults = Array.from({ length: 30 }, () => ({ cut: 50 }));
    server.onrequest = (count) => server.put(URL_A, noise(300, count), `"v${count}"`);
    expect(await failure(run())).toMatchObject({ code: 'changed', file: 'model.safetensors' });
  });

  it('goes on with what is here where a server knows no ranges, three times at most', async () => {
    const bytes = noise(300);
    server.put(URL_A, bytes);
    server.ranges = false;
    server.faults = [{ cut: 120 }, { cut: 200 }];
    await run();
    expect(await stored()).toEqual(bytes);
    // Not a byte of it is gone in between: the loader may be reading them.
    expect(here).toEqual(here.toSorted((a, b) => a - b));
    expect(notices).not.toContain('restarted');

    store = new MemoryStore();
    record = newFileRecord('model.safetensors', PIECE);
    server.faults = Array.from({ length: 30 }, (_, index) => ({ cut: 10 + index }));
    const before = server.requests.length;
    const error = await failure(run());
    expect(error.code).toBe('short');
    expect(server.requests.length - before).toBeLessThan(8);
  });

  it('takes a whole body for a part when the server ignores one range only', async () => {
    const bytes = noise(300);
    server.put(URL_A, bytes);
    server.faults = [{ cut: 120 }, { ignoreRange: true }];
    await run();
    expect(await stored()).toEqual(bytes);
    expect(notices).toEqual(['retrying']);
  });

  it('does not believe a Content-Range of another part', async () => {
    const bytes = noise(300);
    server.put(URL_A, bytes);
    server.faults = [{ cut: 120 }, { headers: { 'content-range': 'bytes 50-299/300' } }];
    await run();
    expect(await stored()).toEqual(bytes);
    expect(notices).toContain('restarted');
  });

  it('does not believe another length than the published one', async () => {
    server.put(URL_A, noise(299));
    expect(await failure(run({ bytes: 300 }))).toMatchObject({ code: 'changed' });
    expect(record.complete).toBe(false);
  });

  it('treats a body that is shorter than announced as a cut', async () => {
    const bytes = noise(300);
    server.put(URL_A, bytes);
    server.faults = [{ cut: 100, clean: true }];
    await run();
    expect(await stored()).toEqual(bytes);
    expect(server.total()).toBe(300);
  });

  it('refuses a body that is longer than announced', async () => {
    server.put(URL_A, noise(300));
    server.faults = Array.from({ length: 9 }, () => ({ extra: 10 }));
    expect(await failure(run({ bytes: 300 }))).toMatchObject({ code: 'changed' });
  });

  it('is content when the connection breaks after the last byte', async () => {
    server.put(URL_A, noise(300));
    server.faults = [{ cut: 300 }];
    await run();
    expect(record.complete).toBe(true);
    expect(server.requests).toHaveLength(1);
  });

  it('ignores the length of a packed body', async () => {
    const bytes = noise(300);
    server.put(URL_A, bytes);
    server.ranges = false;
    server.faults = [{ headers: { 'content-encoding': 'gzip', 'content-length': '77' } }];
    await run();
    expect(record.bytes).toBe(300);
  });

  it('finishes a file whose bytes are all here but which was never marked', async () => {
    const bytes = noise(200);
    server.put(URL_A, bytes);
    await (await store.append(KEY, record.name)).write(bytes);
    await run({ bytes: 200, sha256: sha256(bytes) });
    expect(server.requests).toHaveLength(0);
    expect(record.complete).toBe(true);
  });

  it('asks about the end when the length was never told', async () => {
    const bytes = noise(200);
    server.put(URL_A, bytes);
    await (await store.append(KEY, record.name)).write(bytes);
    await run();
    expect(server.total()).toBe(0);
    expect(record).toMatchObject({ complete: true, bytes: 200 });
  });

  it('drops a file that is not the published one, and fetches it anew the next time', async () => {
    const bytes = noise(300);
    const wrong = bytes.slice();
    wrong[5]! ^= 1;
    server.put(URL_A, wrong);
    const error = await failure(run({ bytes: 300, sha256: sha256(bytes) }));
    expect(error).toMatchObject({ code: 'hash', file: 'model.safetensors' });
    expect(await store.size(KEY, record.name)).toBe(0);
    expect(record.complete).toBe(false);
    server.put(URL_A, bytes);
    await run({ bytes: 300, sha256: sha256(bytes) });
    expect(await stored()).toEqual(bytes);
  });

  it('keeps the good pieces of a part that a crash damaged', async () => {
    const bytes = noise(600);
    server.put(URL_A, bytes);
    server.faults = [{ cut: 400 }, { refuse: true }, { refuse: true }, { refuse: true }];
    await failure(run());
    const damagedPart = (await stored()).slice();
    damagedPart[200]! ^= 255;
    await store.removeFile(KEY, record.name);
    await (await store.append(KEY, record.name)).write(new Uint8Array(damagedPart));
    await run({ sha256: null });
    expect(await stored()).toEqual(bytes);
    expect(server.requests.at(-1)!.headers.get('range')).toBe(`bytes=${3 * PIECE}-`);
  });

  it('tells statuses from broken connections', async () => {
    server.put(URL_A, noise(10));
    server.faults = [{ status: 404 }];
    expect(await failure(run())).toMatchObject({ code: 'http', status: 404 });
    server.faults = [{ status: 403 }];
    expect(await failure(run())).toMatchObject({ code: 'http', status: 403 });
    server.faults = Array.from({ length: 4 }, () => ({ status: 503 }));
    expect(await failure(run())).toMatchObject({ code: 'http', status: 503 });
    expect(server.slept).toEqual([500, 1500, 4000]);
    server.faults = [{ status: 503 }, { status: 429 }];
    await run();
    expect(record.complete).toBe(true);
  });

  it('says offline when there is no network, and keeps what is here', async () => {
    server.put(URL_A, noise(300));
    server.faults = [{ cut: 100 }, ...Array.from({ length: 9 }, (): Fault => ({ refuse: true }))];
    server.isOnline = false;
    expect(await failure(run())).toMatchObject({ code: 'offline' });
    expect(await store.size(KEY, record.name)).toBe(100);
  });

  it('stops at once when asked to, and goes on from there', async () => {
    const bytes = noise(1000);
    server.put(URL_A, bytes);
    server.slow = true;
    const stopping = { ...context(), at: (size: number) => size > 300 && abort.abort() };
    const error = await failure(download(remote(), store, KEY, record, stopping));
    expect(error).toMatchObject({ code: 'aborted', file: 'model.safetensors' });
    const durable = await store.size(KEY, record.name);
    expect(durable).toBeGreaterThan(300);
    expect(durable).toBeLessThan(1000);
    expect(durable).toBe(server.total());
    abort = new AbortController();
    await run();
    expect(await stored()).toEqual(bytes);
    expect(server.total()).toBe(1000);
  });
});
