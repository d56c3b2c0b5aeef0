// What is written down beside the files of a stored model: where they came from, how long they are, what they hash to.
// A file is used only when its record says complete; nothing is renamed, so there is no moment between two states.

import type { RecordedSource } from './source';

export interface FileRecord {
  name: string;
  /** null until a server has told. */
  bytes: number | null;
  /** ETag or Last-Modified of the version on the way, to notice that it changed. */
  etag: string | null;
  /** Bytes per piece. */
  piece: number;
  /** sha-256 of each piece; of an incomplete file, of its whole pieces so far. */
  hashes: string[];
  /** sha-256 of the file as published, when it was. */
  sha256: string | null;
  complete: boolean;
}

export interface ModelRecord {
  version: 1;
  key: string;
  title: string;
  source: RecordedSource;
  /** The commit that is fetched, when the hub told it. */
  revision: string | null;
  date: string;
  files: FileRecord[];
  complete: boolean;
  /** Counts the writes: of two copies the higher one is the newer. */
  serial: number;
}

export function newFileRecord(name: string, piece: number): FileRecord {
  return { name, bytes: null, etag: null, piece, hashes: [], sha256: null, complete: false };
}

/** Reads a record that may be cut off, of another version, or somebody else's file; null for all of these. */
export function parseRecord(text: string, key: string): ModelRecord | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  return isRecord(value) && value.key === key ? value : null;
}

function isRecord(value: unknown): value is ModelRecord {
  if (typeof value !== 'object' || value === null) return false;
  const it = value as Partial<ModelRecord>;
  return (
    it.version === 1 &&
    typeof it.key === 'string' &&
    typeof it.title === 'string' &&
    typeof it.source === 'object' &&
    it.source !== null &&
    (it.revision === null || typeof it.revision === 'string') &&
    typeof it.date === 'string' &&
    typeof it.complete === 'boolean' &&
    isCount(it.serial) &&
    Array.isArray(it.files) &&
    it.files.every(isFileRecord)
  );
}

function isFileRecord(value: unknown): value is FileRecord {
  if (typeof value !== 'object' || value === null) return false;
  const it = value as Partial<FileRecord>;
  return (
    typeof it.name === 'string' &&
    (it.bytes === null || isCount(it.bytes)) &&
    (it.etag === null || typeof it.etag === 'string') &&
    isCount(it.piece) &&
    it.piece > 0 &&
    Array.isArray(it.hashes) &&
    it.hashes.every((hash) => typeof hash === 'string') &&
    (it.sha256 === null || typeof it.sha256 === 'string') &&
    typeof it.complete === 'boolean'
  );
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
