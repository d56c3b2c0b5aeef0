// onnxruntime-web, as transformers.js drives it: the cache stays on the device, the logits come back.

import { meanContext, measure } from './steps.js';

const BUNDLES = { webgpu: 'ort.webgpu.bundle.min.mjs', wasm: 'ort.wasm.bundle.min.mjs' };

export async function open({ provider }) {
  const ort = await import(`/ort/${BUNDLES[provider]}`);
  // More threads are slower for a model of this size, and tempo has one.
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = '/ort/';
  const config = await (await fetch('/model/config.json')).json();
  const caches = Array.from({ length: config.num_hidden_layers }, (_, at) => [`${at}.key`, `${at}.value`]).flat();
  const places = Object.fromEntries(caches.map((cache) => [`present.${cache}`, 'gpu-buffer']));
  const session = await ort.InferenceSession.create('/onnx', {
    executionProviders: [provider],
    ...(provider === 'webgpu' ? { preferredOutputLocation: places } : {}),
  });
  const head = config.head_dim ?? config.hidden_size / config.num_attention_heads;
  const model = { ort, session, caches, vocab: config.vocab_size, heads: config.num_key_value_heads, head };
  return { adapter: provider, run: (how) => run(model, how) };
}

/** `set` sequences in a batch, each continued greedily for `steps` tokens. */
async function run({ ort, session, caches, vocab, heads, head }, { prompt, set, steps }) {
  const long = (rows, values) =>
    new ort.Tensor('int64', BigInt64Array.from(values, BigInt), [rows, values.length / rows]);
  const cached = (of) => Object.fromEntries(caches.map((cache) => [`past_key_values.${cache}`, of(cache)]));
  let past = cached(() => new ort.Tensor('float32', [], [1, heads, 0, head]));
  let known = 0;
  /** Feeds tokens to every sequence and gives the logits of the last one back. */
  const pass = async (rows, ids) => {
    known += ids.length / rows;
    const input = { input_ids: long(rows, ids), attention_mask: long(rows, new Array(rows * known).fill(1)) };
    const out = await session.run({ ...input, ...past });
    for (const tensor of Object.values(past)) tensor.dispose();
    past = cached((cache) => out[`present.${cache}`]);
    const width = vocab * (ids.length / rows);
    return Array.from({ length: rows }, (_, row) =>
      out.logits.data.subarray((row + 1) * width - vocab, (row + 1) * width),
    );
  };
  const begun = performance.now();
  const [first] = await pass(1, prompt);
  // Sequences begin with the most probable tokens, as those of a beam search do.
  let next = [...first.keys()].sort((a, b) => first[b] - first[a]).slice(0, set);
  const prefill = performance.now() - begun;
  if (set > 1) past = await repeated(ort, past, set);
  const ids = [next[0]];
  const measured = await measure(steps, async () => {
    const started = performance.now();
    const rows = await pass(set, next);
    const took = performance.now() - started;
    next = rows.map((row) => row.indexOf(row.reduce((best, value) => Math.max(best, value), -Infinity)));
    ids.push(next[0]);
    return took;
  });
  for (const tensor of Object.values(past)) tensor.dispose();
  return { prefill, ...measured, prompt, ids, context: meanContext(prompt.length, 1, steps) };
}

/** The cache of one sequence, for `set` of them. */
async function repeated(ort, past, set) {
  const made = {};
  for (const [name, tensor] of Object.entries(past)) {
    const [, ...shape] = tensor.dims;
    const one = await tensor.getData(true);
    const all = new Float32Array(one.length * set);
    for (let at = 0; at < set; at += 1) all.set(one, at * one.length);
    made[name] = new ort.Tensor('float32', all, [set, ...shape]);
  }
  return made;
}
