// The two questions that are asked about files before they are fetched: a list in JSON, and the headers of one.

import { EngineError } from '../engine/errors';
import {
  request,
  NetworkFailure,
  contentLength,
  contentRange,
  isPage,
  isPassing,
  linkedSha256,
  pageError,
  StallTimeout,
  retry,
  statusError,
  unreachable,
  type Net,
} from './http';

export function property(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

export async function getJson(net: Net, url: string, file: string, signal: AbortSignal): Promise<unknown> {
  const get = async (): Promise<unknown> => {
    const stall = new StallTimeout(signal);
    const response = await request(net, url, { cache: 'no-cache' }, stall, file);
    try {
      if (!response.ok) throw passing(statusError(url, response.status, file));
      return (await response.json()) as unknown;
    } catch (error) {
      if (error instanceof SyntaxError)
        throw new EngineError('source', `the answer for ${file} is no JSON; load again later`, { file });
      throw error instanceof EngineError || error instanceof NetworkFailure ? error : stall.failure(error, file);
    } finally {
      stall.clear();
    }
  };
  return retry(net, signal, get, () => unreachable(net, url, file));
}

/** What some servers answer to a HEAD though they have the file: they know none, or signed an address for GET alone. */
const NO_HEAD: readonly number[] = [400, 401, 403, 405, 501];

/** Whether a file is there, and what its server says of it; null for 404. */
export async function headOf(
  net: Net,
  url: string,
  file: string,
  signal: AbortSignal,
): Promise<{ bytes: number | null; sha256: string | null; revision: string | null } | null> {
  const send = async (init: RequestInit): Promise<Response> => {
    const stall = new StallTimeout(signal);
    const response = await request(net, url, init, stall, file);
    stall.clear();
    await response.body?.cancel().catch(() => undefined);
    return response;
  };
  const look = async (): Promise<Response> => {
    const response = await send({ method: 'HEAD' });
    // One byte tells as much.
    const refused = NO_HEAD.includes(response.status);
    const answer = refused ? await send({ headers: { Range: 'bytes=0-0' } }) : response;
    if (answer.ok && isPage(answer.headers)) throw pageError(url, file);
    if (!answer.ok && answer.status !== 404 && answer.status !== 410 && answer.status !== 416) {
      throw passing(statusError(url, answer.status, file));
    }
    return answer;
  };
  const response = await retry(net, signal, look, () => unreachable(net, url, file));
  if (response.status === 404 || response.status === 410) return null;
  const { headers } = response;
  const linked = Number(headers.get('x-linked-size') ?? Number.NaN);
  const length = response.status === 200 ? contentLength(headers) : (contentRange(headers)?.total ?? null);
  return {
    bytes: Number.isSafeInteger(linked) ? linked : length,
    sha256: linkedSha256(headers),
    revision: /^[0-9a-f]{40}$/.exec(headers.get('x-repo-commit') ?? '')?.[0] ?? null,
  };
}

/** Wraps a status that another try may cure. */
function passing(error: EngineError): Error {
  return error.status !== null && isPassing(error.status) ? new NetworkFailure(error.message, { cause: error }) : error;
}
