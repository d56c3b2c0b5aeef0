// Model files in the origin private file system: one folder per model. Writing goes through synchronous access handles,
// which exist in workers only and write in place; reading goes through File objects, which need no lock and work on the
// page too.

import { EngineError } from '../engine/errors';
import { parseRecord, type ModelRecord } from './model-record';
import { isMissing, type Appender, type Bytes, type FileStore } from './store';

const FOLDER = 'tempo-models';
// Written in turns: when the tab dies in the middle of one, the other still stands. File names cannot begin with "_".
const RECORDS = ['_record-0.json', '_record-1.json'] as const;

/** Not in TypeScript's page library, because only workers have it. */
interface SyncAccessHandle {
  read(into: Uint8Array, options: { at: number }): number;
  write(bytes: Uint8Array, options: { at: number }): number;
  truncate(size: number): void | Promise<void>;
  getSize(): number | Promise<number>;
  flush(): void | Promise<void>;
  close(): void | Promise<void>;
}

interface WritableFile extends FileSystemFileHandle {
  createSyncAccessHandle?(): Promise<SyncAccessHandle>;
}

export class OpfsStore implements FileStore {
  readonly kind = 'opfs';

  private constructor(private readonly root: FileSystemDirectoryHandle) {}

  /** null where the browser has no such file system, or refuses it (private windows, no TLS). */
  static async open(storage: StorageManager | undefined): Promise<OpfsStore | null> {
    try {
      const top = await storage?.getDirectory?.();
      return top ? new OpfsStore(await top.getDirectoryHandle(FOLDER, { create: true })) : null;
    } catch {
      return null;
    }
  }

  /** Whether files can be written here; asked in the worker, before anything is fetched. */
  async writable(): Promise<boolean> {
    try {
      await (await this.access(this.root, '_probe')).close();
      return true;
    } catch {
      return false;
    } finally {
      // Where there are no access handles the file is made all the same.
      await this.root.removeEntry('_probe').catch(() => undefined);
    }
  }

  async keys(): Promise<string[]> {
    const keys: string[] = [];
    for await (const [name, entry] of this.root.entries()) if (entry.kind === 'directory') keys.push(name);
    return keys;
  }

  async readRecord(key: string): Promise<ModelRecord | null> {
    let newest: ModelRecord | null = null;
    for (const name of RECORDS) {
      const file = await this.file(key, name);
      // One that is written meanwhile, by the worker or another tab, cannot be read; the other one stands.
      const text = await file?.text().catch(() => null);
      const record = text ? parseRecord(text, key) : null;
      if (record && (!newest || record.serial > newest.serial)) newest = record;
    }
    return newest;
  }

  async writeRecord(record: ModelRecord): Promise<void> {
    const folder = await this.root.getDirectoryHandle(record.key, { create: true });
    const handle = await this.access(folder, RECORDS[record.serial % 2 === 0 ? 0 : 1]);
    try {
      const bytes = new TextEncoder().encode(JSON.stringify(record));
      writeAll(handle, bytes, 0);
      await handle.truncate(bytes.length);
      await handle.flush();
    } finally {
      await handle.close();
    }
  }

  async size(key: string, name: string): Promise<number> {
    return (await this.file(key, name))?.size ?? 0;
  }

  async read(key: string, name: string, start: number, end: number): Promise<Bytes> {
    const file = await this.file(key, name);
    return file ? new Uint8Array(await file.slice(start, end).arrayBuffer()) : new Uint8Array(0);
  }

  async append(key: string, name: string): Promise<Appender> {
    const folder = await this.root.getDirectoryHandle(key, { create: true });
    const handle = await this.access(folder, name);
    let size = await handle.getSize();
    return {
      get size() {
        return size;
      },
      async write(bytes) {
        try {
          writeAll(handle, bytes, size);
        } finally {
          // After an error too: a part may have been written.
          size = await handle.getSize();
        }
      },
      async read(start, end) {
        const bytes = new Uint8Array(Math.max(0, Math.min(end, size) - start));
        const count = handle.read(bytes, { at: start });
        return bytes.subarray(0, count);
      },
      async truncate(to) {
        await handle.truncate(to);
        size = await handle.getSize();
      },
      flush: async () => handle.flush(),
      takeUnstored: async () => new Uint8Array(0),
      close: async () => handle.close(),
    };
  }

  async removeFile(key: string, name: string): Promise<void> {
    try {
      await (await this.root.getDirectoryHandle(key)).removeEntry(name);
    } catch (error) {
      if (!isMissing(error)) throw locked(error, name);
    }
  }

  async removeModel(key: string): Promise<void> {
    try {
      await this.root.removeEntry(key, { recursive: true });
    } catch (error) {
      if (!isMissing(error)) throw locked(error, key);
    }
  }

  private async file(key: string, name: string): Promise<File | null> {
    try {
      const folder = await this.root.getDirectoryHandle(key);
      return await (await folder.getFileHandle(name)).getFile();
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  private async access(folder: FileSystemDirectoryHandle, name: string): Promise<SyncAccessHandle> {
    const handle: WritableFile = await folder.getFileHandle(name, { create: true });
    if (!handle.createSyncAccessHandle) throw new EngineError('storage', 'files can be written in a worker only');
    try {
      return await handle.createSyncAccessHandle();
    } catch (error) {
      throw locked(error, name);
    }
  }
}

function writeAll(handle: SyncAccessHandle, bytes: Uint8Array, at: number): void {
  for (let done = 0; done < bytes.length;) {
    const count = handle.write(bytes.subarray(done), { at: at + done });
    // Some browsers write what fits and say nothing.
    if (count <= 0) throw new DOMException('the disk took no more bytes', 'QuotaExceededError');
    done += count;
  }
}

function locked(error: unknown, file: string): unknown {
  const name = error instanceof Error ? error.name : '';
  if (name !== 'NoModificationAllowedError' && name !== 'InvalidStateError') return error;
  return new EngineError('busy', `${file} is in use by a download; stop it, or close the other tab`, {
    file,
    cause: error,
  });
}
