import { describe, expect, it } from 'vitest';
import { CacheStore } from './cache';
import { MemoryStore } from './memory';
import { OpfsStore } from './opfs';
import { SpillStore } from './spill-store';
import type { ModelRecord } from './model-record';
import type { FileStore } from './store';
import { noise, random, SmallDisk } from './testing';
import { FakeCache, fakeCaches, FakeFile, FakeFolder, fakeStorage } from './testing-browser';

const ORIGIN = 'https://page.example';

function record(key: string, serial: number): ModelRecord {
  const source = { kind: 'url', base: `${ORIGIN}/m/` } as const;
  return { version: 1, key, title: key, source, revision: null, date: '', files: [], complete: false, serial };
}

async function stores(): Promise<Record<string, FileStore>> {
  return {
    opfs: (await OpfsStore.open(fakeStorage()))!,
    cache: (await CacheStore.open(fakeCaches(), ORIGIN, 16))!,
    memory: new MemoryStore(),
    overflow: new SpillStore(new SmallDisk(100), () => undefined),
    'overflow over a cache': new SpillStore(await smallCache(100), () => undefined),
  };
}

async function smallCache(room: number): Promise<CacheStore> {
  const cache = new FakeCache();
  cache.room = room;
  return (await CacheStore.open(fakeCaches(cache), ORIGIN, 16))!;
}

describe.each(['opfs', 'cache', 'memory', 'overflow', 'overflow over a cache'])('the store %s', (name) => {
  it('keeps what was appended, through any sequence of writes, cuts and reopenings', async () => {
    for (let seed = 1; seed <= 30; seed++) {
      const store = (await stores())[name]!;
      const next = random(seed);
      let expected = new Uint8Array(0);
      let file = await store.append('k', 'a.bin');
      for (let turn = 0; turn < 25; turn++) {
        const choice = next();
        if (choice < 0.6) {
          const bytes = noise(Math.floor(next() * 40), turn);
          await file.write(bytes);
          expected = new Uint8Array([...expected, ...bytes]);
        } else if (choice < 0.75) {
          const size = Math.floor(next() * (expected.length + 1));
          await file.truncate(size);
          expected = expected.slice(0, size);
        } else {
          await file.flush();
          await file.close();
          expect(await store.size('k', 'a.bin'), `seed ${seed}`).toBe(expected.length);
          expect(await store.read('k', 'a.bin', 0, expected.length)).toEqual(expected);
          file = await store.append('k', 'a.bin');
        }
        const from = Math.floor(next() * expected.length);
        expect(file.size).toBe(expected.length);
        expect(await file.read(from, expected.length), `seed ${seed}`).toEqual(expected.slice(from));
      }
      await file.close();
      const middle = Math.floor(expected.length / 2);
      expect(await store.read('k', 'a.bin', middle, expected.length)).toEqual(expected.slice(middle));
      await store.removeFile('k', 'a.bin');
      expect(await store.size('k', 'a.bin')).toBe(0);
    }
  });

  it('keeps records, lists models and removes them', async () => {
    const store = (await stores())[name]!;
    expect(await store.readRecord('k')).toBeNull();
    if (name === 'overflow over a cache') return;
    await store.writeRecord(record('k', 1));
    await store.writeRecord(record('k', 2));
    await store.writeRecord(record('other', 1));
    expect((await store.readRecord('k'))?.serial).toBe(2);
    expect((await store.keys()).sort()).toEqual(['k', 'other']);
    await store.removeModel('k');
    await store.removeModel('never there');
    await store.removeFile('never there', 'x');
    expect(await store.keys()).toEqual(['other']);
    expect(await store.readRecord('k')).toBeNull();
  });

  it('has nothing of a file that is not there', async () => {
    const store = (await stores())[name]!;
    expect(await store.size('k', 'x')).toBe(0);
    expect(await store.read('k', 'x', 0, 10)).toHaveLength(0);
  });
});

describe('OPFS', () => {
  it('reads the older record when the newer one was cut off', async () => {
    const root = new FakeFolder();
    const store = (await OpfsStore.open(fakeStorage(root)))!;
    await store.writeRecord(record('k', 1));
    await store.writeRecord(record('k', 2));
    const folder = (root.children.get('tempo-models') as FakeFolder).children.get('k') as FakeFolder;
    const newer = folder.children.get('_record-0.json') as FakeFile;
    newer.bytes = newer.bytes.slice(0, -5);
    expect((await store.readRecord('k'))?.serial).toBe(1);
    await store.writeRecord(record('k', 2));
    expect((await store.readRecord('k'))?.serial).toBe(2);
  });

  it('takes silence of a full disk for what it is', async () => {
    const root = new FakeFolder();
    const store = (await OpfsStore.open(fakeStorage(root)))!;
    const file = await store.append('k', 'a');
    const folder = (root.children.get('tempo-models') as FakeFolder).children.get('k') as FakeFolder;
    (folder.children.get('a') as FakeFile).appetite = 0;
    await expect(file.write(noise(10))).rejects.toMatchObject({ name: 'QuotaExceededError' });
    expect(file.size).toBe(0);
  });

  it('says that a file is in use', async () => {
    const store = (await OpfsStore.open(fakeStorage()))!;
    await store.append('k', 'a');
    await expect(store.append('k', 'a')).rejects.toMatchObject({ code: 'busy' });
    await expect(store.removeModel('k')).rejects.toMatchObject({ code: 'busy' });
  });

  it('is absent where the browser refuses', async () => {
    expect(await OpfsStore.open(undefined)).toBeNull();
    const refusing = { getDirectory: () => Promise.reject(new DOMException('no', 'SecurityError')) };
    expect(await OpfsStore.open(refusing as unknown as StorageManager)).toBeNull();
  });

  it('knows before a download whether it can be written', async () => {
    const root = new FakeFolder();
    const store = (await OpfsStore.open(fakeStorage(root)))!;
    expect(await store.writable()).toBe(true);
    expect((root.children.get('tempo-models') as FakeFolder).children.size).toBe(0);
    FakeFile.prototype.createSyncAccessHandle = undefined as never;
    expect(await store.writable()).toBe(false);
    expect((root.children.get('tempo-models') as FakeFolder).children.size, 'nothing stays behind').toBe(0);
  });
});

describe('a full disk', () => {
  it('goes on in memory, says so once, and leaves the record on the disk as it was', async () => {
    const full: string[] = [];
    const disk = new SmallDisk(100);
    const store = new SpillStore(disk, (key) => full.push(key));
    await store.writeRecord(record('k', 1));
    const bytes = noise(300);
    const file = await store.append('k', 'a');
    await file.write(bytes.slice(0, 80));
    expect(store.isDurable('k')).toBe(true);
    await file.write(bytes.slice(80, 200));
    await file.write(bytes.slice(200));
    await file.close();
    await store.writeRecord({ ...record('k', 2), complete: true });
    expect(full).toEqual(['k']);
    expect(store.isDurable('k')).toBe(false);
    expect(await store.read('k', 'a', 0, 300)).toEqual(bytes);
    expect(await disk.size('k', 'a')).toBe(100);
    expect(await disk.readRecord('k')).toMatchObject({ serial: 1, complete: false });
    expect(await store.readRecord('k')).toMatchObject({ serial: 2, complete: true });
    // The next visit has the disk only.
    const next = new SpillStore(disk, () => undefined);
    expect(await next.size('k', 'a')).toBe(100);
    await store.removeModel('k');
    expect(store.isDurable('k')).toBe(true);
    expect(await store.size('k', 'a')).toBe(0);
  });

  it('rescues the piece that a cache could not put', async () => {
    const store = new SpillStore(await smallCache(40), () => undefined);
    const bytes = noise(60);
    const file = await store.append('k', 'a');
    for (let at = 0; at < 60; at += 7) await file.write(bytes.slice(at, at + 7));
    await file.close();
    expect(await store.size('k', 'a')).toBe(60);
    expect(await store.read('k', 'a', 0, 60)).toEqual(bytes);
  });

  it('puts what a failing close would lose in memory', async () => {
    const store = new SpillStore(await smallCache(40), () => undefined);
    const bytes = noise(45);
    const file = await store.append('k', 'a');
    await file.write(bytes);
    await file.close();
    expect(store.isDurable('k')).toBe(false);
    expect(await store.read('k', 'a', 0, 45)).toEqual(bytes);
  });
});
