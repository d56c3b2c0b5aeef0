// llama.cpp on one model, in a process of its own, so that its memory can be told: one line of JSON.
//
//   node one.mjs MODEL.gguf THREADS STEPS

import { getLlama, LlamaLogLevel } from 'node-llama-cpp';

const [modelPath, threads, steps] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const SET = 8;
const PREFILLS = [128, 512];
const CONTEXT = 1024;

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** Tokens of a text that says nothing, as `tempo bench` has them. */
const tokens = (count, vocabulary, seed) => Array.from({ length: count }, (_, i) => ((i + seed) * 7919) % vocabulary);

/** Milliseconds of each of so many tokens, and of the first one, with the prompt before it. */
async function generate(sequences, prompt, count) {
  // The most probable token each: what follows does not matter, and nothing ends a text.
  const options = { temperature: 0, yieldEogToken: true };
  const runs = sequences.map((sequence, at) => sequence.evaluate([...prompt, at + 1], options));
  const times = [];
  for (let step = 0; step <= count; step += 1) {
    const begun = performance.now();
    await Promise.all(runs.map((run) => run.next()));
    times.push(performance.now() - begun);
  }
  await Promise.all(runs.map((run) => run.return()));
  return { first: times[0], each: median(times.slice(1)) };
}

const llama = await getLlama({ logLevel: LlamaLogLevel.error, build: 'never', gpu: false, maxThreads: threads });
const begun = performance.now();
const model = await llama.loadModel({ modelPath, gpuLayers: 0 });
const context = await model.createContext({ contextSize: CONTEXT, batchSize: 512, sequences: SET, threads });
const sequences = Array.from({ length: SET }, () => context.getSequence());
// Every vocabulary has so many tokens, and none of the special ones is among the first of these.
const vocabulary = 30_000;
await generate(sequences.slice(0, 1), tokens(4, vocabulary, 1), 1);
const firstToken = performance.now() - begun;

const prefill = {};
for (const count of PREFILLS) {
  await sequences[0].clearHistory();
  prefill[count] = (await generate(sequences.slice(0, 1), tokens(count - 1, vocabulary, count), 1)).first;
}
await sequences[0].clearHistory();
const one = (await generate(sequences.slice(0, 1), tokens(15, vocabulary, 5), steps)).each;
for (const sequence of sequences) await sequence.clearHistory();
const eight = (await generate(sequences, tokens(15, vocabulary, 9), steps)).each;
const { maxRSS } = process.resourceUsage();
console.log(JSON.stringify({ one, eight, prefill, first_token: firstToken, peak_bytes: maxRSS * 1024 }));
process.exit(0);
