// What a place that keeps model files must be able to do. Three places exist: OPFS, the Cache API, memory.

import type { ModelRecord } from './model-record';

export type Bytes = Uint8Array<ArrayBuffer>;

/** A file that grows at its end. Its length is the count of bytes that have arrived, and nothing else counts them. */
export interface Appender {
  readonly size: number;
  write(bytes: Bytes): Promise<void>;
  read(start: number, end: number): Promise<Bytes>;
  truncate(size: number): Promise<void>;
  /** Everything written so far survives a crash of the machine. */
  flush(): Promise<void>;
  /** Hands out the end that is counted but held in memory only, and forgets it. Places that write at once have none. */
  takeUnstored(): Promise<Bytes>;
  close(): Promise<void>;
}

export interface FileStore {
  readonly kind: 'opfs' | 'cache' | 'memory';
  keys(): Promise<string[]>;
  readRecord(key: string): Promise<ModelRecord | null>;
  writeRecord(record: ModelRecord): Promise<void>;
  /** 0 for a file that is not there. */
  size(key: string, name: string): Promise<number>;
  read(key: string, name: string, start: number, end: number): Promise<Bytes>;
  append(key: string, name: string): Promise<Appender>;
  removeFile(key: string, name: string): Promise<void>;
  removeModel(key: string): Promise<void>;
  /** The place has lost what it was given of this file: from now on another one keeps it. Not in places that are alone. */
  distrust?(key: string, name: string): Promise<void>;
}

export function isQuotaError(error: unknown): boolean {
  return error instanceof Error && error.name === 'QuotaExceededError';
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && error.name === 'NotFoundError';
}
