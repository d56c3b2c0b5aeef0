// Model files in the Cache API, for browsers without a writable OPFS. Entries cannot grow, so a file is a row of
// pieces; the piece that is still growing is put when it is full or when the file is closed, hence at most one piece is
// lost when the tab dies.

import { PIECE_BYTES } from './hashes';
import { parseRecord, type ModelRecord } from './model-record';
import type { Appender, Bytes, FileStore } from './store';

/** The service worker clears caches of other names only. */
export const CACHE_NAME = 'tempo-models';

let held: Promise<Cache | null> | null = null;

/** For the page, before its worker starts: in a private window WebKit forgets a cache as soon as no page has it open, and
 *  a worker is no page. */
export function holdCache(caches: CacheStorage | undefined): void {
  held ??= caches?.open(CACHE_NAME).catch(() => null) ?? null;
}

export class CacheStore implements FileStore {
  readonly kind = 'cache';

  private constructor(
    private readonly cache: Cache,
    private readonly origin: string,
    private readonly piece: number,
  ) {}

  static async open(
    caches: CacheStorage | undefined,
    origin: string,
    piece: number = PIECE_BYTES,
  ): Promise<CacheStore | null> {
    try {
      return caches ? new CacheStore(await caches.open(CACHE_NAME), origin, piece) : null;
    } catch {
      return null;
    }
  }

  async keys(): Promise<string[]> {
    const paths = (await this.cache.keys()).map((request) => new URL(request.url).pathname);
    return [...new Set(paths.map((path) => decodeURIComponent(path.split('/')[2] ?? '')))].filter(Boolean);
  }

  async readRecord(key: string): Promise<ModelRecord | null> {
    const response = await this.cache.match(this.address(key, '_record'));
    return response ? parseRecord(await response.text(), key) : null;
  }

  async writeRecord(record: ModelRecord): Promise<void> {
    await this.cache.put(this.address(record.key, '_record'), new Response(JSON.stringify(record)));
  }

  async size(key: string, name: string): Promise<number> {
    const count = await this.count(key, name);
    if (count === 0) return 0;
    return (count - 1) * this.piece + (await this.get(key, name, count - 1)).length;
  }

  async read(key: string, name: string, start: number, end: number): Promise<Bytes> {
    const parts: Bytes[] = [];
    for (let at = start; at < end;) {
      const offset = at % this.piece;
      const part = (await this.get(key, name, (at - offset) / this.piece)).subarray(offset, offset + end - at);
      if (part.length === 0) break;
      parts.push(part);
      at += part.length;
    }
    return join(parts);
  }

  async append(key: string, name: string): Promise<Appender> {
    const { cache, piece } = this;
    let size = await this.size(key, name);
    let tail: Bytes = new Uint8Array(piece);
    const filled = (): number => size % piece;
    tail.set(await this.read(key, name, size - filled(), size));
    const put = (index: number, length: number): Promise<void> =>
      cache.put(this.address(key, name, index), new Response(tail.slice(0, length)));

    const read = async (start: number, end: number): Promise<Bytes> => {
      const edge = size - filled();
      const stop = Math.min(end, size);
      const stored = start < edge ? await this.read(key, name, start, Math.min(stop, edge)) : new Uint8Array(0);
      const rest = stop > edge ? tail.slice(Math.max(start, edge) - edge, stop - edge) : new Uint8Array(0);
      return join([stored, rest]);
    };

    return {
      get size() {
        return size;
      },
      write: async (bytes) => {
        for (let at = 0; at < bytes.length;) {
          const offset = filled();
          const part = bytes.subarray(at, at + piece - offset);
          tail.set(part, offset);
          // Put first, count then: a piece that did not fit has not arrived.
          if (offset + part.length === piece) await put((size - offset) / piece, piece);
          size += part.length;
          at += part.length;
        }
      },
      read,
      truncate: async (to) => {
        const keep = Math.min(to, size);
        const part = await read(keep - (keep % piece), keep);
        const count = await this.count(key, name);
        for (let index = Math.floor(keep / piece); index < count; index++) {
          await cache.delete(this.address(key, name, index));
        }
        size = keep;
        tail = new Uint8Array(piece);
        tail.set(part);
      },
      flush: async () => undefined,
      takeUnstored: async () => {
        const rest = tail.slice(0, filled());
        size -= rest.length;
        // An earlier visit may have put its beginning.
        await cache.delete(this.address(key, name, size / piece));
        return rest;
      },
      close: async () => {
        if (filled() > 0) await put((size - filled()) / piece, filled());
      },
    };
  }

  async removeFile(key: string, name: string): Promise<void> {
    const count = await this.count(key, name);
    for (let index = 0; index < count; index++) await this.cache.delete(this.address(key, name, index));
  }

  async removeModel(key: string): Promise<void> {
    const prefix = this.address(key, '');
    for (const request of await this.cache.keys()) {
      if (request.url.startsWith(prefix)) await this.cache.delete(request);
    }
  }

  /** Pieces of a file; they are numbered without gaps. */
  private async count(key: string, name: string): Promise<number> {
    let low = 0;
    let high = 1;
    const has = async (index: number): Promise<boolean> =>
      (await this.cache.match(this.address(key, name, index))) !== undefined;
    while (await has(high - 1)) [low, high] = [high, high * 2];
    // Piece low - 1 is there, piece high - 1 is not.
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (await has(middle - 1)) low = middle;
      else high = middle;
    }
    return low;
  }

  private async get(key: string, name: string, index: number): Promise<Bytes> {
    const response = await this.cache.match(this.address(key, name, index));
    return response ? new Uint8Array(await response.arrayBuffer()) : new Uint8Array(0);
  }

  private address(key: string, name: string, index?: number): string {
    const path = `/${CACHE_NAME}/${encodeURIComponent(key)}/${encodeURIComponent(name)}`;
    return new URL(index === undefined ? path : `${path}/${index}`, this.origin).href;
  }
}

function join(parts: Bytes[]): Bytes {
  const first = parts[0];
  if (first && parts.length === 1) return first;
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
