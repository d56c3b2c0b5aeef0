// Runs tempo and llama.cpp on real models in turns, natively, and prints how they compare: medians of rounds, and the
// ratios of tempo to llama.cpp; then a step of beam search beside a batch of llama.cpp's, and beside transformers' own.
// Called by bench-real.sh.

import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ONE = fileURLToPath(new URL('one.mjs', import.meta.url));
const TRANSFORMERS = fileURLToPath(new URL('../transformers/beam.py', import.meta.url));
const BEAMS = 8;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    tempo: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    steps: { type: 'string', default: '32' },
    weights: { type: 'string', default: 'auto,q4' },
    json: { type: 'string' },
    /** Has torch, transformers, gguf and accelerate. */
    python: { type: 'string' },
    /** `beam`: that alone. */
    only: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

const run = (command, args) =>
  execFileSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'ignore'] });

/** What one round of tempo gives, in milliseconds and bytes. */
function tempo(model, threads, weights) {
  const where = ['--model', model, '--device', 'cpu', '--threads', String(threads), '--weights', weights];
  const bench = (prompt) =>
    JSON.parse(
      run(values.tempo, ['bench', ...where, '--sets', '1,8', '--steps', values.steps, '--prompt-tokens', prompt, '--json']),
    );
  const short = bench('128');
  const long = bench('512');
  const begun = performance.now();
  run(values.tempo, ['generate', ...where, '--prompt', 'Once upon a time', '--max-steps', '1', '--format', 'text']);
  const firstToken = performance.now() - begun;
  const [one, eight] = short.steps.map((step) => step.ms_median);
  const prefill = { 128: short.prefill.ms, 512: long.prefill.ms };
  return { one, eight, prefill, first_token: firstToken, peak_bytes: short.peak_bytes };
}

/** Milliseconds of a step of beam search, the choice of the beams included. */
function beams(model, threads, weights) {
  const where = ['--model', model, '--device', 'cpu', '--threads', String(threads), '--weights', weights];
  const decoder = ['--decoder', 'beam', '--beams', String(BEAMS), '--max-steps', String(Number(values.steps) + 4)];
  const prompt = 'Once upon a time there was a little girl who lived in a house near';
  const trace = run(values.tempo, ['generate', ...where, ...decoder, '--prompt', prompt, '--trace', '-']);
  const events = trace.trim().split('\n').map((line) => JSON.parse(line));
  // The first step has the prompt in it, and the next ones warm up.
  const steps = events.filter(({ type, hypotheses }) => type === 'beams' && hypotheses.length === BEAMS).slice(3);
  if (steps.length < 8) throw new Error(`beam search ended after ${steps.length} steps`);
  return { beam: median(steps.map(({ timing }) => timing.total_ms)) };
}

/** As {@link beams}, by the library that the decoder follows. */
const transformers = (model, threads) =>
  JSON.parse(run(values.python, [TRANSFORMERS, model, String(threads), values.steps, String(BEAMS)]));

const llama = (model, threads) => JSON.parse(run('node', [ONE, model, String(threads), values.steps]));

const FIGURES = [
  ['one', 'ms a token', (found) => found.one],
  ['eight', 'ms a set of 8, or a batch of 8', (found) => found.eight],
  ['spread', 'a set of 8 over a set of 1', (found) => found.eight / found.one],
  ['prefill128', 'ms of a prompt of 128', (found) => found.prefill[128]],
  ['prefill512', 'ms of a prompt of 512', (found) => found.prefill[512]],
  ['first', 'ms from the file to the first token', (found) => found.first_token],
  ['peak', 'peak memory, MB', (found) => found.peak_bytes / 1e6],
];

/** Everybody in turns; what each has found, by name. */
function inTurns(rivals) {
  const found = new Map(rivals.map(([name]) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, measure] of rivals) found.get(name).push(measure());
  }
  return found;
}

/** A step of 8 beams: tempo, llama.cpp's batch of 8, transformers; medians, and how often one goes into the other. */
function beamRows(model, threads, formats) {
  const rivals = formats.map((weights) => [`tempo ${weights}`, () => beams(model, threads, weights)]);
  rivals.push(['llama.cpp', () => ({ beam: llama(model, threads).eight })]);
  if (values.python) rivals.push(['transformers', () => transformers(model, threads)]);
  const found = [...inTurns(rivals)].map(([name, rounds]) => [name, median(rounds.map(({ beam }) => beam))]);
  const ms = Object.fromEntries(found);
  console.log(`\nms a step of ${BEAMS} beams; of llama.cpp a batch of ${BEAMS}`);
  for (const [name, value] of found) {
    const beside = name.startsWith('tempo')
      ? `  ${(value / ms['llama.cpp']).toFixed(2)} of llama.cpp's` +
        (ms.transformers ? `, ${(ms.transformers / value).toFixed(1)} times as fast as transformers` : '')
      : '';
    console.log(`${name.padEnd(14)}${value.toFixed(2).padStart(10)}${beside}`);
  }
  return ms;
}

const formats = values.weights.split(',');
const all = [];
for (const model of positionals) {
  for (const threads of [...new Set([1, availableParallelism()])]) {
    console.log(`\n${basename(model)}, ${threads} thread${threads > 1 ? 's' : ''}, medians of ${rounds} rounds in turns`);
    if (values.only === 'beam') {
      all.push({ model: basename(model), threads, rounds, beam: beamRows(model, threads, formats) });
      continue;
    }
    const rivals = [
      ...formats.map((weights) => [`tempo ${weights}`, () => tempo(model, threads, weights)]),
      ['llama.cpp', () => llama(model, threads)],
    ];
    const found = inTurns(rivals);
    const names = [...found.keys()];
    const head = names.map((name) => name.padStart(14) + (name === 'llama.cpp' ? '' : '    ratio')).join('');
    console.log(`${''.padEnd(38)}${head}`);
    const rows = {};
    for (const [key, what, of] of FIGURES) {
      rows[key] = Object.fromEntries(names.map((name) => [name, median(found.get(name).map(of))]));
      const peer = rows[key]['llama.cpp'];
      const cells = names.map((name) => {
        const value = rows[key][name];
        return value.toFixed(2).padStart(14) + (name === 'llama.cpp' ? '' : (value / peer).toFixed(2).padStart(9));
      });
      console.log(`${what.padEnd(38)}${cells.join('')}`);
    }
    all.push({ model: basename(model), threads, rounds, rows, beam: beamRows(model, threads, formats) });
  }
}
if (values.json) await writeFile(values.json, JSON.stringify(all, null, 1));
