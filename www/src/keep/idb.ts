// Runs in IndexedDB: records under their keys, parts under key and number. Two tabs write side by side, each its own runs.

import { surplus, type Bounds } from './bounds';
import { keyOf, type RunRecord } from './record';
import type { RunStore } from './store';

const NAME = 'tempo-runs';
const VERSION = 1;
const PATIENCE_MS = 5000;
const RECORDS = 'records';
const PARTS = 'parts';

export function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('storage does not answer'));
  });
}

export function done(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error('storage gave up'));
  });
}

/** A database that another page holds, or a browser that forgot the question, would be waited for without end. */
export function atMost<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  return new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error('storage does not answer')), milliseconds);
    promise.then(resolve, reject);
  });
}

/** All parts of a run: their numbers lie between these. */
const partsOf = (key: string): IDBKeyRange => IDBKeyRange.bound([key, 0], [key, Infinity]);

/** What decides which runs go, of whatever lies there. */
function sized(value: unknown): { key: string; begun: number; bytes: number } {
  const record = value as Record<string, unknown>;
  const number = (found: unknown): number => (typeof found === 'number' && found >= 0 ? found : 0);
  return { key: keyOf(value) ?? '', begun: number(record['begun']), bytes: number(record['bytes']) };
}

class IdbStore implements RunStore {
  constructor(private readonly database: IDBDatabase) {
    // A page of another version wants to change it; nothing is written here any more.
    database.onversionchange = () => database.close();
  }

  private begin(mode: IDBTransactionMode): {
    records: IDBObjectStore;
    parts: IDBObjectStore;
    finished: Promise<void>;
  } {
    const transaction = this.database.transaction([RECORDS, PARTS], mode);
    const finished = done(transaction);
    // Whoever waits for an answer hears of a failure there already.
    finished.catch(() => undefined);
    return { records: transaction.objectStore(RECORDS), parts: transaction.objectStore(PARTS), finished };
  }

  async records(): Promise<unknown[]> {
    return answer<unknown[]>(this.begin('readonly').records.getAll());
  }

  async parts(key: string): Promise<unknown[]> {
    return answer<unknown[]>(this.begin('readonly').parts.getAll(partsOf(key)));
  }

  async write(record: RunRecord, index: number, part: Uint8Array, bounds: Bounds): Promise<boolean> {
    const { records, parts, finished } = this.begin('readwrite');
    try {
      if (index > 0 && (await answer(records.getKey(record.key))) === undefined) return false;
      records.put(record);
      parts.put(part, [record.key, index]);
      const all = await answer<unknown[]>(records.getAll());
      for (const key of surplus(all.map(sized), record.key, bounds)) {
        records.delete(key);
        parts.delete(partsOf(key));
      }
    } catch (error) {
      // The transaction knows why: that there is no room, for one.
      await finished;
      throw error;
    }
    await finished;
    return true;
  }

  async remove(keys: readonly string[]): Promise<void> {
    const { records, parts, finished } = this.begin('readwrite');
    for (const key of keys) {
      records.delete(key);
      parts.delete(partsOf(key));
    }
    await finished;
  }
}

/** Rejects where the browser keeps nothing, as in some private windows. */
export async function openStore(): Promise<RunStore> {
  // Missing in some private windows, whatever the types say.
  const factory = (globalThis as { indexedDB?: IDBFactory }).indexedDB;
  if (!factory) throw new Error('this browser keeps nothing here');
  const request = factory.open(NAME, VERSION);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(RECORDS, { keyPath: 'key' });
    request.result.createObjectStore(PARTS);
  };
  return new IdbStore(await atMost(answer(request), PATIENCE_MS));
}
