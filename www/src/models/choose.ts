// Which GGUF file of a repository is meant. The program chooses by the same rule (crates/tempo-hub/src/choose.rs), and
// crates/tempo-hub/tests/spellings.json holds both to it.

import { CONFIG, INDEX, isGguf, TOKENIZER, WEIGHTS } from './names';

/** Where nothing is named, the first of these that there is: small and good first. */
const PREFERRED = [
  'Q4_K_M',
  'Q8_0',
  'Q4_K_S',
  'Q4_0',
  'Q4_1',
  'Q5_K_M',
  'Q5_K_S',
  'Q5_0',
  'Q5_1',
  'Q6_K',
  'F16',
  'BF16',
  'F32',
];
/** GGUF files that hold something else than a language model. */
const OTHER = /mmproj|imatrix/i;
/** The later parts of a file that is split. */
const LATER_PART = /-(?!00001-)\d{5}-of-\d{5}\.gguf$/i;

/** The GGUF files that stand for a model, as they are listed for people. */
export function ggufsOf(names: Iterable<string>): string[] {
  return [...names].filter((name) => isGguf(name) && !LATER_PART.test(name)).sort();
}

/** The GGUF file with weights of a kind, or without one the file that is to be taken; null where there is none, or the
 *  safetensors of the repository are meant. */
export function chooseGguf(names: Iterable<string>, quantisation?: string): string | null {
  const all = new Set(names);
  const models = ggufsOf(all).filter((name) => !OTHER.test(name));
  const best = (kind: string): string | undefined =>
    models.filter((name) => isOfKind(name, kind)).sort((a, b) => a.length - b.length || (a < b ? -1 : 1))[0];
  if (quantisation !== undefined) return best(quantisation) ?? null;
  const isWhole = all.has(CONFIG) && all.has(TOKENIZER) && (all.has(WEIGHTS) || all.has(INDEX));
  if (isWhole) return null;
  return PREFERRED.map(best).find((name) => name !== undefined) ?? models[0] ?? null;
}

/** Whether a name says that the weights are of this kind: as a word of its own, in small or large letters. */
function isOfKind(name: string, kind: string): boolean {
  const literal = kind.replace(/[.*+?^${}()|[\]\\-]/g, '\\$&');
  return new RegExp(`(?:^|[^a-z0-9])${literal}(?=[-./]|$)`, 'i').test(name);
}
