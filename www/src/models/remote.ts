// A file that can be read from any byte on: of a server, or of this computer.

import { readAhead } from './read-ahead';
import {
  aborted,
  request,
  NetworkFailure,
  contentLength,
  contentRange,
  isPage,
  isPassing,
  pageError,
  StallTimeout,
  statusError,
  validator,
  type Net,
} from './http';
import type { Bytes } from './store';

/** The rest of a file, as the server gives it. */
export interface RemoteAnswer {
  /** Where the body begins: as asked, or 0 when the server begins anew. */
  from: number;
  /** The length of the whole file; null when the server does not tell. */
  total: number | null;
  /** Whether that is the length of the file for certain, and not perhaps of a packed body. */
  isLengthExact: boolean;
  validator: string | null;
  body: AsyncIterable<Bytes>;
}

/** The asked part does not exist: the file is not longer than that. */
export interface PastEnd {
  from: null;
  total: number | null;
}

export interface RemoteFile {
  name: string;
  /** The published length; a server that says otherwise has another file. */
  bytes: number | null;
  /** A length for the progress bar, true unless the server packed its answer. */
  estimate: number | null;
  /** The published sha-256. */
  sha256: string | null;
  /** The rest of the file, or of it what lies before `to`; a server may send more. */
  open(from: number, etag: string | null, signal: AbortSignal, to?: number): Promise<RemoteAnswer | PastEnd>;
  /** What to say after the last try; `readable`: it was read before, so that CORS is not what is missing. */
  unreachable(readable: boolean): Promise<Error>;
}

export async function openUrl(
  net: Net,
  url: string,
  file: string,
  from: number,
  etag: string | null,
  signal: AbortSignal,
  to?: number,
): Promise<RemoteAnswer | PastEnd> {
  // A range is asked for from the first byte on: it makes the browser ask for the bytes as they are, not packed.
  const headers: Record<string, string> = { Range: `bytes=${from}-${to === undefined ? '' : to - 1}` };
  // Across origins If-Range would need the server's permission first; the ETag of the answer is compared instead.
  const strong = etag !== null && etag.startsWith('"');
  if (from > 0 && strong && new URL(url).origin === new URL(net.base).origin) headers['If-Range'] = etag;

  const stall = new StallTimeout(signal);
  const response = await request(net, url, { headers }, stall, file);
  const range = contentRange(response.headers);

  if (response.status === 206) {
    // The length of a part says nothing about the whole.
    const length = to === undefined ? contentLength(response.headers) : null;
    const start = range?.start ?? from;
    const total = range?.total ?? (length === null ? null : start + length);
    const facts = { total, isLengthExact: range !== null, validator: validator(response.headers) };
    return { from: start, ...facts, body: readAhead(response, stall, file) };
  }
  if (response.status === 200 && !isPage(response.headers)) {
    const facts = {
      total: contentLength(response.headers),
      isLengthExact: false,
      validator: validator(response.headers),
    };
    return { from: 0, ...facts, body: readAhead(response, stall, file) };
  }
  stall.clear();
  await response.body?.cancel().catch(() => undefined);
  if (response.status === 416) return { from: null, total: range?.total ?? null };
  if (response.status === 200) throw pageError(url, file);
  const error = statusError(url, response.status, file);
  throw isPassing(response.status) ? new NetworkFailure(`status ${response.status}`, { cause: error }) : error;
}

/** A file of this computer, read like a server that always answers. */
export function localFile(file: File, name: string): RemoteFile {
  return {
    name,
    bytes: file.size,
    estimate: file.size,
    sha256: null,
    open: async (from, _etag, signal) =>
      from >= file.size
        ? { from: null, total: file.size }
        : {
            from,
            total: file.size,
            isLengthExact: true,
            validator: `modified ${file.lastModified}`,
            body: slices(file, from, signal),
          },
    unreachable: async () => new Error(`${file.name} cannot be read`),
  };
}

async function* slices(file: File, from: number, signal: AbortSignal): AsyncGenerator<Bytes> {
  const size = 1024 * 1024;
  for (let at = from; at < file.size; at += size) {
    if (signal.aborted) throw aborted(file.name);
    try {
      yield new Uint8Array(await file.slice(at, at + size).arrayBuffer());
    } catch (error) {
      throw new NetworkFailure(`${file.name} changed or was removed`, { cause: error });
    }
  }
}
