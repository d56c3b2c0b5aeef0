// Names that come from outside, checked before they become addresses or file names, and the keys of stored models.

import { sha256 } from '@noble/hashes/sha2.js';
import { EngineError } from '../engine/errors';
import { hex } from './pieces';
import type { ModelSource, RecordedSource } from './source';

export const CONFIG = 'config.json';
export const GENERATION = 'generation_config.json';
export const TOKENIZER = 'tokenizer.json';
export const WEIGHTS = 'model.safetensors';
export const INDEX = 'model.safetensors.index.json';

const PART = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?$/;
const REVISION = /^[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,126}[A-Za-z0-9])?$/;
const FILE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

/** "owner/name", "owner/name@revision", or an address of huggingface.co; throws 'address'. */
export function parseRepo(text: string): { repo: string; revision: string } {
  const trimmed = text.trim();
  const page = /^(?:https?:\/\/)?(?:www\.)?(?:huggingface\.co|hf\.co)\/([^?#]+)/.exec(trimmed);
  const [path, after] = (page?.[1] ?? trimmed).split('@', 2);
  const [owner = '', name = '', verb, ...rest] = (path ?? '').split('/').filter((part) => part !== '');
  if (verb !== undefined && !(page && ['tree', 'blob', 'resolve'].includes(verb))) throw badRepo(trimmed);
  // Of /blob/main/config.json only "main" is the revision; a branch with a slash has to be written after "@".
  const revision = after ?? rest[0] ?? 'main';
  checkRepo(`${owner}/${name}`, revision);
  return { repo: `${owner}/${name}`, revision };
}

export function checkRepo(repo: string, revision: string): void {
  const [owner = '', name = '', ...more] = repo.split('/');
  const wrong = (part: string): boolean => !PART.test(part) || part.includes('..') || part.includes('--');
  if (more.length > 0 || wrong(owner) || wrong(name)) throw badRepo(repo);
  if (!REVISION.test(revision) || revision.includes('..') || revision.includes('//')) {
    throw new EngineError('address', `"${clip(revision)}" is not a revision; use a branch, a tag or a commit`);
  }
}

/** The folder of a model as an absolute address that ends in a slash; throws 'address'. */
export function checkBase(base: string, relativeTo: string): string {
  let url: URL;
  try {
    url = new URL(base.trim(), relativeTo);
  } catch {
    throw badBase(base);
  }
  if ((url.protocol !== 'https:' && url.protocol !== 'http:') || url.username !== '' || url.password !== '') {
    throw badBase(base);
  }
  url.hash = '';
  url.search = '';
  // An address of one of the files means its folder.
  url.pathname = url.pathname.replace(/\/[^/]*\.(?:json|safetensors)$/, '/');
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url.href;
}

/** True for names that are safe as one part of a path, everywhere. */
export function isFileName(name: string): boolean {
  return FILE.test(name) && !name.includes('..');
}

export function recordedSource(source: Exclude<ModelSource, { kind: 'stored' }>): RecordedSource {
  return source.kind === 'files' ? { kind: 'files', names: source.files.map((file) => file.name).sort() } : source;
}

/** One folder name per source; readable, and a hash because names are cut and some file systems ignore case. */
export function keyOf(source: Exclude<ModelSource, { kind: 'stored' }>): string {
  const identity =
    source.kind === 'files'
      ? source.files.map((file) => `${file.name} ${file.size} ${file.lastModified}`).sort()
      : Object.values(source);
  const digest = hex(sha256(new TextEncoder().encode(JSON.stringify(identity)))).slice(0, 12);
  const readable = titleOf(source)
    .replace(/^https?:\/\//, '')
    .replace(/[^A-Za-z0-9-]+/g, '-');
  return `${source.kind}-${readable.slice(0, 60)}-${digest}`.replace(/--+/g, '-');
}

export function titleOf(source: Exclude<ModelSource, { kind: 'stored' }>): string {
  switch (source.kind) {
    case 'embedded':
      return source.id;
    case 'hub':
      return source.revision === 'main' ? source.repo : `${source.repo}@${source.revision}`;
    case 'url':
      return source.base;
    case 'files': {
      const folder = source.files[0]?.webkitRelativePath?.split('/').at(-2);
      return folder || 'local files';
    }
  }
}

/** The name of a model in its run event. */
export function idOf(source: RecordedSource, title: string): string {
  if (source.kind === 'hub') return source.repo;
  if (source.kind === 'embedded') return source.id;
  if (source.kind === 'files') return title;
  return new URL(source.base).pathname.split('/').filter(Boolean).at(-1) ?? new URL(source.base).host;
}

function badRepo(text: string): EngineError {
  return new EngineError('address', `"${clip(text)}" is not a repository; write it as owner/name`);
}

function badBase(text: string): EngineError {
  return new EngineError('address', `"${clip(text)}" is not an address; it has to begin with https:// or http://`);
}

function clip(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
