// Names that come from outside, checked before they become addresses or file names, and the keys of stored models.

import { sha256 } from './sha256';
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

const FILE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

export interface Repo {
  repo: string;
  revision: string;
  /** The GGUF file that is meant, with the folders it is in. */
  file?: string;
  /** What its name says of the weights of the GGUF file that is meant, as "Q4_K_M". */
  quantisation?: string;
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
