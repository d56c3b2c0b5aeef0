// Which of the files in a repository, a folder or a choice are the model, and what an index may name: the rule of
// crates/tempo-model/src/weight_files.rs, to whose cases this is held.

import { INDEX, isFileName, isGguf, partsOf, WEIGHTS } from './names';

/** The most files that an index may name. */
const MOST_SHARDS = 1000;

export type WeightFiles =
  | { kind: 'single'; name: string }
  | { kind: 'shards' }
  /** A GGUF file, or all parts of one in their order. */
  | { kind: 'gguf'; names: string[] }
  | { kind: 'none' }
  | { kind: 'several'; names: string[] }
  | { kind: 'missing'; name: string };

/** Of all these files: the single file, the shards of an index, the only other safetensors file, the only GGUF model.
 *  Adapters, projectors of images and hidden files are no models. */
export function weightFiles(all: Iterable<string>): WeightFiles {
  const names = [...all].filter((name) => !name.split('/').some((part) => part.startsWith('.'))).sort();
  if (names.includes(WEIGHTS)) return { kind: 'single', name: WEIGHTS };
  if (names.includes(INDEX)) return { kind: 'shards' };
  const safetensors = names.filter((name) => name.endsWith('.safetensors') && !name.startsWith('adapter_model'));
  const [only, another] = safetensors;
  if (only !== undefined) return another ? { kind: 'several', names: safetensors } : { kind: 'single', name: only };
  const ggufs = names.filter((name) => isGguf(name) && !/mmproj|adapter|imatrix/i.test(lastPart(name)));
  // Of a model in several files, one stands for all.
  const models = [...new Set(ggufs.map((name) => partsOf(name)?.[0] ?? name))];
  const [model, more] = models;
  if (model === undefined) return { kind: 'none' };
  if (more !== undefined) return { kind: 'several', names: models };
  const parts = partsOf(model) ?? [model];
  const missing = parts.find((name) => !ggufs.includes(name));
  return missing === undefined ? { kind: 'gguf', names: parts } : { kind: 'missing', name: missing };
}

/** Whether an index may name this file: a safetensors file beside it. */
export function isShard(name: unknown): name is string {
  return typeof name === 'string' && isFileName(name) && name.endsWith('.safetensors');
}

/** Whether it may name so many. */
export function isShardCount(count: number): boolean {
  return count >= 1 && count <= MOST_SHARDS;
}

function lastPart(name: string): string {
  return name.split('/').at(-1) ?? name;
}
