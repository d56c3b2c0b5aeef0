// Brings a model from wherever it lives to where the loader can read it: list, fetch what is missing, verify, hand over.

import { EngineError } from '../engine/errors';
import type { WeightSource } from '../engine/package';
import { Beginnings } from './beginnings';
import { list, namedFiles, type Listing } from './listing';
import {
  CONFIG,
  GENERATION,
  holdsWeights,
  idOf,
  INDEX,
  isGguf,
  keyOf,
  recordedSource,
  titleOf,
  TOKENIZER,
} from './names';
import type { Meter } from './progress';
import { LocalReader } from './reader';
import { resolved, shown } from './rule';
import type { ModelRecord } from './model-record';
import type { RemoteFile } from './remote';
import type { ModelSource, Origin, OriginSource, StorageKind } from './source';
import type { Bytes } from './store';
import { ModelFetch, newRecord, type ModelStoreOptions } from './model-fetch';

/** Weights, and why they could not be read. */
export type Readable = WeightSource & { readonly failure: EngineError | null };

/** What a model says of itself before its weights: its small files, as far as they are here, and the headers of its
 *  weights, or those of the GGUF file, or its parts, that are all of it. */
export type Outline =
  | {
      kind: 'config';
      config: Bytes;
      generation: Bytes | undefined;
      tokenizer: Bytes | undefined;
      index: Bytes | undefined;
      /** null where they cannot be read before all of it is here. */
      headers(): Promise<Readable | null>;
    }
  | { kind: 'gguf'; file: Readable };

/** What is done with a model whose weights are still to come. */
export interface Ahead {
  /** Looks at the outline, and reads all of it. Nothing is fetched beside it; when it fails, nothing is fetched after. */
  judge(outline: Outline): Promise<unknown>;
  /** Runs beside the download of the weights; when it fails, so does the download. */
  warm(outline: Outline): Promise<void>;
}

/** A model that the loader can read. */
export interface LoadableModel {
  id: string;
  key: string | null;
  storage: StorageKind;
  durable: boolean;
  bytes: number;
  origin: Origin;
  outline: Outline;
  small: Map<string, Bytes>;
  weights: Readable;
}

/** What is known without the weights. */
export interface Survey<T> {
  judgement: T;
  /** null when the server does not tell. */
  total_bytes: number | null;
  stored_bytes: number;
}

export class ModelStore {
  constructor(private readonly options: ModelStoreOptions) {}

  /** Fetches the outline and the lengths, no weights. */
  async survey<T>(
    source: ModelSource,
    meter: Meter,
    judge: (outline: Outline) => Promise<T>,
    signal: AbortSignal,
  ): Promise<Survey<T>> {
    if (source.kind === 'files' && !source.keep) {
      const { outline, bytes } = await this.local(source);
      return { judgement: await judge(outline), total_bytes: bytes, stored_bytes: bytes };
    }
    return this.open(source, signal, async (model) => {
      const listing = await model.list(meter);
      if (listing) {
        for (const file of listing.small) {
          if (file.name === CONFIG || file.name === GENERATION) await model.fetch(file, meter);
        }
      }
      const judgement = await judge(await outlineOf(model, listing, meter));
      let total: number | null = 0;
      let stored = 0;
      for (const file of model.record.files) {
        const remote = listing && [...listing.small, ...listing.weights].find((entry) => entry.name === file.name);
        const bytes = remote ? model.length(remote) : file.bytes;
        total = total === null || bytes === null ? null : total + bytes;
        stored += await this.options.store.size(model.record.key, file.name);
      }
      return { judgement, total_bytes: total, stored_bytes: stored };
    });
  }

  /** Fetches all that is missing. */
  async obtain(source: ModelSource, meter: Meter, ahead: Ahead, signal: AbortSignal): Promise<LoadableModel> {
    if (source.kind === 'files' && !source.keep) return this.local(source);
    return this.open(source, signal, async (model, stop) => {
      const listing = await model.list(meter);
      if (listing) await this.fetchAll(model, listing, meter, ahead, stop);
      const { record } = model;
      const weights = record.files.map((file) => file.name).filter(holdsWeights);
      const reader = model.reader(weights);
      await reader.checkLengths();
      const small = new Map<string, Bytes>();
      for (const { name } of record.files) if (!weights.includes(name)) small.set(name, await reader.readAll(name));
      return {
        id: idOf(record.source, record.title),
        key: record.key,
        storage: this.options.store.isDurable(record.key) ? this.options.store.kind : 'memory',
        durable: this.options.store.isDurable(record.key),
        bytes: record.files.reduce((sum, file) => sum + (file.bytes ?? 0), 0),
        origin: { source: record.source, hash: hashOf(record) },
        outline: outlineIn(small, reader),
        small,
        weights: reader,
      };
    });
  }

  private async fetchAll(
    model: ModelFetch,
    listing: Listing,
    meter: Meter,
    ahead: Ahead,
    stop: AbortController,
  ): Promise<void> {
    for (const file of listing.small) await model.fetch(file, meter);
    let failure: { error: unknown } | null = null;
    const outline = await outlineOf(model, listing, meter);
    await ahead.judge(outline);
    model.settle();
    const warming = ahead.warm(outline).catch((error: unknown) => {
      // A model that this device cannot run need not be fetched to its end.
      failure = { error };
      stop.abort();
    });
    try {
      for (const file of listing.weights) await model.fetch(file, meter);
      await model.finish();
    } catch (error) {
      // What arrived damaged is dropped, and then nothing is there to warm up with: the cause is told, not the consequence.
      const wasStopped = error instanceof EngineError && error.code === 'aborted';
      if (!failure || !wasStopped) throw error;
    } finally {
      await warming;
    }
    if (failure) throw (failure as { error: unknown }).error;
  }

  private async local(source: OriginSource & { kind: 'files' }): Promise<LoadableModel> {
    const files = namedFiles(this.options.net, source.files);
    const text = async (remote: RemoteFile): Promise<string> => (await files.get(remote.name)?.text()) ?? '';
    const listing = await list(this.options.net, source, null, text, new AbortController().signal);
    const reader = new LocalReader(
      files,
      listing.weights.map((file) => file.name),
    );
    const small = new Map<string, Bytes>();
    for (const { name } of listing.small) small.set(name, await reader.readAll(name));
    const bytes = [...listing.small, ...listing.weights].reduce((sum, file) => sum + (file.bytes ?? 0), 0);
    const recorded = recordedSource(source);
    const id = idOf(recorded, shown(this.options.net, titleOf(source)));
    const origin = { source: recorded, hash: null };
    const outline = outlineIn(small, reader);
    return { id, key: null, storage: 'source', durable: false, bytes, origin, outline, small, weights: reader };
  }

  /** Finds or begins the record of a source, and keeps other tabs away from its files meanwhile. */
  private async open<T>(
    source: ModelSource,
    signal: AbortSignal,
    work: (model: ModelFetch, stop: AbortController) => Promise<T>,
  ): Promise<T> {
    const { store, alone } = this.options;
    const origin = source.kind === 'stored' ? null : resolved(this.options.net, source);
    const key = source.kind === 'stored' ? source.key : keyOf(origin!);
    const stop = new AbortController();
    const pass = (): void => stop.abort();
    if (signal.aborted) pass();
    signal.addEventListener('abort', pass, { once: true });
    try {
      return await alone(`tempo-model-${key}`, stop.signal, async () => {
        const record =
          (await store.readRecord(key)) ?? (origin && newRecord(key, origin, shown(this.options.net, titleOf(origin))));
        if (!record) throw new EngineError('storage', `${key} is not stored any more; load it from where it came`);
        return work(new ModelFetch(this.options, record, origin ?? originOf(record), stop.signal), stop);
      });
    } finally {
      signal.removeEventListener('abort', pass);
    }
  }
}

function hashOf(record: ModelRecord): string | null {
  const [only, ...more] = record.files.filter((file) => holdsWeights(file.name));
  return more.length === 0 ? (only?.sha256 ?? null) : null;
}

function originOf(record: ModelRecord): OriginSource | null {
  return record.source.kind === 'files' ? null : record.source;
}

/** The outline of a model of which only that is here. */
async function outlineOf(model: ModelFetch, listing: Listing | null, meter: Meter): Promise<Outline> {
  const names = model.record.files.map((file) => file.name);
  const gguf = names.filter(isGguf);
  const reader = model.reader(gguf);
  if (gguf.length > 0) {
    const file = listing ? await Beginnings.ofGguf(model, listing.weights, meter) : reader;
    return { kind: 'gguf', file };
  }
  const small = new Map<string, Bytes>();
  for (const file of model.record.files) {
    if (file.complete && !holdsWeights(file.name)) small.set(file.name, await reader.readAll(file.name));
  }
  const headers = listing
    ? () => Beginnings.ofSafetensors(model, listing.weights, meter)
    : async () => model.reader(names.filter(holdsWeights));
  return outlineOfSmall(small, headers);
}

/** The outline of a model of which all is here. */
function outlineIn(small: Map<string, Bytes>, weights: Readable): Outline {
  return weights.files().some(({ name }) => isGguf(name))
    ? { kind: 'gguf', file: weights }
    : outlineOfSmall(small, async () => weights);
}

function outlineOfSmall(small: Map<string, Bytes>, open: () => Promise<Readable | null>): Outline {
  const [generation, tokenizer, index] = [GENERATION, TOKENIZER, INDEX].map((name) => small.get(name));
  let opened: Promise<Readable | null> | null = null;
  // The same ones each time: what was read of them stands in memory, while the file itself may be dropped as damaged.
  const headers = (): Promise<Readable | null> => (opened ??= open());
  return { kind: 'config', config: required(small, CONFIG), generation, tokenizer, index, headers };
}

/** A file without which there is no model. */
export function required(small: Map<string, Bytes>, name: typeof CONFIG | typeof TOKENIZER): Bytes {
  const bytes = small.get(name);
  if (!bytes) throw new EngineError('files', `${name} is missing; load the model again`, { file: name });
  return bytes;
}
