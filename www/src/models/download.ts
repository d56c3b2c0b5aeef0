// One file on its way into storage: what has arrived is on disk before it counts, and a broken connection is continued
// where it broke.
//
// One stream per file, front to back, and not pieces side by side: then the length of the stored file is all there is to
// know about how far it got, the hash of the whole can follow the bytes, a server without Range needs no second way, and
// the hub's redirect is paid once per connection and not once per piece.

import { EngineError } from '../engine/errors';
import { aborted, NetworkFailure, retry, type Net } from './http';
import { FileHasher } from './hashes';
import type { FileRecord } from './model-record';
import type { RemoteAnswer, RemoteFile } from './remote';
import type { Appender, Bytes, FileStore } from './store';

/** What a download reports and asks while it goes. */
export interface DownloadContext {
  net: Net;
  signal: AbortSignal;
  /** Bytes of this file that are here, after every change; goes down when the file is begun anew. */
  at(bytes: number, phase: 'verify' | 'download'): void;
  /** The length became known. */
  total(bytes: number): void;
  /** Writes the record down. */
  checkpoint(): Promise<void>;
  notice(code: 'restarted' | 'retrying', message: string, file: string): void;
}

/** Beginnings from zero that are borne with before giving up. */
const MAX_RESTARTS = 3;
/** Last bytes that are asked for again and compared where an ETag changed. */
const OVERLAP_BYTES = 65_536;

/** The bytes that are here cannot be continued: the file changed, or the server contradicts itself. */
class Mismatch extends Error {
  constructor(
    readonly code: 'changed' | 'short',
    message: string,
  ) {
    super(message);
  }
}

/** The ETag changed, which says nothing: servers behind one name have their own, and some make one for each answer. */
class Doubt extends Error {}

/** Fetches what is missing of a file, verifies the whole and marks its record complete; or only what is missing before
 *  `until`, and leaves the rest for later. */
export async function download(
  remote: RemoteFile,
  store: FileStore,
  key: string,
  record: FileRecord,
  context: DownloadContext,
  until = Infinity,
  isAgain = false,
): Promise<void> {
  if (remote.bytes !== null) {
    if (record.bytes !== null && record.bytes !== remote.bytes) await forget(store, key, record);
    setTotal(record, remote.bytes, context);
  }
  if (remote.sha256 !== record.sha256 && record.sha256 !== null) await forget(store, key, record);
  record.sha256 = remote.sha256;

  const appender = await store.append(key, record.name);
  let whole: string | null = null;
  let size: number;
  let isWhole: boolean;
  try {
    const file = new FileDownload(remote, appender, record, context, until);
    await file.verify();
    await file.fetch();
    size = appender.size;
    isWhole = size === record.bytes;
    if (isWhole) whole = await file.hasher.finish();
    record.hashes = [...file.hasher.hashes];
    await appender.flush();
    if (!isWhole) await context.checkpoint();
  } finally {
    await appender.close();
  }
  if (isWhole && record.sha256 !== null && whole !== record.sha256) {
    await forget(store, key, record);
    await context.checkpoint();
    throw damaged(record.name, 'what arrived is not the file that was published');
  }
  if ((await store.size(key, record.name)) !== size) {
    const lost = `${record.name}: the browser's storage lost a part of it; load again`;
    if (isAgain || !store.distrust) throw new EngineError('storage', lost, { file: record.name });
    // It was here and is gone, as in some private windows: fetched once more, to where nothing gets lost.
    await store.distrust(key, record.name);
    await forget(store, key, record);
    return download(remote, store, key, record, context, until, true);
  }
  if (!isWhole) return;
  record.bytes = size;
  record.complete = true;
  await context.checkpoint();
}

/** Drops what is here of a file. */
export async function forget(store: FileStore, key: string, record: FileRecord): Promise<void> {
  await store.removeFile(key, record.name);
  Object.assign(record, { bytes: null, etag: null, hashes: [], complete: false });
}

export function damaged(file: string, what: string): EngineError {
  return new EngineError('hash', `${file}: ${what}; it was dropped, load again to fetch it anew`, { file });
}

function setTotal(record: FileRecord, bytes: number, context: DownloadContext): void {
  record.bytes = bytes;
  context.total(bytes);
}

/** The state of one file while it arrives. */
class FileDownload {
  hasher: FileHasher;
  private restarts = 0;
  private lastRestart: Mismatch | null = null;
  /** The farthest byte so far: a connection that gets beyond it was worth it. */
  private farthest = 0;
  /** Whether the last connection got an answer. */
  private hasAnswer = false;
  /** Whether bytes are believed instead of ETags: the published hash, or the last bytes that are here. */
  private compares = false;
  /** Whether the length was published, or told with a range. */
  private isLengthExact = false;

  constructor(
    private readonly remote: RemoteFile,
    private readonly appender: Appender,
    private readonly record: FileRecord,
    private readonly context: DownloadContext,
    private readonly until: number,
  ) {
    this.hasher = this.newHasher();
  }

  /** Hashes what an earlier visit left, and cuts it where it is not what was written down. */
  async verify(): Promise<void> {
    const { appender, record } = this;
    if (record.bytes !== null && appender.size > record.bytes) await appender.truncate(0);
    const known = record.hashes;
    for (let at = 0; at < appender.size; at += record.piece) {
      this.throwIfAborted();
      await this.hasher.update(await appender.read(at, Math.min(at + record.piece, appender.size)));
      const index = at / record.piece;
      const expected = known[index];
      if (expected !== undefined && this.hasher.hashes[index] !== expected) {
        // After a crash of the machine. What stands before is good; hashed once more, because a hash cannot go back.
        await appender.truncate(at);
        this.hasher = this.newHasher();
        at = -record.piece;
        continue;
      }
      this.context.at(Math.min(at + record.piece, appender.size), 'verify');
    }
    record.hashes = [...this.hasher.hashes];
    this.farthest = appender.size;
    this.context.at(appender.size, 'download');
  }

  async fetch(): Promise<void> {
    let farthestBefore = this.farthest;
    const { context, record } = this;
    await retry(
      context.net,
      context.signal,
      () => this.attempt(),
      async () => this.finalError(),
      () => {
        const isFarther = this.farthest > farthestBefore;
        farthestBefore = this.farthest;
        return isFarther;
      },
      () => context.notice('retrying', `${record.name}: the connection broke; going on where it broke`, record.name),
    );
  }

  /** One connection, or several when the bytes here turn out to be of another version. */
  private async attempt(): Promise<void> {
    for (;;) {
      try {
        return await this.connect();
      } catch (error) {
        if (error instanceof Doubt) continue;
        if (!(error instanceof Mismatch)) throw error;
        if (this.restarts >= MAX_RESTARTS) throw this.restartError(error);
        await this.restart(error);
      }
    }
  }

  private async connect(): Promise<void> {
    const { appender, record, remote, context, until } = this;
    this.throwIfAborted();
    if ((record.bytes !== null && appender.size === record.bytes) || appender.size >= until) return;
    this.hasAnswer = false;
    const to = until === Infinity ? undefined : until;
    const overlap = this.compares && record.sha256 === null ? Math.min(appender.size, OVERLAP_BYTES) : 0;
    const from = appender.size - overlap;
    const answer = await remote.open(from, this.compares ? null : record.etag, context.signal, to);
    this.hasAnswer = true;
    if (answer.from === null) {
      if (answer.total !== appender.size) throw new Mismatch('changed', 'the file on the server became shorter');
      setTotal(record, appender.size, context);
      return;
    }
    const body = answer.body[Symbol.asyncIterator]();
    try {
      await this.reconcile(answer, from);
      const rest = await this.compare(body, answer.from);
      await context.checkpoint();
      if (rest !== null) await this.accept(rest);
      // No look at the signal here: the body ends by itself when it is stopped, after what has arrived.
      for (let next = await body.next(); !next.done; next = await body.next()) {
        await this.accept(next.value);
        if (appender.size >= until) break;
      }
    } catch (error) {
      // Cut after the last byte: nothing is missing.
      if (!(error instanceof NetworkFailure) || appender.size !== record.bytes) throw error;
    } finally {
      // Closes the connection when it was left early.
      await body.return?.();
    }
    if (appender.size >= until) return;
    if (record.bytes === null) setTotal(record, appender.size, context);
    else if (appender.size < record.bytes)
      throw new NetworkFailure(`ended at byte ${appender.size} of ${record.bytes}`);
  }

  /** Compares what the server says with what is here. */
  private async reconcile(answer: RemoteAnswer, from: number): Promise<void> {
    const { appender, record, remote } = this;
    const have = appender.size;
    const changed = record.etag !== null && answer.validator !== null && answer.validator !== record.etag;
    if (changed && have > 0 && !this.compares) {
      this.compares = true;
      throw new Doubt();
    }
    if (answer.from === 0 && from > 0) {
      // A whole body where a part was asked for. What is here is compared with its beginning and stays, since somebody may
      // be reading it.
      const why = new Mismatch('short', 'the server cannot continue a broken download');
      if (this.restarts >= MAX_RESTARTS) throw this.restartError(why);
      this.restarts += 1;
      this.lastRestart = why;
    } else if (answer.from !== from) {
      throw new Mismatch('changed', 'the server sent another part than the one asked for');
    }
    record.etag = answer.validator;
    this.isLengthExact = remote.bytes !== null || answer.isLengthExact;
    if (answer.total === null) return;
    if (record.bytes !== null && record.bytes !== answer.total) {
      // A length that was published beforehand is not open to discussion.
      if (remote.bytes !== null || appender.size > 0) {
        throw new Mismatch('changed', `the server has ${answer.total} bytes, not ${record.bytes}`);
      }
    }
    setTotal(record, answer.total, this.context);
  }

  /** Holds the beginning of a body against the last bytes that are here, and gives back what stands after them in the
   *  same chunk. */
  private async compare(body: AsyncIterator<Bytes>, from: number): Promise<Bytes | null> {
    const { appender } = this;
    for (let at = from; at < appender.size;) {
      const next = await body.next();
      if (next.done) throw new NetworkFailure(`ended at byte ${at}`);
      const here = await appender.read(at, Math.min(at + next.value.length, appender.size));
      if (here.some((byte, index) => byte !== next.value[index]))
        throw new Mismatch('changed', 'it changed on the server');
      at += here.length;
      if (here.length < next.value.length) return next.value.subarray(here.length);
    }
    return null;
  }

  private async accept(chunk: Uint8Array<ArrayBuffer>): Promise<void> {
    const { appender, record, context } = this;
    // The length of a body may be that of its packed form, and other origins do not show that it was packed.
    if (!this.isLengthExact && record.bytes !== null && appender.size + chunk.length > record.bytes)
      record.bytes = null;
    if (record.bytes !== null && appender.size + chunk.length > record.bytes) {
      throw new Mismatch('changed', `more than the ${record.bytes} bytes that the server announced`);
    }
    await appender.write(chunk);
    this.farthest = Math.max(this.farthest, appender.size);
    context.at(appender.size, 'download');
    if (await this.hasher.update(chunk)) {
      await appender.flush();
      record.hashes = [...this.hasher.hashes];
      await context.checkpoint();
    }
  }

  private async restart(why: Mismatch): Promise<void> {
    this.restarts += 1;
    this.lastRestart = why;
    const { name } = this.record;
    this.context.notice('restarted', `${name} is fetched from the beginning: ${why.message}`, name);
    await this.appender.truncate(0);
    this.hasher = this.newHasher();
    Object.assign(this.record, { etag: null, hashes: [], bytes: this.remote.bytes });
    this.context.at(0, 'download');
  }

  private newHasher(): FileHasher {
    return new FileHasher(this.record.piece, this.record.sha256 !== null);
  }

  private throwIfAborted(): void {
    if (this.context.signal.aborted) throw aborted(this.record.name);
  }

  private async finalError(): Promise<Error> {
    // Where bytes came from, reading is allowed.
    if (!this.hasAnswer) return this.remote.unreachable(this.appender.size > 0 || this.farthest > 0);
    if (this.lastRestart) return this.restartError(this.lastRestart);
    const { name, bytes } = this.record;
    const where = `at byte ${this.appender.size}${bytes === null ? '' : ` of ${bytes}`}`;
    const message = `${name}: the connection broke again and again ${where}; load again to go on from there`;
    return new EngineError('short', message, { file: name });
  }

  private restartError(error: Mismatch): EngineError {
    const file = this.record.name;
    const way =
      error.code === 'short'
        ? 'use a better connection, or download the file yourself and drop it here'
        : 'load again later, or ask for a fixed revision';
    return new EngineError(error.code, `${file} was begun ${this.restarts + 1} times: ${error.message}; ${way}`, {
      file,
    });
  }
}
