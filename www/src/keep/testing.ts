// For tests only: a store of runs in memory that can be full, forbidden, or slow like the browser's.

import { surplus, type Bounds } from './bounds';
import type { RunRecord } from './record';
import type { RunStore } from './store';

export class MemoryStore implements RunStore {
  readonly held = new Map<string, { record: unknown; parts: unknown[] }>();
  writes = 0;
  /** Bytes that fit; more is refused as a full disk refuses it. */
  room = Infinity;

  async records(): Promise<unknown[]> {
    return [...this.held.values()].map(({ record }) => structuredClone(record));
  }

  async parts(key: string): Promise<unknown[]> {
    return this.held.get(key)?.parts ?? [];
  }

  async write(record: RunRecord, index: number, part: Uint8Array, bounds: Bounds): Promise<boolean> {
    await new Promise((resolve) => setTimeout(resolve));
    const before = this.held.get(record.key);
    if (index > 0 && !before) return false;
    if (this.used() + part.length > this.room) throw new DOMException('full', 'QuotaExceededError');
    this.writes += 1;
    const parts = [...(before?.parts ?? [])];
    parts[index] = part;
    this.held.set(record.key, { record: structuredClone(record), parts });
    const all = [...this.held.values()].map((each) => each.record as RunRecord);
    for (const key of surplus(all, record.key, bounds)) this.held.delete(key);
    return true;
  }

  async remove(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.held.delete(key);
  }

  used(): number {
    const parts = [...this.held.values()].flatMap((each) => each.parts as Uint8Array[]);
    return parts.reduce((sum, part) => sum + part.length, 0);
  }
}
