// One round of tempo in a worker, as the page has it: one thread, the class that the page's worker holds.

const QUIET = { removal: 'off', selection_threshold: 0.002, max_set: 1 };

self.addEventListener('message', async ({ data: { file, how } }) => {
  try {
    self.postMessage(await round(file, how));
  } catch (error) {
    self.postMessage({ error: String(error?.message ?? error) });
  }
});

async function round(file, { short, lengths, steps, weights }) {
  const begun = performance.now();
  const { default: start, Tempo } = await import('/wasm/tempo_web.js');
  await start();
  const tempo = await Tempo.open('cpu', weights);
  const source = {
    files: () => [{ name: 'model.gguf', bytes: file.size }],
    read: async (_file, from, to) => new Uint8Array(await file.slice(from, to).arrayBuffer()),
  };
  await tempo.load({ id: 'model', weights: source }, () => {});
  await run(tempo, short, 1);
  const first = performance.now() - begun;
  const found = {};
  for (const tokens of lengths) found[tokens] = await run(tempo, promptOf(tempo, tokens), tokens === lengths[0] ? steps : 1);
  return { first, prefill: prefills(found), one: found[lengths[0]].one };
}

/** A prompt of exactly so many tokens, if the tokenizer has such a one. */
function promptOf(tempo, tokens) {
  let prompt = 'Once upon a time';
  while (tempo.promptLength(prompt).tokens < tokens) prompt += ' time';
  return prompt;
}

async function run(tempo, prompt, steps) {
  tempo.begin(prompt, { ...QUIET, min_steps: steps + 1, max_steps: steps + 1 });
  const { prompt: read } = await tempo.step();
  const begun = performance.now();
  await tempo.step();
  const prefill = performance.now() - begun;
  const after = performance.now();
  for (let step = 0; step < steps; step += 1) await tempo.step();
  return { tokens: read.tokens.length, prefill, prompt, one: (performance.now() - after) / steps };
}

function prefills(found) {
  return Object.fromEntries(
    Object.entries(found).map(([wanted, { tokens, prefill, prompt }]) => [wanted, { tokens, ms: prefill, prompt }]),
  );
}
