// tempo, through the class that the page's worker holds.

import { meanContext, measure } from './steps.js';

const MODEL = '/model/';

async function bytes(name) {
  const answer = await fetch(MODEL + name);
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

export async function open({ device, weights: format, kernels }) {
  const { default: start, Tempo } = await import('/wasm/tempo_web.js');
  await start();
  const tempo = await Tempo.open(device, format, kernels);
  const [config, generation, tokenizer, tensors] = await Promise.all(
    ['config.json', 'generation_config.json', 'tokenizer.json', 'model.safetensors'].map(bytes),
  );
  const weights = {
    files: () => [{ name: 'model.safetensors', bytes: tensors.length }],
    read: async (_file, from, to) => tensors.slice(from, to),
  };
  await tempo.load({ id: 'storyteller', config, generation, tokenizer, weights }, () => {});
  const { kind, name, software } = tempo.device();
  if (kind !== device) throw new Error(`asked for ${device}, got ${name}`);
  return { adapter: software ? `${name} (software)` : name, run: (how) => run(tempo, how) };
}

/** `steps` steps with sets of exactly `set` tokens. */
async function run(tempo, { prompt, set, steps }) {
  const all = steps + 2;
  tempo.begin(prompt, {
    // Some dozens of tokens reach it, so the largest set is what is had. Were it lower, more tokens would reach it than a
    // digest lists, and the rows would be read as well.
    temperature: 1.5,
    selection_threshold: 0.002,
    max_set: set,
    removal: 'off',
    min_steps: all,
    max_steps: all,
  });
  const begin = await tempo.step();
  const prompted = begin.prompt.tokens.map(({ id }) => id);
  const ids = [];
  const step = async () => {
    const event = await tempo.step();
    if (event.set.length !== set) throw new Error(`a set of ${event.set.length} instead of ${set}`);
    ids.push(event.set[0].id);
    return event.timing.forward_ms;
  };
  const begun = performance.now();
  await step();
  const prefill = performance.now() - begun;
  return {
    prefill,
    ...(await measure(steps, step)),
    prompt: prompted,
    ids,
    context: meanContext(prompted.length, set, steps),
  };
}
