// One model while it is fetched or read: its record, and the steps on it. The store decides which steps, and keeps other
// tabs away meanwhile.

import { EngineError } from '../engine/errors';
import { download, forget, type DownloadContext } from './download';
import type { Net } from './http';
import { list, type Listing } from './listing';
import { recordedSource } from './names';
import type { SpillStore } from './spill-store';
import { PIECE_BYTES } from './hashes';
import type { Meter } from './progress';
import { StoredReader } from './reader';
import { newFileRecord, type FileRecord, type ModelRecord } from './model-record';
import type { RemoteFile } from './remote';
import type { OriginSource } from './source';
import type { Bytes } from './store';

export interface ModelStoreOptions {
  net: Net;
  store: SpillStore;
  notice: DownloadContext['notice'];
  /** Runs the work while no other tab does the same under this name. */
  alone<T>(name: string, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
  piece?: number;
}

/** One model while it is held by this tab. */
export class ModelFetch {
  private fetchesWhole = false;

  constructor(
    private readonly options: ModelStoreOptions,
    readonly record: ModelRecord,
    /** null: files of an earlier visit, which only the visitor can give again. */
    private readonly source: OriginSource | null,
    private readonly signal: AbortSignal,
  ) {}

  /** The files to fetch; null when all are here and what is here is what is wanted. */
  async list(meter: Meter): Promise<Listing | null> {
    const { record, source, signal } = this;
    const { net, store } = this.options;
    const embedded = source?.kind === 'embedded' ? net.embedded[source.id] : undefined;
    const current = embedded
      ? embedded.files.every(({ name, sha256 }) => this.fileRecord(name)?.sha256 === sha256)
      : true;
    if (record.complete && current) return null;
    if (!source) throw new EngineError('files', `${record.title} is not complete; choose its files again`);

    record.complete = false;
    meter.report(true);
    const text = async (file: RemoteFile): Promise<string> => {
      await this.fetch(file, meter);
      return new TextDecoder().decode(await this.reader([]).readAll(file.name));
    };
    const listing = await list(net, source, record.revision, text, signal);
    record.revision = listing.revision;
    const all = [...listing.small, ...listing.weights];
    // Files that the model no longer has.
    for (const file of record.files.filter((entry) => all.every((remote) => remote.name !== entry.name))) {
      await forget(store, record.key, file);
    }
    record.files = all.map((remote) => this.fileRecord(remote.name) ?? this.newFile(remote.name));
    const plan = all.map(async (remote) => ({
      name: remote.name,
      total: remote.bytes ?? this.fileRecord(remote.name)?.bytes ?? remote.estimate,
      here: await store.size(record.key, remote.name),
    }));
    meter.plan(await Promise.all(plan));
    await this.save();
    return listing;
  }

  /** Brings a file here, or only what stands before a byte of it. */
  async fetch(remote: RemoteFile, meter: Meter, until = Infinity): Promise<void> {
    const { record, signal } = this;
    const { net, store, notice } = this.options;
    let file = this.fileRecord(remote.name);
    if (!file) record.files.push((file = this.newFile(remote.name)));
    const same = remote.sha256 === null || remote.sha256 === file.sha256;
    if (file.complete && same && (await store.size(record.key, file.name)) === file.bytes) return;
    file.complete = false;
    await download(
      remote,
      store,
      record.key,
      file,
      {
        net,
        signal,
        notice,
        at: (bytes, phase) => meter.at(remote.name, bytes, phase),
        total: (bytes) => meter.total(remote.name, bytes),
        checkpoint: () => this.save(),
      },
      until,
    );
    meter.report(true);
  }

  /** From here on files are fetched whole, and reading fetches nothing: two would write to the same file. */
  settle(): void {
    this.fetchesWhole = true;
  }

  /** Bytes of a file that may not be whole yet; what is missing before their end is fetched, and at least the first `ahead`. */
  async prefix(remote: RemoteFile, start: number, end: number, meter: Meter, ahead = 0): Promise<Bytes> {
    const { key } = this.record;
    const { store } = this.options;
    if ((await store.size(key, remote.name)) < end) {
      if (this.fetchesWhole) {
        const message = `${remote.name}: bytes ${start} to ${end} are not here; load again`;
        throw new EngineError('source', message, { file: remote.name });
      }
      await this.fetch(remote, meter, Math.max(end, ahead));
    }
    return store.read(key, remote.name, start, end);
  }

  /** The length of a file, as far as anybody has told. */
  length(remote: RemoteFile): number | null {
    return this.fileRecord(remote.name)?.bytes ?? remote.bytes ?? remote.estimate;
  }

  /** The same without what may be the length of a packed answer. */
  trueLength(remote: RemoteFile): number | null {
    return this.fileRecord(remote.name)?.bytes ?? remote.bytes;
  }

  async finish(): Promise<void> {
    this.record.complete = this.record.files.every((file) => file.complete);
    await this.save();
  }

  reader(weights: string[]): StoredReader {
    return new StoredReader(this.options.store, this.record, weights, () => this.save());
  }

  private async save(): Promise<void> {
    this.record.serial += 1;
    this.record.date = new Date().toISOString();
    await this.options.store.writeRecord(this.record);
  }

  private newFile(name: string): FileRecord {
    return newFileRecord(name, this.options.piece ?? PIECE_BYTES);
  }

  private fileRecord(name: string): FileRecord | undefined {
    return this.record.files.find((file) => file.name === name);
  }
}

export function newRecord(key: string, source: OriginSource, title: string): ModelRecord {
  return {
    version: 1,
    key,
    title,
    source: recordedSource(source),
    revision: null,
    date: new Date().toISOString(),
    files: [],
    complete: false,
    serial: 0,
  };
}
