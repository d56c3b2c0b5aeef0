// The one error of the engine: a closed code for programs, a sentence for people that names the thing and the way out.

import type { ErrorCode } from '../contract';

/** What can fail outside the wasm package. */
export type PageErrorCode =
  | 'start' // the worker or the wasm file could not be loaded
  | 'worker-lost' // the worker was killed or does not answer
  | 'closed' // close() was called while the call was under way
  | 'busy' // a call that cannot run beside the one under way
  | 'offline' // no server answered
  | 'http' // a server answered with a status; see `status`
  | 'cors' // the server does not allow pages of other origins to read it
  | 'hash' // a file is not the one that was published or stored
  | 'short' // a file ended too early, again and again
  | 'changed' // a file changed on the server, again and again
  | 'aborted' // the visitor stopped it
  | 'storage-quota' // no room to keep the files
  | 'storage' // the browser's storage failed in another way
  | 'address' // a repository name or an address that cannot be used
  | 'files' // the chosen files are not a model
  | 'internal'; // a mistake in this page's own code

export type EngineErrorCode = ErrorCode | PageErrorCode;

/** An EngineError as it crosses from the worker to the page. */
export interface ErrorData {
  code: EngineErrorCode;
  message: string;
  file?: string;
  status?: number;
}

export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly code: EngineErrorCode;
  /** The file it is about. */
  readonly file: string | null;
  /** The HTTP status, when a server gave one. */
  readonly status: number | null;

  constructor(code: EngineErrorCode, message: string, facts: { file?: string; status?: number; cause?: unknown } = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.file = facts.file ?? null;
    this.status = facts.status ?? null;
  }

  /** The plain object that structured cloning carries. */
  data(): ErrorData {
    const data: ErrorData = { code: this.code, message: this.message };
    if (this.file !== null) data.file = this.file;
    if (this.status !== null) data.status = this.status;
    return data;
  }

  static from(data: ErrorData): EngineError {
    return new EngineError(data.code, data.message, data);
  }
}
