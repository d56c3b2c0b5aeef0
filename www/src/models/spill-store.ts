// A store that goes on in memory when the disk is full. What is on the disk stays there and is read from there, so that
// only the rest takes memory; the record on the disk keeps saying how far the disk got, and the next visit goes on from it.

import { MemoryStore } from './memory';
import type { ModelRecord } from './model-record';
import { isQuotaError, type Appender, type Bytes, type FileStore } from './store';

export class SpillStore implements FileStore {
  /** Models of which a part is in memory only. */
  private readonly spilled = new Set<string>();

  constructor(
    private readonly disk: FileStore,
    /** Told once per model. */
    private readonly onfull: (key: string) => void,
    private readonly memory: MemoryStore = new MemoryStore(),
  ) {}

  get kind(): FileStore['kind'] {
    return this.disk.kind;
  }

  /** Whether all of a model outlives the tab. */
  isDurable(key: string): boolean {
    return this.disk.kind !== 'memory' && !this.spilled.has(key);
  }

  async keys(): Promise<string[]> {
    return [...new Set([...(await this.disk.keys()), ...(await this.memory.keys())])];
  }

  async readRecord(key: string): Promise<ModelRecord | null> {
    return (await this.memory.readRecord(key)) ?? (await this.disk.readRecord(key));
  }

  async writeRecord(record: ModelRecord): Promise<void> {
    if (!this.spilled.has(record.key)) {
      try {
        return await this.disk.writeRecord(record);
      } catch (error) {
        if (!isQuotaError(error)) throw error;
        this.spill(record.key);
      }
    }
    await this.memory.writeRecord(record);
  }

  async size(key: string, name: string): Promise<number> {
    return (await this.disk.size(key, name)) + (await this.memory.size(key, name));
  }

  async read(key: string, name: string, start: number, end: number): Promise<Bytes> {
    if (!this.spilled.has(key)) return this.disk.read(key, name, start, end);
    const edge = await this.disk.size(key, name);
    return joined(
      start < edge ? await this.disk.read(key, name, start, Math.min(end, edge)) : new Uint8Array(0),
      end > edge ? await this.memory.read(key, name, Math.max(0, start - edge), end - edge) : new Uint8Array(0),
    );
  }

  async append(key: string, name: string): Promise<Appender> {
    const over = await this.memory.append(key, name);
    let disk: Appender;
    try {
      disk = await this.disk.append(key, name);
    } catch (error) {
      if (!isQuotaError(error)) throw error;
      this.spill(key);
      return over;
    }
    return {
      get size() {
        return disk.size + over.size;
      },
      write: async (bytes) => {
        if (this.spilled.has(key)) return over.write(bytes);
        const before = disk.size;
        try {
          await disk.write(bytes);
        } catch (error) {
          if (!isQuotaError(error)) throw error;
          this.spill(key);
          // The disk may have taken a part.
          const count = disk.size - before;
          await over.write(await disk.takeUnstored());
          await over.write(bytes.subarray(count));
        }
      },
      read: async (start, end) =>
        joined(
          start < disk.size ? await disk.read(start, Math.min(end, disk.size)) : new Uint8Array(0),
          end > disk.size ? await over.read(Math.max(0, start - disk.size), end - disk.size) : new Uint8Array(0),
        ),
      truncate: async (size) => {
        await over.truncate(Math.max(0, size - disk.size));
        if (size < disk.size) await disk.truncate(size);
      },
      flush: async () => {
        if (!this.spilled.has(key)) await disk.flush();
      },
      takeUnstored: async () => new Uint8Array(0),
      close: async () => {
        try {
          await disk.close();
        } catch (error) {
          if (!isQuotaError(error)) throw error;
          this.spill(key);
          await over.write(await disk.takeUnstored());
        }
      },
    };
  }

  async removeFile(key: string, name: string): Promise<void> {
    await this.memory.removeFile(key, name);
    await this.disk.removeFile(key, name);
  }

  async removeModel(key: string): Promise<void> {
    await this.memory.removeModel(key);
    await this.disk.removeModel(key);
    this.spilled.delete(key);
  }

  private spill(key: string): void {
    if (this.spilled.has(key)) return;
    this.spilled.add(key);
    this.onfull(key);
  }
}

function joined(first: Bytes, second: Bytes): Bytes {
  if (second.length === 0) return first;
  if (first.length === 0) return second;
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
