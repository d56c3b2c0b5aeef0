// Runs tempo, its own tensor operations and onnxruntime-web in one headless Chromium, in turns, and prints how they
// compare. Called by bench-browser.sh, which supplies the packages, the ONNX file and the browser.

import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { report } from './report.mjs';
import { serve } from './serve.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const SETS = [1, 8];
const PROMPT = 'Once upon a time there was a little girl who lived in a house near the forest';
const GPU = 'WebGPU';
const CPU = 'CPU (wasm, one thread)';

const COMPETITORS = [
  { name: 'tempo f32', on: GPU, by: 'tempo', device: 'gpu', weights: 'f32' },
  { name: 'tempo q8', on: GPU, by: 'tempo', device: 'gpu', weights: 'q8' },
  { name: 'tempo tensor', on: GPU, by: 'tempo', device: 'gpu', weights: 'f32', kernels: 'tensor' },
  { name: 'ort', on: GPU, by: 'ort', provider: 'webgpu' },
  { name: 'tempo f32', on: CPU, by: 'tempo', device: 'cpu', weights: 'f32' },
  { name: 'tempo q8', on: CPU, by: 'tempo', device: 'cpu', weights: 'q8' },
  { name: 'tempo tensor', on: CPU, by: 'tempo', device: 'cpu', weights: 'f32', kernels: 'tensor' },
  { name: 'ort', on: CPU, by: 'ort', provider: 'wasm' },
];

const { values: args } = parseArgs({
  options: {
    wasm: { type: 'string' },
    model: { type: 'string' },
    onnx: { type: 'string' },
    chromium: { type: 'string' },
    json: { type: 'string' },
    /** `gpu` or `cpu`: that alone. */
    on: { type: 'string' },
    rounds: { type: 'string', default: '4' },
    // A software adapter takes half a second for a token.
    'steps-gpu': { type: 'string', default: '8' },
    'steps-cpu': { type: 'string', default: '32' },
    // And several seconds for one in tensor operations.
    'steps-tensor': { type: 'string', default: '3' },
  },
});
const STEPS = { [GPU]: Number(args['steps-gpu']), [CPU]: Number(args['steps-cpu']) };
const stepsOf = ({ on, kernels }) =>
  kernels === 'tensor' ? Math.min(Number(args['steps-tensor']), STEPS[on]) : STEPS[on];

const { origin, stop } = await serve({
  peers: HERE,
  support: fileURLToPath(new URL('../../tests/web/support', import.meta.url)),
  wasm: args.wasm,
  model: args.model,
  onnx: args.onnx,
  ort: fileURLToPath(new URL('node_modules/onnxruntime-web/dist', import.meta.url)),
});
// The switches of tests/web/support/browser.ts: a graphics adapter played by a program where there is no other.
const browser = await chromium.launch({
  executablePath: args.chromium,
  args: [
    '--headless=new',
    '--no-sandbox',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--enable-unsafe-webgpu',
    '--enable-features=Vulkan',
    ...(process.env.PEERS_ADAPTER === 'hardware' ? [] : ['--use-webgpu-adapter=swiftshader']),
  ],
});
try {
  const page = await browser.newPage();
  page.on('pageerror', (error) => console.error(error.message));
  await page.goto(`${origin}/peers/page.html`);
  const result = await race(page);
  console.log(report(result));
  if (args.json) await writeFile(args.json, `${JSON.stringify(result, null, 2)}\n`);
} finally {
  await browser.close();
  stop();
}

/** Everybody in every round, one after the other, in the other order every second time: what disturbs hits all. */
async function race(page) {
  const ask = (competitor, message) =>
    page.evaluate(([name, what]) => window.ask(name, what), [`${competitor.name} ${competitor.on}`, message]);
  const notRun = [];
  const runs = [];
  const runners = [];
  const out = (competitor, error) => {
    notRun.push(`${competitor.name} on ${competitor.on} (${error.message.split('\n')[0]})`);
    runners.splice(0, Infinity, ...runners.filter((other) => other !== competitor));
  };
  const wanted = { gpu: GPU, cpu: CPU }[args.on];
  for (const competitor of COMPETITORS.filter(({ on }) => !wanted || on === wanted)) {
    try {
      competitor.adapter = await ask(competitor, { open: competitor });
      runners.push(competitor);
    } catch (error) {
      out(competitor, error);
    }
  }
  // Tokens of the prompt, as tempo reads it.
  let prompt = null;
  for (let round = 0; round < Number(args.rounds); round += 1) {
    for (const set of SETS) {
      console.error(`round ${round + 1} of ${args.rounds}, sets of ${set}`);
      // tempo comes first in the first round: it has the tokenizer.
      for (const competitor of round % 2 ? [...runners].reverse() : [...runners]) {
        const steps = stepsOf(competitor);
        const fed = competitor.by === 'tempo' ? PROMPT : prompt && lengthened(prompt, set, steps);
        if (!fed) continue;
        try {
          const run = await ask(competitor, { how: { prompt: fed, set, steps } });
          if (competitor.by === 'tempo') prompt = run.prompt;
          runs.push({ name: competitor.name, on: competitor.on, round, set, ...run });
        } catch (error) {
          out(competitor, error);
        }
      }
    }
  }
  const version = browser.version();
  return {
    browser: version,
    competitors: runners,
    sets: SETS,
    rounds: Number(args.rounds),
    steps: STEPS,
    runs,
    notRun,
  };
}

/** A set of n grows the one context by n rows a step, n sequences grow theirs by one: a longer prompt makes up for it. */
function lengthened(prompt, set, steps) {
  const length = prompt.length + Math.round(((set - 1) * (steps + 3)) / 2);
  return Array.from({ length }, (_, at) => prompt[at % prompt.length]);
}
