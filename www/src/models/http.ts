// Requests to servers of models: what the headers say, and in which words a failure is told.

import { EngineError } from '../engine/errors';

/** What fetching needs from outside; tests give their own. */
export interface Net {
  fetch(url: string, init: RequestInit): Promise<Response>;
  /** False when the browser knows that there is no network. */
  online(): boolean;
  /** The page's address: ./models/ is relative to it. */
  base: string;
  /** Rejects when the signal fires. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Which files are a model, asked and answered in JSON: see rule.ts. */
  modelFiles(question: string): string;
  /** The models that are served beside the page. */
  embedded: Readonly<Record<string, Manifest>>;
}

/** What the build wrote down about an embedded model. */
export interface Manifest {
  files: readonly { name: string; bytes: number; sha256: string }[];
}

/** A network failure: no answer at all, or one that broke off. Worth another try. */
export class NetworkFailure extends Error {
  override readonly name = 'NetworkFailure';
}

/** `bytes 200-999/1000`, `bytes 0-0/*`, `bytes * /1000`; null when absent, hidden by CORS or not of this form. */
export function contentRange(
  headers: Headers,
): { start: number | null; end: number | null; total: number | null } | null {
  const match = /^bytes (?:(\d{1,15})-(\d{1,15})|\*)\/(?:(\d{1,15})|\*)$/.exec(
    headers.get('content-range')?.trim() ?? '',
  );
  if (!match) return null;
  const number = (text: string | undefined): number | null => (text === undefined ? null : Number(text));
  return { start: number(match[1]), end: number(match[2]), total: number(match[3]) };
}

export function contentLength(headers: Headers): number | null {
  // The length of a packed body says nothing about the file.
  const packed = headers.get('content-encoding');
  if (packed !== null && packed !== 'identity') return null;
  const text = headers.get('content-length')?.trim() ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/** A web page: what a site for people answers for everything that is not there. */
export function isPage(headers: Headers): boolean {
  return /^\s*text\/html\b/i.test(headers.get('content-type') ?? '');
}

/** What tells two versions of a file apart. Last-Modified is readable across origins, ETag where the server exposes it. */
export function validator(headers: Headers): string | null {
  return headers.get('etag') ?? headers.get('last-modified');
}

/** The published sha-256 of a hub file. Only this header: the plain ETag of its storage has 64 digits too, of another hash. */
export function linkedSha256(headers: Headers): string | null {
  return /^(?:W\/)?"?([0-9a-f]{64})"?$/.exec(headers.get('x-linked-etag') ?? '')?.[1] ?? null;
}

/** Without a byte for this long a connection counts as broken. */
export const STALL_MS = 30_000;

/** A signal that the one from outside aborts, and silence too. */
export class StallTimeout {
  private readonly controller = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly pass = (): void => this.controller.abort();

  constructor(private readonly outer: AbortSignal) {
    if (outer.aborted) this.pass();
    outer.addEventListener('abort', this.pass, { once: true });
    this.reset();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Something arrived. */
  reset(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.pass, STALL_MS);
  }

  clear(): void {
    clearTimeout(this.timer);
    this.outer.removeEventListener('abort', this.pass);
  }

  /** What a failed fetch, or a failed read of its body, means. */
  failure(error: unknown, file: string): Error {
    if (this.outer.aborted) return aborted(file);
    return new NetworkFailure(this.signal.aborted ? 'silence' : error instanceof Error ? error.message : 'cut', {
      cause: error,
    });
  }
}

/** One request. Throws 'aborted' or NetworkFailure; statuses are the caller's business. */
export async function request(
  net: Net,
  url: string,
  init: RequestInit,
  stall: StallTimeout,
  file: string,
): Promise<Response> {
  try {
    // no-store: the files have a home already, the browser's cache shall not keep a second copy.
    return await net.fetch(url, { cache: 'no-store', referrerPolicy: 'no-referrer', ...init, signal: stall.signal });
  } catch (error) {
    stall.clear();
    throw stall.failure(error, file);
  }
}

/** Runs something that may break, three times more; `fresh` tells whether it got anywhere since the last time. */
export async function retry<T>(
  net: Net,
  signal: AbortSignal,
  work: () => Promise<T>,
  giveUp: () => Promise<Error>,
  fresh: () => boolean = () => false,
  onretry: () => void = () => undefined,
): Promise<T> {
  for (let failures = 0; ;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof NetworkFailure)) throw error;
      if (fresh()) failures = 0;
      const pause = BACK_OFF_MS[failures++];
      if (pause === undefined) throw error.cause instanceof EngineError ? error.cause : await giveUp();
      onretry();
      await net.sleep(pause, signal);
    }
  }
}

const BACK_OFF_MS = [500, 1500, 4000];

export function aborted(file: string): EngineError {
  return new EngineError('aborted', `${file}: stopped; load again to go on from here`, { file });
}

/** Statuses that another try may cure. */
export function isPassing(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

export function statusError(url: string, status: number, file: string): EngineError {
  const { host } = new URL(url);
  const hub = host === 'huggingface.co';
  let why: string;
  if (status === 404 || status === 410) {
    why = hub
      ? 'is not in this repository; check its name and revision'
      : `is not at this address; check the address, or put the file there`;
  } else if (status === 401 || status === 403) {
    why = hub
      ? 'is gated or private, or the repository does not exist; check the name, or download the files yourself and drop them here'
      : `may not be read without signing in; download the files yourself and drop them here`;
  } else if (status === 429) {
    why = 'was asked for too often; wait some minutes and load again';
  } else {
    why = `could not be fetched; load again later`;
  }
  return new EngineError('http', `${file} ${why} (${host} answered ${status})`, { file, status });
}

export function pageError(url: string, file: string): EngineError {
  const { host } = new URL(url);
  const message = `${file}: ${host} answers with a web page instead; check the address, or put the file there`;
  return new EngineError('source', message, { file });
}

/** After the last try: no network, no server, or a server that keeps pages of other origins out? */
export async function unreachable(net: Net, url: string, file: string, readable = false): Promise<EngineError> {
  const { host, origin, protocol, hostname } = new URL(url);
  const page = new URL(net.base);
  const again = 'load again; what has arrived is kept';
  if (!net.online()) return new EngineError('offline', `${file}: there is no network; ${again}`, { file });
  if (page.protocol === 'https:' && protocol === 'http:' && !/^(localhost|127\.|\[::1\])/.test(hostname)) {
    const message = `${file}: this page is served over https and may not read ${host} over http; serve the files over https, or drop them here`;
    return new EngineError('cors', message, { file });
  }
  if (origin !== page.origin && !readable) {
    try {
      // A request whose answer stays hidden needs no permission: when this one works, the permission was missing.
      await net.fetch(url, { method: 'HEAD', mode: 'no-cors', cache: 'no-store', referrerPolicy: 'no-referrer' });
      const message = `${file}: ${host} does not allow other pages to read its files (no Access-Control-Allow-Origin); download the files yourself and drop them here`;
      return new EngineError('cors', message, { file });
    } catch {
      // Falls through: no answer either.
    }
  }
  return new EngineError('offline', `${file}: ${host} does not answer; check the network, then ${again}`, { file });
}
