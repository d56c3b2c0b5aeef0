// What every notice is, whatever its words: how much it weighs, and the ways out that it offers.

import type { EngineErrorCode } from '../engine/errors';

/** A way out that the page offers as a button. */
export type Way =
  'retry' | 'recover' | 'continue' | 'models' | 'storage' | 'check' | 'cpu' | 'options' | 'prompt' | 'reload';

/** Info stands quietly; a warning may be passed by; an error stopped something. */
export type Weight = 'info' | 'warning' | 'error';

export type PageNoticeCode =
  | 'no-webgpu'
  | 'insecure'
  | 'null-adapter'
  | 'software-adapter'
  | 'imitated-adapter'
  | 'recovered'
  | 'recovering'
  | 'branch-differs'
  | 'options-fixed'
  | 'no-recorded-run'
  | 'bad-trace'
  | 'bad-link'
  | 'link-model'
  | 'link-differs'
  | 'link-too-long'
  | 'link-run'
  | 'link-copied'
  | 'clipboard'
  | 'trace-saved'
  | 'what-dropped'
  | 'storage-memory'
  | 'not-persistent'
  | 'runs-not-kept'
  | 'run-too-large'
  | 'chat-not-kept'
  | 'restarted'
  | 'waiting'
  | 'retrying'
  | 'unexpected';

export type Kind = readonly [Weight, ...Way[]];

export const ENGINE_KINDS: Readonly<Record<EngineErrorCode, Kind>> = {
  'no-adapter': ['error', 'cpu', 'check'],
  device: ['error', 'retry', 'cpu', 'check'],
  'device-limit': ['error', 'models', 'cpu', 'check'],
  'device-lost': ['error', 'recover', 'cpu'],
  'model-config': ['error', 'models'],
  'model-unsupported': ['error', 'models'],
  'model-weights': ['error', 'models', 'storage'],
  'model-tokenizer': ['error', 'models'],
  'model-gguf': ['error', 'models', 'storage'],
  source: ['error', 'retry', 'storage'],
  options: ['error', 'options'],
  prompt: ['error', 'prompt'],
  chat: ['error', 'prompt', 'models'],
  'context-full': ['error', 'prompt'],
  forward: ['error', 'recover', 'cpu'],
  'attention-gone': ['info'],
  'no-model': ['warning', 'models'],
  'no-run': ['info'],
  panic: ['error', 'recover', 'reload'],
  start: ['error', 'retry', 'check'],
  'worker-lost': ['error', 'recover', 'models'],
  closed: ['info'],
  busy: ['info'],
  offline: ['error', 'retry', 'storage'],
  http: ['error', 'retry', 'models'],
  cors: ['error', 'retry', 'models'],
  hash: ['error', 'retry', 'storage'],
  short: ['error', 'retry'],
  changed: ['error', 'retry'],
  aborted: ['info'],
  'storage-quota': ['warning', 'storage'],
  storage: ['error', 'retry', 'storage'],
  address: ['error', 'models'],
  files: ['error', 'models'],
  internal: ['error', 'recover', 'reload'],
};

export const PAGE_KINDS: Readonly<Record<PageNoticeCode, Kind>> = {
  'no-webgpu': ['info', 'check'],
  insecure: ['info', 'check'],
  'null-adapter': ['info', 'check'],
  'imitated-adapter': ['info', 'check'],
  'software-adapter': ['warning', 'cpu', 'check'],
  recovering: ['warning'],
  recovered: ['info', 'continue'],
  'branch-differs': ['warning'],
  'options-fixed': ['warning'],
  'no-recorded-run': ['warning', 'reload'],
  'bad-trace': ['error'],
  'bad-link': ['warning'],
  'link-model': ['info', 'models'],
  'link-differs': ['warning'],
  'link-too-long': ['warning'],
  'link-run': ['warning'],
  'link-copied': ['info'],
  clipboard: ['warning'],
  'trace-saved': ['info'],
  'what-dropped': ['warning'],
  'storage-memory': ['info'],
  'not-persistent': ['info'],
  'runs-not-kept': ['info'],
  'run-too-large': ['info'],
  'chat-not-kept': ['warning'],
  restarted: ['info'],
  waiting: ['info'],
  retrying: ['info'],
  unexpected: ['error', 'reload'],
};
