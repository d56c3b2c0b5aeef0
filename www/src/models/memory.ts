// Model files in the memory of this tab: for browsers without storage, and for what no longer fits on the disk.

import type { ModelRecord } from './model-record';
import type { Appender, Bytes, FileStore } from './store';

const BLOCK = 1024 * 1024;

/** Bytes in blocks of one size, so that growing never copies what is there. */
class Blocks {
  size = 0;
  private readonly blocks: Bytes[] = [];

  write(bytes: Bytes): void {
    for (let at = 0; at < bytes.length;) {
      const offset = this.size % BLOCK;
      const index = (this.size - offset) / BLOCK;
      const block = (this.blocks[index] ??= new Uint8Array(BLOCK));
      const part = bytes.subarray(at, at + BLOCK - offset);
      block.set(part, offset);
      this.size += part.length;
      at += part.length;
    }
  }

  read(start: number, end: number): Bytes {
    const stop = Math.min(end, this.size);
    const bytes = new Uint8Array(Math.max(0, stop - start));
    for (let at = start; at < stop;) {
      const offset = at % BLOCK;
      const block = this.blocks[(at - offset) / BLOCK];
      if (!block) break;
      const part = block.subarray(offset, Math.min(BLOCK, offset + stop - at));
      bytes.set(part, at - start);
      at += part.length;
    }
    return bytes;
  }

  truncate(size: number): void {
    this.size = Math.min(this.size, size);
    this.blocks.length = Math.ceil(this.size / BLOCK);
  }
}

export class MemoryStore implements FileStore {
  readonly kind: FileStore['kind'] = 'memory';
  private readonly models = new Map<string, Map<string, Blocks>>();
  private readonly records = new Map<string, ModelRecord>();

  async keys(): Promise<string[]> {
    return [...new Set([...this.records.keys(), ...this.models.keys()])];
  }

  async readRecord(key: string): Promise<ModelRecord | null> {
    const record = this.records.get(key);
    return record ? structuredClone(record) : null;
  }

  async writeRecord(record: ModelRecord): Promise<void> {
    this.records.set(record.key, structuredClone(record));
  }

  async size(key: string, name: string): Promise<number> {
    return this.models.get(key)?.get(name)?.size ?? 0;
  }

  async read(key: string, name: string, start: number, end: number): Promise<Bytes> {
    return this.models.get(key)?.get(name)?.read(start, end) ?? new Uint8Array(0);
  }

  async append(key: string, name: string): Promise<Appender> {
    const files = this.models.get(key) ?? new Map<string, Blocks>();
    this.models.set(key, files);
    const blocks = files.get(name) ?? new Blocks();
    files.set(name, blocks);
    return {
      get size() {
        return blocks.size;
      },
      write: async (bytes) => blocks.write(bytes),
      read: async (start, end) => blocks.read(start, end),
      truncate: async (size) => blocks.truncate(size),
      flush: async () => undefined,
      takeUnstored: async () => new Uint8Array(0),
      close: async () => undefined,
    };
  }

  async removeFile(key: string, name: string): Promise<void> {
    this.models.get(key)?.delete(name);
  }

  async removeModel(key: string): Promise<void> {
    this.models.delete(key);
    this.records.delete(key);
  }
}
