// The stored models as the page lists and deletes them: without a worker, without the engine.

import { EngineError } from '../engine/errors';
import { CACHE_NAME, CacheStore } from './cache';
import { OpfsStore } from './opfs';
import type { StorageReport, StoredModel } from './source';
import type { FileStore } from './store';
import { describeStorage } from './storage-report';

/** All that is stored, complete or not, newest first. */
export async function listModels(): Promise<StoredModel[]> {
  const models: StoredModel[] = [];
  for (const store of await places()) {
    for (const key of await store.keys()) models.push(await describe(store, key));
  }
  return models.sort((a, b) => b.date.localeCompare(a.date));
}

/** Deletes a model wherever it is stored; throws 'busy' while it is being fetched. */
export async function deleteModel(key: string): Promise<void> {
  const remove = async (): Promise<void> => {
    for (const store of await places()) await store.removeModel(key);
  };
  const locks = navigator.locks as LockManager | undefined;
  if (!locks) return remove();
  await locks.request(`tempo-model-${key}`, { ifAvailable: true }, async (lock) => {
    if (!lock) throw new EngineError('busy', 'this model is being fetched; stop that first, or close the other tab');
    await remove();
  });
}

export async function storageReport(needed: number | null = null): Promise<StorageReport> {
  const [first] = await places();
  const kind = first && first.kind !== 'memory' ? first.kind : 'memory';
  return describeStorage(kind, needed, navigator.storage as StorageManager | undefined);
}

async function places(): Promise<FileStore[]> {
  const opfs = await OpfsStore.open(navigator.storage as StorageManager | undefined);
  const caches = (globalThis as { caches?: CacheStorage }).caches;
  // Asked first, because opening would make an empty one.
  const cached = await caches?.has(CACHE_NAME).catch(() => false);
  const cache = cached || !opfs ? await CacheStore.open(caches, location.origin) : null;
  return [opfs, cache].filter((store) => store !== null);
}

async function describe(store: FileStore, key: string): Promise<StoredModel> {
  const record = await store.readRecord(key).catch(() => null);
  const storage = store.kind === 'opfs' ? 'opfs' : 'cache';
  if (!record) {
    // Leavings without a record are of no use, but they can be deleted.
    const source = { kind: 'files', names: [] } as const;
    const rest = { complete: false, bytes: 0, total_bytes: null, date: '', revision: null, storage } as const;
    return { key, title: key, source: { ...source, names: [] }, ...rest };
  }
  let bytes = 0;
  let total: number | null = record.files.length === 0 ? null : 0;
  for (const file of record.files) {
    bytes += file.complete ? (file.bytes ?? 0) : await store.size(key, file.name);
    total = total === null || file.bytes === null ? null : total + file.bytes;
  }
  const { title, source, revision, complete, date } = record;
  return { key, title, source, revision, complete, bytes, total_bytes: total, date, storage };
}
