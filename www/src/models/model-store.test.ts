import { beforeEach, describe, expect, it, vi } from 'vitest';
import { EngineError } from '../engine/errors';
import { keyOf } from './names';
import { MemoryStore } from './memory';
import { SpillStore } from './spill-store';
import { Meter } from './progress';
import { ModelStore, type Ahead, type LoadableModel, type Outline } from './model-store';
import { resolved } from './rule';
import type { ModelSource, OriginSource, Progress } from './source';
import { FakeServer, LosingDisk, noise, sha256, SmallDisk } from './testing';

const BASE = 'https://far.example/m/';
const SOURCE: ModelSource = { kind: 'url', base: BASE };
const KEY = keyOf({ kind: 'url', base: BASE });
const CONFIG = new TextEncoder().encode('{"x": 1}');
const TOKENS = noise(70, 7);
const WEIGHTS = noise(1000, 8);

let server: FakeServer;
let disk: MemoryStore;
let full: number;
let notices: string[];
let reports: Progress[];

beforeEach(() => {
  server = new FakeServer();
  serve(BASE);
  disk = new MemoryStore();
  full = 0;
  notices = [];
  reports = [];
});

function serve(base: string): void {
  server.put(`${base}config.json`, CONFIG);
  server.put(`${base}tokenizer.json`, TOKENS);
  server.put(`${base}model.safetensors`, WEIGHTS);
}

/** A store as a new visit has it: the disk is what remains. */
function open(store = new SpillStore(disk, () => full++)): ModelStore {
  return new ModelStore({
    net: server,
    store,
    notice: (code) => void notices.push(code),
    alone: (_name, _signal, work) => work(),
    piece: 64,
  });
}

const warm = vi.fn(async () => undefined);
const ahead: Ahead = { judge: async () => undefined, warm };
const outline = async (given: Outline): Promise<Outline> => given;
const never = new AbortController().signal;
const meter = (): Meter => new Meter((progress) => reports.push(progress));
const obtain = (source: ModelSource = SOURCE, on = open()): Promise<LoadableModel> =>
  on.obtain(source, meter(), ahead, never);

async function weightsOf(got: LoadableModel): Promise<Uint8Array> {
  const parts: number[] = [];
  // Ranges that fit no piece.
  for (let at = 0; at < 1000; at += 150) {
    parts.push(...(await got.weights.read('model.safetensors', at, Math.min(1000, at + 150))));
  }
  return new Uint8Array(parts);
}

/** Changes one byte on the disk. */
async function corrupt(name: string, at: number): Promise<void> {
  const bytes = await disk.read(KEY, name, 0, 1e9);
  bytes[at]! ^= 1;
  await disk.removeFile(KEY, name);
  await (await disk.append(KEY, name)).write(bytes);
}

/** Serves a model of whose weights another hash was published. */
function publishAnother(weights = WEIGHTS): OriginSource {
  const base = `${server.base}models/storyteller/`;
  serve(base);
  server.put(`${base}model.safetensors`, weights);
  const files = ['config.json', 'tokenizer.json', 'model.safetensors'].map((name) => {
    const { bytes } = server.files.get(base + name)!;
    return { name, bytes: bytes.length, sha256: sha256(name === 'model.safetensors' ? noise(1000, 9) : bytes) };
  });
  server.embedded = { storyteller: { files } };
  return { kind: 'embedded', id: 'storyteller' };
}

describe('a model', () => {
  it('is fetched, kept, and read without the network the next time', async () => {
    const got = await obtain();
    expect(got).toMatchObject({ id: 'm', key: KEY, bytes: CONFIG.length + 1070 });
    expect(got.small.get('config.json')).toEqual(CONFIG);
    expect(got.weights.files()).toEqual([{ name: 'model.safetensors', bytes: 1000 }]);
    expect(await weightsOf(got)).toEqual(WEIGHTS);

    server.requests.length = 0;
    const again = await obtain();
    expect(await weightsOf(again)).toEqual(WEIGHTS);
    expect(server.requests).toHaveLength(0);
    expect(await weightsOf(await obtain({ kind: 'stored', key: KEY }))).toEqual(WEIGHTS);
  });

  it('is surveyed without its weights, and what was fetched for that is not fetched again', async () => {
    const survey = await open().survey(SOURCE, meter(), outline, never);
    expect(survey).toMatchObject({
      judgement: { config: CONFIG },
      total_bytes: CONFIG.length + 1070,
      stored_bytes: CONFIG.length,
    });
    expect(server.total()).toBe(CONFIG.length);
    await obtain();
    expect(server.total()).toBe(CONFIG.length + 1070);
    expect(await open().survey(SOURCE, meter(), outline, never)).toMatchObject({ stored_bytes: CONFIG.length + 1070 });
  });

  it('shows the headers of its weights before it fetches them, and no byte of them comes twice', async () => {
    const headers = async (given: Outline): Promise<Uint8Array> => {
      const weights = given.kind === 'config' ? await given.headers() : null;
      expect(weights?.files()).toEqual([{ name: 'model.safetensors', bytes: 1000 }]);
      return weights!.read('model.safetensors', 0, 150);
    };
    const survey = await open().survey(SOURCE, meter(), headers, never);
    // The beginning that headers have is all of this small file.
    expect(survey).toMatchObject({ judgement: WEIGHTS.slice(0, 150), stored_bytes: CONFIG.length + 1000 });
    expect(server.total()).toBe(CONFIG.length + 1000);
    const judge = async (given: Outline): Promise<void> => {
      await headers(given);
      throw new EngineError('model-weights', 'of another shape');
    };
    const refused = open().obtain(SOURCE, meter(), { ...ahead, judge }, never);
    await expect(refused).rejects.toMatchObject({ code: 'model-weights' });
    expect(server.total()).toBe(CONFIG.length + 1070);
    expect(await weightsOf(await obtain())).toEqual(WEIGHTS);
    expect(server.total()).toBe(CONFIG.length + 1070);
  });

  it('goes on after a reload where it broke, and no byte comes twice', async () => {
    const stop = new AbortController();
    let now = 0;
    const stopping = new Meter(
      (progress) => {
        if (progress.done_bytes > 500) stop.abort();
      },
      () => (now += 1000),
    );
    server.chunk = 300;
    server.slow = true;
    await expect(open().obtain(SOURCE, stopping, ahead, stop.signal)).rejects.toMatchObject({ code: 'aborted' });
    const record = await disk.readRecord(KEY);
    expect(record?.complete).toBe(false);
    expect(await weightsOf(await obtain())).toEqual(WEIGHTS);
    expect(server.total()).toBe(CONFIG.length + 1070);
    expect(reports.some((progress) => progress.resumed_bytes > 0)).toBe(true);
  });

  it('is warmed while its weights arrive, and given up when the device cannot run it', async () => {
    const order: string[] = [];
    await open().obtain(
      SOURCE,
      new Meter((progress) => order.push(progress.file ?? '')),
      { ...ahead, warm: async (of) => void order.push(`warm ${of.kind === 'config' ? of.config.length : 0}`) },
      never,
    );
    expect(order.indexOf(`warm ${CONFIG.length}`)).toBeLessThan(order.lastIndexOf('model.safetensors'));

    disk = new MemoryStore();
    server.served.clear();
    const refuse = async (): Promise<void> => {
      throw new EngineError('device-limit', 'too large');
    };
    await expect(open().obtain(SOURCE, meter(), { ...ahead, warm: refuse }, never)).rejects.toMatchObject({
      code: 'device-limit',
    });
    expect(server.served.get(`${BASE}model.safetensors`) ?? 0).toBeLessThan(1000);
  });

  it('that arrives damaged is told as damaged, though it is dropped under the warming', async () => {
    const source = publishAnother();
    const key = keyOf(source);
    let dropped: (error: Error) => void;
    const warming = new Promise<void>((_, reject) => (dropped = reject));
    const remove = disk.removeFile.bind(disk);
    vi.spyOn(disk, 'removeFile').mockImplementation(async (...given) => {
      await remove(...given);
      dropped(new EngineError('source', 'nothing came'));
    });
    const got = open().obtain(source, meter(), { ...ahead, warm: () => warming }, never);
    await expect(got).rejects.toMatchObject({ code: 'hash', file: 'model.safetensors' });
    expect(await disk.size(key, 'model.safetensors')).toBe(0);
  });

  it('that arrives damaged stays dropped, whatever the warming still reads', async () => {
    // Longer than what is fetched for a header.
    const weights = noise(70_000, 8);
    server.chunk = 10_000;
    const source = publishAnother(weights);
    const remove = disk.removeFile.bind(disk);
    let drop: () => void;
    const dropped = new Promise<void>((resolve) => (drop = resolve));
    vi.spyOn(disk, 'removeFile').mockImplementation(async (...given) => {
      await remove(...given);
      drop();
    });
    const heads: (Uint8Array | string)[] = [];
    const read = async (given: Outline, start: number, end: number): Promise<void> => {
      const file = given.kind === 'config' ? await given.headers() : null;
      const head = file!.read('model.safetensors', start, end);
      heads.push(await head.catch((error: EngineError) => error.code));
    };
    const warm = async (given: Outline): Promise<void> => {
      await dropped;
      await read(given, 0, 8);
      await read(given, 8, 60);
    };
    const got = open().obtain(source, meter(), { judge: (given) => read(given, 0, 8), warm }, never);
    await expect(got).rejects.toMatchObject({ code: 'hash', file: 'model.safetensors' });
    expect(heads).toEqual([weights.subarray(0, 8), weights.subarray(0, 8), 'source']);
    expect(await disk.size(keyOf(source), 'model.safetensors')).toBe(0);
  });

  it('is refused when a byte on the disk changed, and fetched anew the next time', async () => {
    await obtain();
    await corrupt('model.safetensors', 700);
    const got = await obtain();
    await got.weights.read('model.safetensors', 0, 600);
    await expect(got.weights.read('model.safetensors', 600, 800)).rejects.toMatchObject({
      code: 'hash',
      file: 'model.safetensors',
    });
    expect(got.weights.failure?.code).toBe('hash');
    expect(await disk.size(KEY, 'model.safetensors')).toBe(0);
    server.served.clear();
    expect(await weightsOf(await obtain())).toEqual(WEIGHTS);
    expect([...server.served.keys()]).toEqual([`${BASE}model.safetensors`]);
  });

  it('is refused when a file is short or a small file changed', async () => {
    await obtain();
    await (await disk.append(KEY, 'tokenizer.json')).truncate(69);
    await expect(obtain()).rejects.toMatchObject({ code: 'hash', file: 'tokenizer.json' });
    await obtain();
    await corrupt('config.json', 2);
    await expect(obtain()).rejects.toMatchObject({ code: 'hash', file: 'config.json' });
    expect(await weightsOf(await obtain())).toEqual(WEIGHTS);
  });

  it('is held in memory when the disk is full, and says so once', async () => {
    disk = new SmallDisk(400);
    const store = new SpillStore(disk, () => full++);
    const got = await obtain(SOURCE, open(store));
    expect(got).toMatchObject({ storage: 'memory', durable: false });
    expect(await weightsOf(got)).toEqual(WEIGHTS);
    expect(full).toBe(1);
    // In this tab it is there; the next one goes on from what fitted.
    expect(await weightsOf(await obtain(SOURCE, open(store)))).toEqual(WEIGHTS);
    expect(server.total()).toBe(CONFIG.length + 1070);
    expect((await disk.readRecord(KEY))?.complete).toBe(false);
    await obtain();
    expect(server.requests.at(-1)!.headers.get('range')).toBe(`bytes=${400 - CONFIG.length - 70}-`);
  });

  it.each([/./, /config|safetensors/, /safetensors/])(
    'is held in memory when the browser loses %s of it',
    async (loses) => {
      const why: string[] = [];
      const store = new SpillStore(new LosingDisk(loses), (_, reason) => why.push(reason));
      for (const visit of [1, 2]) {
        const got = await obtain(SOURCE, open(store));
        expect(got, `visit ${visit}`).toMatchObject({ durable: false, storage: 'memory' });
        expect(got.small.get('config.json')).toEqual(CONFIG);
        expect(got.small.get('tokenizer.json')).toEqual(TOKENS);
        expect(await weightsOf(got)).toEqual(WEIGHTS);
      }
      expect(why).toEqual(['lost']);
      expect(server.total(), 'at most one file was fetched twice').toBeLessThanOrEqual(CONFIG.length + 70 + 2000);
    },
  );

  it('follows the embedded model of a newer build', async () => {
    const base = `${server.base}models/storyteller/`;
    serve(base);
    const facts = (): { name: string; bytes: number; sha256: string }[] =>
      ['config.json', 'tokenizer.json', 'model.safetensors'].map((name) => {
        const { bytes } = server.files.get(base + name)!;
        return { name, bytes: bytes.length, sha256: sha256(bytes) };
      });
    server.embedded = { storyteller: { files: facts() } };
    const source = { kind: 'embedded', id: 'storyteller' } as const;
    expect(await weightsOf(await obtain(source))).toEqual(WEIGHTS);
    server.requests.length = 0;
    await obtain(source);
    expect(server.requests).toHaveLength(0);

    const newer = noise(1000, 99);
    server.put(`${base}model.safetensors`, newer);
    server.embedded = { storyteller: { files: facts() } };
    const got = await obtain(source);
    expect(await weightsOf(got)).toEqual(newer);
    expect(got.origin).toEqual({ source, hash: sha256(newer) });
    expect(server.requests.map((request) => request.url)).toEqual([`${base}model.safetensors`]);
  });

  it('comes from local files as they are, or as a copy that is kept', async () => {
    const files = [
      new File([CONFIG], 'config.json'),
      new File([TOKENS], 'tokenizer.json'),
      new File([WEIGHTS], 'w.safetensors'),
    ];
    const direct = await obtain({ kind: 'files', files });
    expect(direct).toMatchObject({ key: null, storage: 'source', durable: false });
    expect(direct.origin.hash).toBeNull();
    expect(await direct.weights.read('model.safetensors', 10, 20)).toEqual(WEIGHTS.slice(10, 20));
    await expect(direct.weights.read('model.safetensors', 990, 1010)).rejects.toMatchObject({ code: 'changed' });
    expect(await disk.keys()).toEqual([]);

    const durable = await obtain({ kind: 'files', files, keep: true });
    expect(durable.key).toMatch(/^files-local-files-/);
    expect(await durable.weights.read('model.safetensors', 10, 20)).toEqual(WEIGHTS.slice(10, 20));
    const again = await obtain({ kind: 'stored', key: durable.key! });
    expect(await again.weights.read('model.safetensors', 10, 20)).toEqual(WEIGHTS.slice(10, 20));
  });

  it('takes the page about a repository for the repository, as the program does', async () => {
    await expect(obtain({ kind: 'url', base: 'https://hf.co/owner/name:Q8_0' })).rejects.toMatchObject({
      code: 'http',
    });
    const api = 'https://huggingface.co/api/models/owner/name/revision/main?blobs=true';
    expect(server.requests.map(({ url }) => url)).toEqual([api]);
  });

  it('reads a name as it was typed, and keeps a model under what it means', async () => {
    const page = 'https://page.example/app/';
    const resolve = (source: OriginSource): OriginSource => resolved(server, source);
    expect(server.base).toBe(page);
    expect(resolve({ kind: 'hub', repo: ' owner/name:Q8_0 ', revision: 'v2' })).toEqual({
      kind: 'hub',
      repo: 'owner/name',
      revision: 'v2',
      quantisation: 'Q8_0',
    });
    const typed = resolve({ kind: 'hub', repo: 'owner/name/x.gguf@v2', revision: 'main' });
    const kept = { kind: 'hub', repo: 'owner/name', revision: 'v2', file: 'x.gguf' } as const;
    expect(typed).toEqual(kept);
    expect(keyOf(typed), 'models of earlier visits are found').toBe(keyOf(kept));
    expect(keyOf(resolve(kept)), 'read twice').toBe(keyOf(kept));
    expect(resolve({ kind: 'url', base: './models/other' })).toEqual({ kind: 'url', base: `${page}models/other/` });
    expect(() => resolve({ kind: 'url', base: 'http://' })).toThrow(expect.objectContaining({ code: 'address' }));
  });

  it('refuses bad names before any request, and keys that are gone', async () => {
    await expect(obtain({ kind: 'hub', repo: '../x', revision: 'main' })).rejects.toMatchObject({ code: 'address' });
    await expect(obtain({ kind: 'url', base: 'ftp://x/' })).rejects.toMatchObject({ code: 'address' });
    await expect(obtain({ kind: 'stored', key: 'gone' })).rejects.toMatchObject({ code: 'storage' });
    expect(server.requests).toHaveLength(0);
  });
});
