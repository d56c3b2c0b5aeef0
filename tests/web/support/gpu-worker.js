// A worker with nothing but the wasm package in it. It is told models and a format, and answers for each with what the
// browser said of every shader. gpu-counts.js stands in front.

const modules = [];
const errors = [];
if (self.GPUDevice) {
  const create = GPUDevice.prototype.createShaderModule;
  GPUDevice.prototype.createShaderModule = function (described) {
    const module = create.call(this, described);
    const told = module.getCompilationInfo().then(({ messages }) => ({
      label: described.label ?? '',
      messages: messages.map(({ type, lineNum, message }) => `${type}, line ${lineNum}: ${message}`),
    }));
    modules.push(told);
    return module;
  };
  const request = GPUAdapter.prototype.requestDevice;
  GPUAdapter.prototype.requestDevice = async function (...about) {
    const device = await request.apply(this, about);
    device.addEventListener('uncapturederror', ({ error }) => errors.push(error.message));
    return device;
  };
}

/** Lets a software adapter pass for a card, so that the kernels of cards are compiled and run. */
function passForCard() {
  const pass = (name, value) => Object.defineProperty(GPUAdapterInfo.prototype, name, { get: () => value });
  pass('description', 'a card, says a test');
  pass('isFallbackAdapter', false);
}

/** Loads a model, runs a few steps, and tells what was compiled for it. */
async function run(tempo, files) {
  const bytes = (name) =>
    name in files ? Uint8Array.from(atob(files[name]), (letter) => letter.charCodeAt(0)) : undefined;
  const tensors = bytes('model.safetensors');
  const [first, before] = [modules.length, self.gpuCounts()];
  await tempo.load(
    {
      id: 'model',
      config: bytes('config.json'),
      generation: bytes('generation_config.json'),
      tokenizer: bytes('tokenizer.json'),
      weights: {
        files: () => [{ name: 'model.safetensors', bytes: tensors.length }],
        read: async (_file, from, to) => tensors.slice(from, to),
      },
    },
    () => {},
  );
  // A set of several and removal by attention, so that nothing of the model stays unused.
  const options = { selection_threshold: 0.001, max_set: 3, removal: 'mask', min_steps: 2, max_steps: 2 };
  tempo.begin('Once upon a time', options);
  const sets = [];
  for (let event = await tempo.step(); event; event = await tempo.step()) {
    if (event.type === 'step') sets.push(event.set.map(({ id }) => id));
  }
  const after = self.gpuCounts();
  return {
    modules: await Promise.all(modules.slice(first)),
    errors: errors.splice(0),
    sets,
    counts: Object.fromEntries(Object.keys(after).map((key) => [key, after[key] - before[key]])),
  };
}

self.addEventListener('message', async ({ data: { models, weights, card } }) => {
  try {
    if (card) passForCard();
    const { default: start, Tempo } = await import('/harness/tempo_web.js');
    await start();
    const tempo = await Tempo.open('gpu', weights);
    if (tempo.device().software === card) throw new Error(`the adapter is ${card ? 'no' : 'a'} card`);
    for (const [name, files] of models) self.postMessage({ name, ...(await run(tempo, files)) });
    self.postMessage({ done: true });
  } catch (error) {
    self.postMessage({ error: String(error?.message ?? error) });
  }
});
