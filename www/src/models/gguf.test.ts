import { beforeEach, describe, expect, it } from 'vitest';
import { keyOf } from './names';
import { MemoryStore } from './memory';
import { SpillStore } from './spill-store';
import { Meter } from './progress';
import { ModelStore, type Ahead, type LoadableModel, type Outline } from './model-store';
import type { ModelSource } from './source';
import { FakeServer, noise } from './testing';

const BASE = 'https://far.example/m/tiny.gguf';
const SOURCE: ModelSource = { kind: 'url', base: BASE };
const KEY = keyOf(SOURCE);
const FILE = noise(1000, 8);

let server: FakeServer;
let disk: MemoryStore;
let notices: string[];

beforeEach(() => {
  server = new FakeServer();
  server.put(BASE, FILE);
  disk = new MemoryStore();
  notices = [];
});

/** A store as a new visit has it: the disk is what remains. */
function open(): ModelStore {
  return new ModelStore({
    net: server,
    store: new SpillStore(disk, () => undefined),
    notice: (code) => void notices.push(code),
    alone: (_name, _signal, work) => work(),
    piece: 64,
  });
}

/** Reads a header of 300 bytes in two steps, as the loader does. */
async function header(outline: Outline): Promise<Uint8Array> {
  if (outline.kind !== 'gguf') throw new Error('a GGUF file has no configuration beside it');
  const { name, bytes } = outline.file.files()[0]!;
  const half = Math.min(150, bytes);
  const parts = [await outline.file.read(name, 0, half), await outline.file.read(name, half, Math.min(300, bytes))];
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

const ahead: Ahead = { judge: header, warm: async (outline) => void (await header(outline)) };
const never = new AbortController().signal;
const meter = (): Meter => new Meter(() => undefined);
const obtain = (source: ModelSource = SOURCE, how = ahead): Promise<LoadableModel> =>
  open().obtain(source, meter(), how, never);
const survey = (source: ModelSource = SOURCE) => open().survey(source, meter(), header, never);
const whole = async (got: LoadableModel): Promise<Uint8Array> => got.weights.read('tiny.gguf', 0, 1000);

describe('a GGUF file', () => {
  it('is fetched, kept, and read without the network the next time', async () => {
    const got = await obtain();
    expect(got).toMatchObject({ id: 'tiny', key: KEY, bytes: 1000, outline: { kind: 'gguf' } });
    expect(got.small.size).toBe(0);
    expect(got.weights.files()).toEqual([{ name: 'tiny.gguf', bytes: 1000 }]);
    expect(await whole(got)).toEqual(FILE);
    expect(server.total()).toBe(1000);

    server.requests.length = 0;
    expect(await whole(await obtain({ kind: 'stored', key: KEY }))).toEqual(FILE);
    expect((await survey({ kind: 'stored', key: KEY })).judgement).toEqual(FILE.slice(0, 300));
    expect(server.requests).toHaveLength(0);
  });

  it('is surveyed by its header, and no byte of it is fetched again', async () => {
    expect(await survey()).toEqual({ judgement: FILE.slice(0, 300), total_bytes: 1000, stored_bytes: 300 });
    expect(server.requests.map((request) => request.headers.get('range'))).toEqual([
      null,
      'bytes=0-149',
      'bytes=150-299',
    ]);
    expect(server.total()).toBe(300);
    await survey();
    expect(server.total()).toBe(300);
    expect(await whole(await obtain())).toEqual(FILE);
    expect(server.total()).toBe(1000);
    expect((await disk.readRecord(KEY))?.complete).toBe(true);
  });

  it('comes from servers without ranges and without lengths', async () => {
    server.ranges = false;
    expect((await survey()).judgement).toEqual(FILE.slice(0, 300));
    expect(await whole(await obtain())).toEqual(FILE);
    // What was here is held against the whole file that comes again, and stays.
    expect(notices).not.toContain('restarted');

    disk = new MemoryStore();
    server.exposed = ['etag'];
    expect(await survey()).toMatchObject({ judgement: FILE.slice(0, 300), total_bytes: 1000 });
    server.ranges = true;
    disk = new MemoryStore();
    expect(await survey()).toMatchObject({ judgement: FILE.slice(0, 300), total_bytes: 1000 });
    expect(await whole(await obtain())).toEqual(FILE);
  });

  it('is shorter than its header, and is handed over as it is', async () => {
    server.put(BASE, FILE.slice(0, 100));
    expect(await survey()).toMatchObject({ judgement: FILE.slice(0, 100), total_bytes: 100 });
  });

  it('is judged before its weights are fetched', async () => {
    const judge = async (): Promise<void> => {
      throw new Error('no GGUF file');
    };
    await expect(obtain(SOURCE, { ...ahead, judge })).rejects.toThrow('no GGUF file');
    expect(server.total()).toBe(0);
  });

  it('tells why its header cannot be read', async () => {
    let failure: unknown;
    const judge = async (outline: Outline): Promise<void> => {
      // The loader wraps what its source throws.
      await header(outline).catch(() => undefined);
      if (outline.kind === 'gguf') failure = outline.file.failure;
    };
    server.faults = [0, 1, 2, 3].map(() => ({ status: 404 }));
    await obtain(SOURCE, { ...ahead, judge }).catch(() => undefined);
    expect(failure).toMatchObject({ code: 'http', status: 404, file: 'tiny.gguf' });
  });

  it('is continued after a cut, and refused when a byte on the disk changed', async () => {
    server.faults = [{}, {}, { cut: 200 }];
    expect(await whole(await obtain())).toEqual(FILE);
    expect(server.total()).toBe(1000);
    const bytes = await disk.read(KEY, 'tiny.gguf', 0, 1000);
    bytes[700]! ^= 1;
    await disk.removeFile(KEY, 'tiny.gguf');
    await (await disk.append(KEY, 'tiny.gguf')).write(bytes);
    await expect(whole(await obtain())).rejects.toMatchObject({ code: 'hash', file: 'tiny.gguf' });
    expect(await whole(await obtain())).toEqual(FILE);
  });

  it('comes from this computer as it is, or as a copy that is kept', async () => {
    const files = [new File([FILE], 'tiny.gguf')];
    const direct = await obtain({ kind: 'files', files });
    expect(direct).toMatchObject({ id: 'tiny', key: null, storage: 'source', bytes: 1000 });
    expect(await whole(direct)).toEqual(FILE);
    expect((await survey({ kind: 'files', files })).judgement).toEqual(FILE.slice(0, 300));
    expect(await disk.keys()).toEqual([]);

    expect((await survey({ kind: 'files', files, keep: true })).judgement).toEqual(FILE.slice(0, 300));
    const copy = await obtain({ kind: 'files', files, keep: true });
    expect(copy.id).toBe('tiny');
    expect(await whole(await obtain({ kind: 'stored', key: copy.key! }))).toEqual(FILE);
  });

  it('is found by what is typed for a repository', async () => {
    const hub = 'https://huggingface.co/owner/name/resolve/main/tiny.gguf';
    server.put(hub, FILE);
    const got = await obtain({ kind: 'hub', repo: 'owner/name/tiny.gguf', revision: 'main' });
    expect(got).toMatchObject({ id: 'tiny', key: expect.stringMatching(/^hub-owner-name-tiny-gguf-/) });
    expect(await whole(got)).toEqual(FILE);
  });
});
