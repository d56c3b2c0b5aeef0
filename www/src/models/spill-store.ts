// A store that goes on in memory when the disk is full, or loses what it is given. What is on the disk stays there and is
// read from there, so that only the rest takes memory; the record on the disk keeps saying how far the disk got, and the
// next visit goes on from it.

import { MemoryStore } from './memory';
import type { ModelRecord } from './model-record';
import { isQuotaError, type Appender, type Bytes, type FileStore } from './store';

export class SpillStore implements FileStore {
  /** Models of which a part is in memory only. */
  private readonly spilled = new Set<string>();
  /** Files that the disk has lost; it is not asked for them again. */
  private readonly lost = new Set<string>();

  constructor(
    private readonly disk: FileStore,
    /** Told once per model: the disk is full, or it has lost a file. */
    private readonly onspill: (key: string, why: 'full' | 'lost') => void,
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
        this.spill(record.key, 'full');
      }
    }
    await this.memory.writeRecord(record);
  }

  async size(key: string, name: string): Promise<number> {
    return (await this.sizeOnDisk(key, name)) + (await this.memory.size(key, name));
  }

  async read(key: string, name: string, start: number, end: number): Promise<Bytes> {
    if (!this.spilled.has(key)) return this.disk.read(key, name, start, end);
    const edge = await this.sizeOnDisk(key, name);
    return joined(
      start < edge ? await this.disk.read(key, name, start, Math.min(end, edge)) : new Uint8Array(0),
      end > edge ? await this.memory.read(key, name, Math.max(0, start - edge), end - edge) : new Uint8Array(0),
    );
  }

  async append(key: string, name: string): Promise<Appender> {
    const over = await this.memory.append(key, name);
    if (this.lost.has(pathOf(key, name))) return over;
    let disk: Appender;
    try {
      disk = await this.disk.append(key, name);
    } catch (error) {
      if (!isQuotaError(error)) throw error;
      this.spill(key, 'full');
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
          this.spill(key, 'full');
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
          this.spill(key, 'full');
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
    for (const path of this.lost) if (path.startsWith(pathOf(key, ''))) this.lost.delete(path);
  }

  async distrust(key: string, name: string): Promise<void> {
    this.lost.add(pathOf(key, name));
    this.spill(key, 'lost');
  }

  private async sizeOnDisk(key: string, name: string): Promise<number> {
    return this.lost.has(pathOf(key, name)) ? 0 : this.disk.size(key, name);
  }

  private spill(key: string, why: 'full' | 'lost'): void {
    if (this.spilled.has(key)) return;
    this.spilled.add(key);
    this.onspill(key, why);
  }
}

function pathOf(key: string, name: string): string {
  return `${key}/${name}`;
}

function joined(first: Bytes, second: Bytes): Bytes {
  if (second.length === 0) return first;
  if (first.length === 0) return second;
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
