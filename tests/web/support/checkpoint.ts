// A tiny llama model for the tests, made here: seeded random weights with the story model's tokenizer, and the few lines
// that write safetensors. Large enough to be cut in half, small enough to run on anything.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const config = fileURLToPath(new URL('../../fixtures/models/llama/config.json', import.meta.url));
const story = fileURLToPath(new URL('../../../www/public/models/storyteller/', import.meta.url));

const VOCAB = 4096;

interface Sizes {
  layers: number;
  hidden: number;
  inner: number;
  /** Of the keys of all heads. */
  keys: number;
}
/** Two key-value heads of eight. */
const TINY: Sizes = { layers: 2, hidden: 32, inner: 40, keys: 16 };
/** 18 million parameters, the least that is shared out to threads. */
const SHARED: Sizes = { layers: 6, hidden: 512, inner: 1280, keys: 256 };

export type Files = Map<string, Buffer>;

interface Tensor {
  name: string;
  shape: number[];
  values: Float32Array;
}

/** Numbers in [-1, 1) that are the same on every machine (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

function tensors(seed: number, { layers, hidden, inner, keys }: Sizes = TINY): Tensor[] {
  // As large as in the tiny one, whatever the sizes are.
  const by = (inputs: number): number => Math.sqrt(32 / inputs);
  const next = numbers(seed);
  const random = (name: string, shape: number[], scale: number): Tensor => ({
    name,
    shape,
    values: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => scale * next()),
  });
  const ones = (name: string): Tensor => ({
    name,
    shape: [hidden],
    values: new Float32Array(hidden).fill(1),
  });
  const layer = (at: number): Tensor[] => {
    const of = (part: string): string => `model.layers.${at}.${part}.weight`;
    return [
      ones(of('input_layernorm')),
      random(of('mlp.down_proj'), [hidden, inner], 0.3 * by((inner * 4) / 5)),
      random(of('mlp.gate_proj'), [inner, hidden], 0.3 * by(hidden)),
      random(of('mlp.up_proj'), [inner, hidden], 0.3 * by(hidden)),
      ones(of('post_attention_layernorm')),
      random(of('self_attn.k_proj'), [keys, hidden], 0.5 * by(hidden)),
      random(of('self_attn.o_proj'), [hidden, hidden], 0.3 * by(hidden)),
      random(of('self_attn.q_proj'), [hidden, hidden], 0.5 * by(hidden)),
      random(of('self_attn.v_proj'), [keys, hidden], 0.5 * by(hidden)),
    ];
  };
  return [
    random('model.embed_tokens.weight', [VOCAB, hidden], by(hidden)),
    ...Array.from({ length: layers }, (_, at) => layer(at)).flat(),
    ones('model.norm.weight'),
  ];
}

/** Length of the header, header, data: https://github.com/huggingface/safetensors */
function safetensors(list: Tensor[]): Buffer {
  let at = 0;
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  for (const { name, shape, values } of list) {
    header[name] = {
      dtype: 'F32',
      shape,
      data_offsets: [at, (at += values.byteLength)],
    };
  }
  let text = JSON.stringify(header);
  text += ' '.repeat((8 - (text.length % 8)) % 8);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const data = list.map(({ values }) => Buffer.from(values.buffer, values.byteOffset, values.byteLength));
  return Buffer.concat([length, Buffer.from(text), ...data]);
}

async function small({ layers, hidden, inner, keys }: Sizes = TINY): Promise<Files> {
  const described = JSON.parse(await readFile(config, 'utf8')) as Record<string, unknown>;
  Object.assign(described, {
    vocab_size: VOCAB,
    num_hidden_layers: layers,
    hidden_size: hidden,
    intermediate_size: inner,
    head_dim: keys / 2,
    num_attention_heads: (2 * hidden) / keys,
    bos_token_id: 0,
    eos_token_id: 0,
  });
  return new Map([
    ['config.json', Buffer.from(JSON.stringify(described))],
    ['generation_config.json', Buffer.from('{"eos_token_id":0}')],
    ['tokenizer_config.json', Buffer.from('{}')],
    ['tokenizer.json', await readFile(`${story}tokenizer.json`)],
  ]);
}

/** All files of a model in one safetensors file. */
export async function tinyModel(seed = 7): Promise<Files> {
  const files = await small();
  files.set('model.safetensors', safetensors(tensors(seed)));
  return files;
}

/** A model that is large enough to be shared out to threads. */
export async function sharedModel(seed = 7): Promise<Files> {
  const files = await small(SHARED);
  files.set('model.safetensors', safetensors(tensors(seed, SHARED)));
  return files;
}

/** The same model in two shards with an index. */
export async function shardedModel(seed = 7): Promise<Files> {
  const files = await small();
  const all = tensors(seed);
  const shards = new Map([
    ['model-00001-of-00002.safetensors', all.slice(0, 1)],
    ['model-00002-of-00002.safetensors', all.slice(1)],
  ]);
  const map: Record<string, string> = {};
  for (const [name, list] of shards) {
    files.set(name, safetensors(list));
    for (const tensor of list) map[tensor.name] = name;
  }
  const index = {
    metadata: {
      total_size: all.reduce((sum, t) => sum + t.values.byteLength, 0),
    },
    weight_map: map,
  };
  files.set('model.safetensors.index.json', Buffer.from(JSON.stringify(index)));
  return files;
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
