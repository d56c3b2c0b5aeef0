// One round of wllama: llama.cpp in wasm, one thread, no graphics card; its own clock for prompt and tokens.

import { LoggerWithoutDebug, Wllama } from '/wllama/index.js';

export async function round(file, { short, prompts, steps, context }) {
  const begun = performance.now();
  const wllama = new Wllama({ default: '/wllama/wasm/wllama.wasm' }, { suppressNativeLog: true, logger: LoggerWithoutDebug });
  await wllama.loadModel([file], { n_threads: 1, n_gpu_layers: 0, n_ctx: context, n_parallel: 1, warmup: false });
  const run = async (prompt, count) => {
    const options = { temperature: 0, cache_prompt: false, ignore_eos: true, timings_per_token: true };
    return (await wllama.createCompletion({ prompt, max_tokens: count, ...options })).timings;
  };
  await run(short, 1);
  const first = performance.now() - begun;
  const prefill = {};
  let one;
  for (const [tokens, prompt] of Object.entries(prompts)) {
    const found = await run(prompt, one === undefined ? steps + 1 : 1);
    one ??= found.predicted_ms / found.predicted_n;
    prefill[tokens] = { tokens: found.prompt_n, ms: found.prompt_ms };
  }
  await wllama.exit();
  return { first, prefill, one };
}
