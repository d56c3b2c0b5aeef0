// What a name means, and which files are a model: the program's rules. They are in the wasm package, which is here before
// a model is looked for; crates/tempo-files/src/question.rs has the table of what is asked and answered.

import { EngineError } from '../engine/errors';
import type { Net } from './http';
import type { OriginSource } from './source';

type Question =
  | { names: string[]; repository?: string; kind?: string | undefined; file?: string | undefined }
  | { part: string }
  | { index: string }
  | { name: string }
  | { spelling: string; revision: string }
  | { spelling: string; address: string };

interface Answer {
  /** The files of the weights, in their order. */
  weights?: string[];
  /** They are those that the index names. */
  indexed?: true;
  /** Each of these could be the model. */
  several?: string[];
  /** This part of the model is not there. */
  missing?: string;
  /** Why not, in words. */
  refused?: string;
  /** What is not there; or the GGUF file that a name means. */
  file?: string;
  /** A repository that a name means, with its revision. */
  repository?: string;
  revision?: string;
  /** What the name of its GGUF file says of the weights. */
  kind?: string;
  /** An address that a name means. */
  address?: string;
}

export function ask(net: Net, question: Question): Answer {
  return JSON.parse(net.modelFiles(JSON.stringify(question))) as Answer;
}

/** A name in which everything can be seen. */
export function shown(net: Net, name: string): string {
  return (JSON.parse(net.modelFiles(JSON.stringify({ name }))) as { shown: string }).shown;
}

/** Where a source is, as it is known by: what was typed is read. Addresses are relative to the page. Throws 'address'. */
export function resolved(net: Net, source: OriginSource): OriginSource {
  if (source.kind !== 'hub' && source.kind !== 'url') return source;
  const found =
    source.kind === 'hub'
      ? ask(net, { spelling: source.repo, revision: source.revision })
      : ask(net, { spelling: source.base, address: absolute(source.base, net.base) });
  const { refused, address, repository, revision, file, kind } = found;
  if (refused !== undefined) throw new EngineError('address', refused);
  if (address !== undefined) return { kind: 'url', base: address };
  return {
    ...(source.kind === 'hub' ? source : {}),
    kind: 'hub',
    repo: repository!,
    revision: revision!,
    ...(file !== undefined && { file }),
    ...(kind !== undefined && { quantisation: kind }),
  };
}

/** Empty where the text is no address at all. */
function absolute(text: string, base: string): string {
  try {
    return new URL(text.trim(), base).href;
  } catch {
    return '';
  }
}
