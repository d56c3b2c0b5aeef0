// For tests only: as much of the browser's two storages as the stores use.

import { quotaError } from './testing';

/** A Cache that holds entries in a map; `room` limits the bytes of bodies. */
export class FakeCache {
  readonly entries = new Map<string, Uint8Array>();
  room = Number.POSITIVE_INFINITY;

  async match(address: string): Promise<Response | undefined> {
    const bytes = this.entries.get(address);
    return bytes && new Response(bytes.slice());
  }

  async put(address: string, response: Response): Promise<void> {
    const bytes = new Uint8Array(await response.arrayBuffer());
    let used = bytes.length;
    for (const [other, bytes] of this.entries) if (other !== address) used += bytes.length;
    if (used > this.room) throw quotaError();
    this.entries.set(address, bytes);
  }

  async delete(address: string | Request): Promise<boolean> {
    return this.entries.delete(typeof address === 'string' ? address : address.url);
  }

  async keys(): Promise<Request[]> {
    return [...this.entries.keys()].map((url) => new Request(url));
  }
}

export function fakeCaches(cache = new FakeCache()): CacheStorage {
  return { open: async () => cache } as unknown as CacheStorage;
}

type Node = FakeFolder | FakeFile;

export class FakeFile {
  readonly kind = 'file';
  bytes = new Uint8Array(0);
  locked = false;
  /** Bytes that one write takes at most; 0 is a full disk that says nothing. */
  appetite = Number.POSITIVE_INFINITY;

  async getFile(): Promise<File> {
    return new File([this.bytes], 'file');
  }

  async createSyncAccessHandle(): Promise<object> {
    if (this.locked) throw new DOMException('locked', 'NoModificationAllowedError');
    this.locked = true;
    return {
      read: (into: Uint8Array, { at }: { at: number }) => {
        const part = this.bytes.subarray(at, at + into.length);
        into.set(part);
        return part.length;
      },
      write: (from: Uint8Array, { at }: { at: number }) => {
        const part = from.subarray(0, this.appetite);
        if (at + part.length > this.bytes.length) {
          const grown = new Uint8Array(at + part.length);
          grown.set(this.bytes);
          this.bytes = grown;
        }
        this.bytes.set(part, at);
        return part.length;
      },
      truncate: (size: number) => {
        this.bytes = this.bytes.slice(0, size);
      },
      getSize: () => this.bytes.length,
      flush: () => undefined,
      close: () => {
        this.locked = false;
      },
    };
  }
}

export class FakeFolder {
  readonly kind = 'directory';
  readonly children = new Map<string, Node>();

  async getDirectoryHandle(name: string, options?: { create?: boolean }): Promise<FakeFolder> {
    return this.child(name, options, () => new FakeFolder()) as FakeFolder;
  }

  async getFileHandle(name: string, options?: { create?: boolean }): Promise<FakeFile> {
    return this.child(name, options, () => new FakeFile()) as FakeFile;
  }

  async removeEntry(name: string): Promise<void> {
    const child = this.children.get(name);
    if (!child) throw new DOMException('missing', 'NotFoundError');
    const files = child instanceof FakeFolder ? [...child.children.values()] : [child];
    if (files.some((file) => file instanceof FakeFile && file.locked)) {
      throw new DOMException('locked', 'NoModificationAllowedError');
    }
    this.children.delete(name);
  }

  async *entries(): AsyncGenerator<[string, Node]> {
    yield* this.children;
  }

  private child(name: string, options: { create?: boolean } | undefined, make: () => Node): Node {
    const found = this.children.get(name) ?? (options?.create ? make() : undefined);
    if (!found) throw new DOMException('missing', 'NotFoundError');
    this.children.set(name, found);
    return found;
  }
}

export function fakeStorage(root = new FakeFolder()): StorageManager {
  return { getDirectory: async () => root } as unknown as StorageManager;
}
