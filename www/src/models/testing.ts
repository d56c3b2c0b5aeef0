// For tests only: a server that can be made to misbehave, and a disk that can be full.

import { createHash } from 'node:crypto';
import { modelFiles } from '../engine/fake-tempo';
import type { Net } from './http';
import { MemoryStore } from './memory';
import type { Appender, Bytes } from './store';

export interface Served {
  bytes: Bytes;
  etag?: string | null;
}

/** What goes wrong with one request, in the order in which requests come. */
export interface Fault {
  /** Cut the body after so many bytes, by an error or by a clean end. */
  cut?: number;
  clean?: boolean;
  /** No answer at all. */
  refuse?: boolean;
  status?: number;
  headers?: Record<string, string | null>;
  /** Answer 200 with the whole file. */
  ignoreRange?: boolean;
  /** Bytes sent beyond the end. */
  extra?: number;
}

export class FakeServer implements Net {
  readonly base = 'https://page.example/app/';
  readonly modelFiles = modelFiles;
  embedded: Net['embedded'] = {};
  readonly files = new Map<string, Served>();
  readonly json = new Map<string, unknown>();
  /** Answers to requests that match, then to all. */
  faults: Fault[] = [];
  /** Whether ranges are honoured at all. */
  ranges = true;
  /** Headers that the page may see; null means all. */
  exposed: string[] | null = null;
  isOnline = true;
  chunk = 37;
  /** A pause before every chunk, like a network makes it. */
  slow = false;
  /** Bytes of bodies that were handed out, by address. */
  readonly served = new Map<string, number>();
  readonly requests: { url: string; method: string; headers: Headers }[] = [];
  readonly slept: number[] = [];
  onrequest: ((count: number) => void) | null = null;

  online(): boolean {
    return this.isOnline;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    this.slept.push(ms);
    if (signal.aborted) throw new DOMException('stopped', 'AbortError');
  }

  total(): number {
    return [...this.served.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  put(url: string, bytes: Bytes, etag: string | null = `"${sha256(bytes).slice(0, 8)}"`): void {
    this.files.set(url, { bytes, etag });
  }

  async fetch(url: string, init: RequestInit): Promise<Response> {
    const method = init.method ?? 'GET';
    const headers = new Headers(init.headers);
    this.requests.push({ url, method, headers });
    this.onrequest?.(this.requests.length);
    init.signal?.throwIfAborted();
    const fault = method === 'GET' ? (this.faults.shift() ?? {}) : {};
    if (fault.refuse) throw new TypeError('fetch failed');
    if (fault.status) return new Response('no', { status: fault.status });
    const json = this.json.get(url);
    if (json !== undefined) return Response.json(json);
    const file = this.files.get(url);
    if (!file) return new Response('not here', { status: 404 });

    const { bytes } = file;
    const etag = file.etag ?? null;
    const range = /^bytes=(\d+)-(\d*)$/.exec(headers.get('range') ?? '');
    const condition = headers.get('if-range');
    const partial = this.ranges && !fault.ignoreRange && range !== null && (condition === null || condition === etag);
    const from = partial ? Number(range[1]) : 0;
    const stop = partial && range[2] ? Number(range[2]) + 1 : bytes.length;
    const answer: Record<string, string | null> = { 'content-length': String(stop - from), etag };
    let status = 200;
    if (partial && from >= bytes.length) {
      status = 416;
      answer['content-range'] = `bytes */${bytes.length}`;
    } else if (partial) {
      status = 206;
      answer['content-range'] = `bytes ${from}-${stop - 1}/${bytes.length}`;
    }
    Object.assign(answer, fault.headers);
    const shown = new Headers();
    for (const [name, value] of Object.entries(answer)) {
      if (value !== null && (this.exposed === null || this.exposed.includes(name))) shown.set(name, value);
    }
    if (method === 'HEAD' || status === 416) return new Response(null, { status, headers: shown });
    return new Response(this.body(url, bytes.subarray(from, stop), fault, init.signal ?? undefined), {
      status,
      headers: shown,
    });
  }

  private body(url: string, bytes: Bytes, fault: Fault, signal: AbortSignal | undefined): ReadableStream<Bytes> {
    const { chunk, served, slow } = this;
    const whole = fault.extra ? new Uint8Array([...bytes, ...new Uint8Array(fault.extra)]) : bytes;
    const end = Math.min(whole.length, fault.cut ?? whole.length);
    let at = 0;
    return new ReadableStream<Bytes>(
      {
        async pull(controller) {
          // Long enough for what a chunk brings about to be over before the next one comes.
          if (slow) await new Promise((resolve) => setTimeout(resolve, 20));
          if (signal?.aborted) return controller.error(signal.reason);
          if (at < end) {
            const part = whole.slice(at, Math.min(end, at + chunk));
            at += part.length;
            served.set(url, (served.get(url) ?? 0) + part.length);
            return controller.enqueue(part);
          }
          if (fault.cut !== undefined && !fault.clean && fault.cut <= whole.length) {
            return controller.error(new TypeError('network error'));
          }
          controller.close();
        },
      },
      { highWaterMark: 0 },
    );
  }
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Bytes that look random and are the same every time. */
export function noise(length: number, seed = 1): Bytes {
  const bytes = new Uint8Array(length);
  const next = random(seed);
  for (let at = 0; at < length; at++) bytes[at] = Math.floor(next() * 256);
  return bytes;
}

/** mulberry32 */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function quotaError(): Error {
  return new DOMException('full', 'QuotaExceededError');
}

/** A disk of limited size, which like a real one may take a part of a write before it says no. */
export class SmallDisk extends MemoryStore {
  override readonly kind = 'opfs';
  used = 0;
  constructor(
    readonly room: number,
    private readonly partial = true,
  ) {
    super();
  }

  override async append(key: string, name: string): Promise<Appender> {
    const inner = await super.append(key, name);
    const take = (bytes: number): void => {
      this.used += bytes;
    };
    return {
      get size() {
        return inner.size;
      },
      write: async (bytes) => {
        const room = this.room - this.used;
        if (bytes.length <= room) {
          take(bytes.length);
          return inner.write(bytes);
        }
        if (this.partial && room > 0) {
          take(room);
          await inner.write(bytes.subarray(0, room));
        }
        throw quotaError();
      },
      read: (start, end) => inner.read(start, end),
      truncate: async (size) => {
        take(-Math.max(0, inner.size - size));
        return inner.truncate(size);
      },
      flush: () => inner.flush(),
      takeUnstored: () => inner.takeUnstored(),
      close: () => inner.close(),
    };
  }
}

/** A disk that takes everything and loses files when they are closed, as the caches of some private windows do. */
export class LosingDisk extends MemoryStore {
  override readonly kind = 'cache';

  constructor(private readonly loses: RegExp) {
    super();
  }

  override async append(key: string, name: string): Promise<Appender> {
    const inner = await super.append(key, name);
    const lose = (): Promise<void> => (this.loses.test(name) ? this.removeFile(key, name) : Promise.resolve());
    return {
      get size() {
        return inner.size;
      },
      write: (bytes) => inner.write(bytes),
      read: (start, end) => inner.read(start, end),
      truncate: (size) => inner.truncate(size),
      flush: () => inner.flush(),
      takeUnstored: () => inner.takeUnstored(),
      close: lose,
    };
  }
}
