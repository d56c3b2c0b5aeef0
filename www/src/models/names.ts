// Names that come from outside, checked before they become addresses or file names, and the keys of stored models.

import { sha256 } from './sha256';
import { EngineError } from '../engine/errors';
import { hex } from './hashes';
import type { OriginSource, RecordedSource } from './source';

export const CONFIG = 'config.json';
export const GENERATION = 'generation_config.json';
export const TOKENIZER = 'tokenizer.json';
/** What names a model's special tokens, and may hold its chat template. */
export const TOKENIZER_CONFIG = 'tokenizer_config.json';
export const CHAT_TEMPLATE = 'chat_template.jinja';
export const WEIGHTS = 'model.safetensors';
export const INDEX = 'model.safetensors.index.json';

/** A model in one file, with its configuration and its tokenizer. */
export function isGguf(name: string): boolean {
  return /\.gguf$/i.test(name);
}

/** A GGUF file's name without its ending and the number of a part. */
export function withoutPart(name: string): string {
  return name.replace(/(?:-\d{5}-of-\d{5})?\.gguf$/i, '');
}

/** The files that hold weights. */
export function holdsWeights(name: string): boolean {
  return name.endsWith('.safetensors') || isGguf(name);
}

const PART = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?$/;
const REVISION = /^[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,126}[A-Za-z0-9])?$/;
const QUANTISATION = /^[A-Za-z0-9._-]{1,40}$/;
const FILE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

const HUB_PAGE = /^(?:https?:\/\/)?(?:www\.)?(?:huggingface\.co|hf\.co)\/([^?#]+)/;

/** An address of the hub, whatever it shows. */
export function isHubPage(text: string): boolean {
  return HUB_PAGE.test(text.trim());
}

export interface Repo {
  repo: string;
  revision: string;
  /** The GGUF file that is meant, with the folders it is in. */
  file?: string;
  /** What its name says of the weights of the GGUF file that is meant, as "Q4_K_M". */
  quantisation?: string;
}

/** "owner/name", with ":Q4_K_M", "/file.gguf" or "@revision" after it, or an address of huggingface.co; throws
 *  'address'. The program reads the same: crates/tempo-hub/tests/spellings.json holds both to it. */
export function parseRepo(text: string, otherwise = 'main'): Repo {
  const trimmed = text.trim();
  const page = HUB_PAGE.exec(trimmed);
  const [path, after] = (page?.[1] ?? trimmed).split('@', 2);
  // A path of the system begins with a slash.
  if (path?.startsWith('/')) throw badRepo(trimmed);
  const [owner = '', named = '', ...rest] = (path ?? '').split('/').filter((part) => part !== '');
  const [name = '', quantisation] = named.split(/:(.*)/s, 2);
  // Of /blob/main/config.json only "main" is the revision; a branch with a slash has to be written after "@".
  const branch = page && ['tree', 'blob', 'resolve'].includes(rest[0] ?? '') ? rest.splice(0, 2)[1] : undefined;
  const file = isGguf(rest.at(-1) ?? '') ? rest.join('/') : undefined;
  if (file === undefined && branch === undefined && rest.length > 0) throw badRepo(trimmed);
  const revision = after ?? branch ?? otherwise;
  checkRepo(`${owner}/${name}`, revision);
  if (quantisation !== undefined) {
    if (rest.length > 0 || !QUANTISATION.test(quantisation)) throw badRepo(trimmed);
    return { repo: `${owner}/${name}`, revision, quantisation };
  }
  if (file === undefined) return { repo: `${owner}/${name}`, revision };
  if (!isGgufPath(file)) throw badRepo(trimmed);
  return { repo: `${owner}/${name}`, revision, file };
}

function checkRepo(repo: string, revision: string): void {
  const [owner = '', name = ''] = repo.split('/');
  const wrong = (part: string): boolean => !PART.test(part) || part.includes('..') || part.includes('--');
  if (wrong(owner) || wrong(name)) throw badRepo(repo);
  if (!REVISION.test(revision) || revision.includes('..') || revision.includes('//')) {
    throw new EngineError('address', `"${clip(revision)}" is not a revision; use a branch, a tag or a commit`);
  }
}

/** The folder of a model as an absolute address that ends in a slash, or the address of a GGUF file; throws 'address'. */
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
  if (isGguf(url.pathname)) {
    // The page about a file is not the file.
    if (url.host === 'huggingface.co') url.pathname = url.pathname.replace(/^((?:\/[^/]+){2})\/blob\//, '$1/resolve/');
    // What stands behind a file's name may be what lets it be read.
    return url.href;
  }
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

/** The same of a GGUF file that may lie in folders. */
export function isGgufPath(path: string): boolean {
  return isGguf(path) && path.length <= 300 && path.split('/').every(isFileName);
}

/** A safe name for a GGUF file of any name. */
export function ggufName(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/\.{2,}/g, '.');
  const named = plain.slice(-200).replace(/^[^A-Za-z0-9]+/, '');
  return isGguf(named) ? named : 'model.gguf';
}

/** The name of the GGUF file at an address; null when a folder is there. */
export function ggufAt(address: string): string | null {
  const last = new URL(address).pathname.split('/').at(-1) ?? '';
  if (!isGguf(last)) return null;
  try {
    return ggufName(decodeURIComponent(last));
  } catch {
    return ggufName(last);
  }
}

export function recordedSource(source: OriginSource): RecordedSource {
  return source.kind === 'files' ? { kind: 'files', names: source.files.map((file) => file.name).sort() } : source;
}

/** One folder name per source; readable, and a hash because names are cut and some file systems ignore case. */
export function keyOf(source: OriginSource): string {
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

/** A repository and what is meant of it, as it is written. */
export function pathOf({ repo, file, quantisation }: Omit<Repo, 'revision'>): string {
  if (quantisation !== undefined) return `${repo}:${quantisation}`;
  return file === undefined ? repo : `${repo}/${file}`;
}

export function titleOf(source: OriginSource): string {
  switch (source.kind) {
    case 'embedded':
      return source.id;
    case 'hub': {
      const title = pathOf(source);
      return source.revision === 'main' ? title : `${title}@${source.revision}`;
    }
    case 'url':
      return source.base.replace(/\?.*$/, '');
    case 'files': {
      const [first, ...more] = source.files;
      if (first && more.length === 0 && isGguf(first.name)) return first.name;
      if (first && source.files.every((file) => isGguf(file.name))) return `${withoutPart(first.name)}.gguf`;
      const folder = first?.webkitRelativePath?.split('/').at(-2);
      return folder || 'local files';
    }
  }
}

/** The name of a model in its run event; a GGUF file is called what it is called, without its ending. */
export function idOf(source: RecordedSource, title: string): string {
  return withoutPart(nameOf(source, title));
}

function nameOf(source: RecordedSource, title: string): string {
  if (source.kind === 'hub') return source.file?.split('/').at(-1) ?? pathOf(source);
  if (source.kind === 'embedded') return source.id;
  if (source.kind === 'files') return title;
  return new URL(source.base).pathname.split('/').filter(Boolean).at(-1) ?? new URL(source.base).host;
}

function badRepo(text: string): EngineError {
  return new EngineError(
    'address',
    `"${clip(text)}" is not a repository; write it as owner/name, owner/name:Q4_K_M or owner/name/file.gguf`,
  );
}

function badBase(text: string): EngineError {
  return new EngineError('address', `"${clip(text)}" is not an address; it has to begin with https:// or http://`);
}

function clip(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
