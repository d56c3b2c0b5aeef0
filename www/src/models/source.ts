// Where a model comes from, and what is known about it before and after it is fetched. Types only.

import type { ChatReport, DeviceReport, ModelNeed } from '../contract';

export type ModelSource =
  | { kind: 'embedded'; id: 'storyteller' }
  /** Hugging Face: `repo` is "owner/name"; `revision` a branch, tag or commit, "main" when in doubt; `file` a GGUF file
   *  in it, or `quantisation` what that file's name says of its weights. As typed, all may stand in `repo`: see rule.ts. */
  | { kind: 'hub'; repo: string; revision: string; file?: string; quantisation?: string }
  /** Any address whose folder holds the files, or that of a GGUF file. */
  | { kind: 'url'; base: string }
  /** Files of this computer, or one GGUF file; `keep` copies them into the browser's storage. */
  | { kind: 'files'; files: File[]; keep?: boolean }
  /** A model that storage already holds; `key` from listModels(). */
  | { kind: 'stored'; key: string };

/** Where a model comes from when it is not stored yet. */
export type OriginSource = Exclude<ModelSource, { kind: 'stored' }>;

/** A source that can be written down: everything except File objects. */
export type RecordedSource =
  | { kind: 'embedded'; id: 'storyteller' }
  | { kind: 'hub'; repo: string; revision: string; file?: string; quantisation?: string }
  | { kind: 'url'; base: string }
  | { kind: 'files'; names: string[] };

/** Where the bytes of a model live; 'source' means that they are read where they are (local files). */
export type StorageKind = 'opfs' | 'cache' | 'memory' | 'source';

/** The browser's storage as far as it tells. */
export interface StorageReport {
  /** Where a download would be kept. */
  kind: 'opfs' | 'cache' | 'memory';
  used_bytes: number | null;
  quota_bytes: number | null;
  /** The browser promised not to clear it by itself. */
  persistent: boolean;
  /** Room for what is still to be fetched; null when the browser or the server does not tell. */
  fits: boolean | null;
}

/** What a model asks for, told before its weights are fetched. */
export interface Need extends ModelNeed {
  /** Bytes still to be fetched; 0 when it is all here, null when the server does not tell. */
  download_bytes: number | null;
  /** Bytes of the model that are here already. */
  stored_bytes: number;
  storage: StorageReport;
}

/** How far a load is. */
export interface Progress {
  /** 'list': asking for names and sizes; 'download': bytes arrive; 'verify': bytes already here are hashed;
   *  'device': weights go to the device. */
  phase: 'list' | 'download' | 'verify' | 'device';
  done_bytes: number;
  /** null while the server has not told. */
  total_bytes: number | null;
  /** Bytes per second over the last seconds; null before there is a figure. */
  rate: number | null;
  seconds_left: number | null;
  file: string | null;
  file_index: number;
  file_count: number;
  /** Bytes that an earlier visit or attempt had left here. */
  resumed_bytes: number;
  /** Programs that the device compiles at the same time, and how many of them it has. */
  programs: { done: number; total: number } | null;
}

export interface Loaded<Model> {
  model: Model;
  /** The device that it runs on. */
  device: DeviceReport;
  /** Whether it holds conversations. */
  chat?: ChatReport;
  /** The key of the stored model; null when nothing was stored. */
  key: string | null;
  storage: StorageKind;
  /** False: the files are gone when the tab closes. */
  durable: boolean;
  bytes: number;
  origin: Origin;
}

/** What the bytes of a model are, for whoever wants the same ones. */
export interface Origin {
  source: RecordedSource;
  /** sha-256 of the one file that holds the weights, in hex, where it was published; null for several files. */
  hash: string | null;
}

/** One model in storage, complete or not. */
export interface StoredModel {
  key: string;
  /** A name for people: "owner/name", the address, "storyteller". */
  title: string;
  source: RecordedSource;
  /** The commit that a hub download was pinned to. */
  revision: string | null;
  complete: boolean;
  /** Bytes held. */
  bytes: number;
  /** Bytes of the whole model, when known. */
  total_bytes: number | null;
  /** When it was last written, ISO 8601. */
  date: string;
  storage: 'opfs' | 'cache';
}
