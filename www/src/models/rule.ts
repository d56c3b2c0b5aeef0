// Which files are a model: the program's rule. It is in the wasm package, which is here before a file is listed;
// crates/tempo-files/src/question.rs has the table of what is asked and answered.

import type { Net } from './http';

type Question =
  | { names: string[]; repository?: string; kind?: string | undefined; file?: string | undefined }
  | { part: string }
  | { index: string }
  | { name: string };

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
  /** What is not there. */
  file?: string;
}

export function ask(net: Net, question: Question): Answer {
  return JSON.parse(net.modelFiles(JSON.stringify(question))) as Answer;
}

/** A name in which everything can be seen. */
export function shown(net: Net, name: string): string {
  return (JSON.parse(net.modelFiles(JSON.stringify({ name }))) as { shown: string }).shown;
}
