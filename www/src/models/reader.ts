// Reads a stored model for the loader. Every piece is hashed the first time it is touched and compared with what was
// written down when it arrived, so that a file that changed on the disk is never used.

import { EngineError } from '../engine/errors';
import type { WeightSource } from '../engine/package';
import { damaged, forget } from './download';
import { hashPiece } from './hashes';
import type { FileRecord, ModelRecord } from './model-record';
import type { Bytes, FileStore } from './store';

/** Pieces kept in memory: neighbouring tensors share one. */
const CACHED_PIECES = 2;

export class StoredReader implements WeightSource {
  /** Why reading failed; the loader wraps errors of its source in its own. */
  failure: EngineError | null = null;
  private readonly verified = new Set<string>();
  private cache: { id: string; bytes: Bytes }[] = [];

  constructor(
    private readonly store: FileStore,
    private readonly record: ModelRecord,
    private readonly weights: string[],
    private readonly save: (record: ModelRecord) => Promise<void>,
  ) {}

  files(): { name: string; bytes: number }[] {
    return this.weights.map((name) => ({ name, bytes: this.fileRecord(name).bytes ?? 0 }));
  }

  /** Compares the lengths of all files, before anything is read. */
  async checkLengths(): Promise<void> {
    for (const file of this.record.files) {
      if ((await this.store.size(this.record.key, file.name)) !== file.bytes) throw await this.drop(file);
    }
  }

  async readAll(name: string): Promise<Bytes> {
    return this.read(name, 0, this.fileRecord(name).bytes ?? 0);
  }

  async read(name: string, start: number, end: number): Promise<Bytes> {
    const file = this.fileRecord(name);
    const { piece, bytes } = file;
    if (bytes === null || start < 0 || end < start || end > bytes) {
      throw this.fail(new EngineError('source', `${name} has no bytes ${start} to ${end}`, { file: name }));
    }
    const out = new Uint8Array(end - start);
    for (let at = start; at < end;) {
      const index = Math.floor(at / piece);
      const stop = Math.min(end, (index + 1) * piece);
      out.set(await this.part(file, index, at, stop), at - start);
      at = stop;
    }
    return out;
  }

  /** Bytes of one piece, verified. */
  private async part(file: FileRecord, index: number, start: number, end: number): Promise<Bytes> {
    const { store, record } = this;
    const from = index * file.piece;
    const to = Math.min(from + file.piece, file.bytes ?? 0);
    const id = `${index} ${file.name}`;
    let whole = this.cache.find((piece) => piece.id === id)?.bytes;
    if (!whole && this.verified.has(id)) {
      const part = await store.read(record.key, file.name, start, end);
      if (part.length !== end - start) throw await this.drop(file);
      return part;
    }
    if (!whole) {
      whole = await store.read(record.key, file.name, from, to);
      if (whole.length !== to - from || (await hashPiece(whole)) !== file.hashes[index]) throw await this.drop(file);
      this.verified.add(id);
      this.cache = [{ id, bytes: whole }, ...this.cache].slice(0, CACHED_PIECES);
    }
    return whole.subarray(start - from, end - from);
  }

  private async drop(file: FileRecord): Promise<EngineError> {
    await forget(this.store, this.record.key, file);
    this.record.complete = false;
    await this.save(this.record);
    return this.fail(damaged(file.name, 'the stored copy is damaged'));
  }

  private fail(error: EngineError): EngineError {
    this.failure ??= error;
    return error;
  }

  private fileRecord(name: string): FileRecord {
    const file = this.record.files.find((entry) => entry.name === name);
    if (!file) throw this.fail(new EngineError('source', `${name} is not a file of this model`, { file: name }));
    return file;
  }
}

/** Weights read where they are, from files that the visitor chose. */
export class LocalReader implements WeightSource {
  failure: EngineError | null = null;

  constructor(
    private readonly all: Map<string, File>,
    private readonly weights: string[],
  ) {}

  files(): { name: string; bytes: number }[] {
    return this.weights.map((name) => ({ name, bytes: this.all.get(name)?.size ?? 0 }));
  }

  async readAll(name: string): Promise<Bytes> {
    return this.read(name, 0, this.all.get(name)?.size ?? 0);
  }

  async read(name: string, start: number, end: number): Promise<Bytes> {
    try {
      const bytes = new Uint8Array((await this.all.get(name)?.slice(start, end).arrayBuffer()) ?? new ArrayBuffer(0));
      if (bytes.length === end - start) return bytes;
    } catch {
      // Told below, like a file that became shorter.
    }
    this.failure = new EngineError('changed', `${name} changed or was removed; choose the files again`, { file: name });
    throw this.failure;
  }
}
