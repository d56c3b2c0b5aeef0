import { beforeEach, describe, expect, it } from 'vitest';
import { list, shardsOf, type Listing } from './listing';
import { INDEX } from './names';
import type { RemoteFile } from './remote';
import type { ModelSource } from './source';
import { FakeServer, noise, sha256 } from './testing';

const HUB = 'https://huggingface.co';
const COMMIT = 'c'.repeat(40);
const INDEX_TEXT = JSON.stringify({ weight_map: { a: 'm-2.safetensors', b: 'm-1.safetensors', c: 'm-1.safetensors' } });

let server: FakeServer;
beforeEach(() => {
  server = new FakeServer();
});

const ask = (source: Exclude<ModelSource, { kind: 'stored' }>, pinned: string | null = null): Promise<Listing> =>
  list(
    server,
    source,
    pinned,
    async (file: RemoteFile) => (file.name === INDEX ? INDEX_TEXT : ''),
    new AbortController().signal,
  );

const names = (files: RemoteFile[]): string[] => files.map((file) => file.name);

describe('the hub', () => {
  const source = { kind: 'hub', repo: 'owner/name', revision: 'main' } as const;
  const api = `${HUB}/api/models/owner/name/revision/main?blobs=true`;
  const sibling = (rfilename: string, size = 10, sha?: string): object => ({
    rfilename,
    size,
    ...(sha ? { lfs: { sha256: sha, size } } : {}),
  });

  it('lists names, lengths and hashes at one commit', async () => {
    const hash = 'a'.repeat(64);
    server.json.set(api, {
      sha: COMMIT,
      siblings: [
        sibling('README.md'),
        sibling('config.json', 7),
        sibling('tokenizer.json'),
        sibling('chat_template.jinja'),
        sibling('tokenizer_config.json'),
        sibling('generation_config.json'),
        sibling('model.safetensors', 99, hash),
        sibling('onnx/model.onnx'),
        sibling('../evil'),
      ],
    });
    const listing = await ask(source);
    expect(listing.revision).toBe(COMMIT);
    const optional = ['generation_config.json', 'tokenizer_config.json', 'chat_template.jinja'];
    expect(names(listing.small)).toEqual(['config.json', 'tokenizer.json', ...optional]);
    expect(listing.weights[0]).toMatchObject({ name: 'model.safetensors', bytes: 99, sha256: hash });
    server.put(`${HUB}/owner/name/resolve/${COMMIT}/config.json`, noise(7));
    const opened = await listing.small[0]!.open(0, null, new AbortController().signal);
    expect(opened.total).toBe(7);
  });

  it('asks for the commit that a partial download began with', async () => {
    server.json.set(`${HUB}/api/models/owner/name/revision/${COMMIT}?blobs=true`, {
      sha: COMMIT,
      siblings: ['config.json', 'tokenizer.json', 'model.safetensors'].map((name) => sibling(name)),
    });
    expect((await ask(source, COMMIT)).revision).toBe(COMMIT);
  });

  it('reads shards from the index', async () => {
    server.json.set(api, {
      sha: COMMIT,
      siblings: ['config.json', 'tokenizer.json', INDEX, 'm-1.safetensors', 'm-2.safetensors'].map((name) =>
        sibling(name),
      ),
    });
    const listing = await ask(source);
    expect(names(listing.small)).toContain(INDEX);
    expect(names(listing.weights)).toEqual(['m-1.safetensors', 'm-2.safetensors']);
  });

  it('says what is missing, and refuses what makes no sense', async () => {
    server.json.set(api, { sha: COMMIT, siblings: [sibling('config.json'), sibling('model.safetensors')] });
    await expect(ask(source)).rejects.toMatchObject({ code: 'files', file: 'tokenizer.json' });
    server.json.set(api, { sha: COMMIT, siblings: [sibling('README.md')] });
    await expect(ask(source)).rejects.toMatchObject({ code: 'files', message: expect.stringContaining('owner/name') });
    server.json.set(api, { sha: COMMIT });
    await expect(ask(source)).rejects.toMatchObject({ code: 'source' });
  });

  it('takes one GGUF file of a repository without safetensors, or the one that is named', async () => {
    const gguf = { ...source, file: 'Q4/m.gguf' };
    const answer = (...names: string[]): void =>
      void server.json.set(api, { sha: COMMIT, siblings: names.map((name) => sibling(name, 7, 'a'.repeat(64))) });
    answer('README.md', 'config.json', 'm.gguf', 'a b.gguf');
    const listing = await ask(source);
    expect(listing).toMatchObject({ revision: COMMIT, small: [] });
    expect(listing.weights).toMatchObject([{ name: 'm.gguf', bytes: 7, sha256: 'a'.repeat(64) }]);

    // What comes first is the package's to say: crates/tempo-files.
    answer('m-Q8_0.gguf', 'Q4/m.gguf');
    expect(names((await ask(source)).weights)).toEqual(['m-Q8_0.gguf']);
    expect(names((await ask({ ...source, quantisation: 'q4' })).weights)).toEqual(['m.gguf']);
    await expect(ask({ ...source, quantisation: 'q2_k' })).rejects.toMatchObject({
      code: 'files',
      message: expect.stringContaining('q2_k is not among the files of owner/name'),
    });
    const named = (await ask(gguf)).weights[0]!;
    expect(named.name).toBe('m.gguf');
    server.put(`${HUB}/owner/name/resolve/${COMMIT}/Q4/m.gguf`, noise(7));
    expect((await named.open(0, null, new AbortController().signal)).total).toBe(7);
    await expect(ask({ ...source, file: 'other.gguf' })).rejects.toMatchObject({ code: 'files', file: 'other.gguf' });

    answer('config.json', 'tokenizer.json', 'model.safetensors', 'm.gguf');
    expect(names((await ask(source)).weights)).toEqual(['model.safetensors']);

    server.put(`${HUB}/owner/name/resolve/main/Q4/m.gguf`, noise(20));
    server.faults = [{ status: 403 }];
    expect((await ask(gguf)).weights).toMatchObject([{ name: 'm.gguf', bytes: null, estimate: 20 }]);
  });

  it('asks for the files themselves when the list is not to be had', async () => {
    for (const name of ['config.json', 'tokenizer.json', 'model.safetensors']) {
      server.put(`${HUB}/owner/name/resolve/main/${name}`, noise(20));
    }
    server.faults = [{ status: 403 }];
    const listing = await ask(source);
    expect(listing.revision).toBeNull();
    expect(names(listing.small)).toEqual(['config.json', 'tokenizer.json']);
    expect(listing.weights[0]).toMatchObject({ bytes: null, estimate: 20 });
  });

  it('says that a repository is gated or missing', async () => {
    server.faults = [{ status: 401 }];
    server.fetch = async () => new Response('', { status: 401 });
    await expect(ask(source)).rejects.toMatchObject({ code: 'http', status: 401 });
  });
});

describe('an address', () => {
  const source = { kind: 'url', base: 'https://far.example/m/' } as const;

  it('finds the files by their names', async () => {
    const small = ['config.json', 'tokenizer.json', 'generation_config.json', 'tokenizer_config.json'];
    for (const name of [...small, 'model.safetensors']) {
      server.put(source.base + name, noise(30));
    }
    const listing = await ask(source);
    expect(names(listing.small)).toEqual(small);
    expect(listing.weights[0]!.estimate).toBe(30);
    expect(server.total()).toBe(0);
  });

  it('asks for a chat template where the tokens have none', async () => {
    for (const name of ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'chat_template.jinja'])
      server.put(source.base + name, noise(30));
    server.put(`${source.base}model.safetensors`, noise(30));
    expect(names((await ask(source)).small)).toContain('chat_template.jinja');
    const text = async (): Promise<string> => '{"bos_token": "<s>", "chat_template" : "{{ messages }}"}';
    const listing = await list(server, source, null, text, new AbortController().signal);
    expect(names(listing.small)).not.toContain('chat_template.jinja');
  });

  it('may be that of a GGUF file, with a query', async () => {
    const base = 'https://far.example/m/my%20model.gguf?download=true';
    server.put(base, noise(30));
    const listing = await ask({ kind: 'url', base });
    expect(listing).toMatchObject({ small: [], weights: [{ name: 'my-model.gguf', estimate: 30 }] });
    const opened = await listing.weights[0]!.open(10, null, new AbortController().signal, 20);
    expect(opened).toMatchObject({ from: 10, total: 30 });
    expect(server.requests.at(-1)!.headers.get('range')).toBe('bytes=10-19');
    server.files.clear();
    await expect(ask({ kind: 'url', base })).rejects.toMatchObject({ status: 404, file: 'my-model.gguf' });
  });

  it('goes through the index when there are shards', async () => {
    for (const name of ['config.json', 'tokenizer.json', INDEX, 'm-1.safetensors', 'm-2.safetensors']) {
      server.put(source.base + name, noise(30));
    }
    expect(names((await ask(source)).weights)).toEqual(['m-1.safetensors', 'm-2.safetensors']);
    server.files.delete(`${source.base}m-2.safetensors`);
    await expect(ask(source)).rejects.toMatchObject({ code: 'http', status: 404, file: 'm-2.safetensors' });
  });

  it('names the first file that is missing', async () => {
    await expect(ask(source)).rejects.toMatchObject({ status: 404, file: 'config.json' });
    server.put(`${source.base}config.json`, noise(1));
    server.put(`${source.base}tokenizer.json`, noise(1));
    await expect(ask(source)).rejects.toMatchObject({ status: 404, file: 'model.safetensors' });
  });

  it.each([403, 405, 501])('asks for one byte where HEAD is answered with %i', async (status) => {
    for (const name of ['config.json', 'tokenizer.json', 'model.safetensors'])
      server.put(source.base + name, noise(30));
    const { fetch } = server;
    server.fetch = async (url, init) =>
      init.method === 'HEAD' ? new Response(null, { status }) : fetch.call(server, url, init);
    expect((await ask(source)).weights[0]!.estimate).toBe(30);
  });

  it.each([
    ['that it may not be read', (): Response => new Response('no', { status: 403 })],
    ['with a web page', (): Response => new Response('<!doctype html>', { headers: { 'content-type': 'text/html' } })],
  ])('is a model where the server answers %s for what is not there', async (_words, answer) => {
    const { fetch } = server;
    server.fetch = async (url, init) => (server.files.has(url) ? fetch.call(server, url, init) : answer());
    await expect(ask(source)).rejects.toMatchObject({ file: 'config.json' });
    for (const name of ['config.json', 'tokenizer.json', INDEX, 'm-1.safetensors', 'm-2.safetensors'])
      server.put(source.base + name, noise(30));
    const listing = await ask(source);
    expect(names(listing.small)).toEqual(['config.json', 'tokenizer.json', INDEX]);
    expect(names(listing.weights)).toEqual(['m-1.safetensors', 'm-2.safetensors']);
    server.files.delete(source.base + INDEX);
    await expect(ask(source)).rejects.toMatchObject({ file: 'model.safetensors' });
    const gguf = `${source.base}x.gguf`;
    await expect(ask({ kind: 'url', base: gguf })).rejects.toMatchObject({ file: 'x.gguf' });
  });
});

describe('files and the embedded model', () => {
  const file = (name: string): File => new File(['x'], name);

  it('takes one safetensors file of any name, or those of an index', async () => {
    const one = await ask({
      kind: 'files',
      files: ['config.json', 'tokenizer.json', 'my.safetensors', 'notes.txt'].map(file),
    });
    expect(names(one.weights)).toEqual(['model.safetensors']);
    const shards = ['config.json', 'tokenizer.json', INDEX, 'm-1.safetensors', 'm-2.safetensors'].map(file);
    expect(names((await ask({ kind: 'files', files: shards })).weights)).toHaveLength(2);
  });

  it('takes one GGUF file alone, of any name', async () => {
    const choose = (...chosen: string[]): Promise<Listing> => ask({ kind: 'files', files: chosen.map(file) });
    const listing = await choose('my model (1).gguf', 'README.md');
    expect(listing).toMatchObject({ small: [], weights: [{ name: 'my-model-1-.gguf', bytes: 1 }] });
    await expect(choose('a.gguf', 'b.gguf')).rejects.toThrow('a.gguf and b.gguf are two models');
    expect(names((await choose('config.json', 'tokenizer.json', 'm.safetensors', 'a.gguf')).weights)).toEqual([
      'model.safetensors',
    ]);
  });

  it('says which file was not chosen', async () => {
    const choose = (...chosen: string[]): Promise<Listing> => ask({ kind: 'files', files: chosen.map(file) });
    await expect(choose('tokenizer.json', 'model.safetensors')).rejects.toMatchObject({
      code: 'files',
      file: 'config.json',
    });
    await expect(choose('config.json', 'tokenizer.json')).rejects.toMatchObject({ file: 'model.safetensors' });
    await expect(choose('config.json', 'tokenizer.json', INDEX, 'm-1.safetensors')).rejects.toMatchObject({
      file: 'm-2.safetensors',
    });
  });

  it('knows the embedded model from the build, without a request', async () => {
    const entry = (name: string): object => ({ name, bytes: 3, sha256: sha256(noise(3)) });
    const files = ['config.json', 'tokenizer.json', 'model.safetensors'].map(entry) as never[];
    server.embedded = { storyteller: { files } };
    const listing = await ask({ kind: 'embedded', id: 'storyteller' });
    expect(listing.weights[0]).toMatchObject({ bytes: 3, sha256: sha256(noise(3)) });
    expect(server.requests).toHaveLength(0);
  });
});

describe('an index', () => {
  it('is refused in the words of the rule', () => {
    const refused = expect.objectContaining({ code: 'files', file: INDEX, message: expect.stringContaining(INDEX) });
    expect(() => shardsOf(server, '{}')).toThrow(refused as Error);
  });
});
