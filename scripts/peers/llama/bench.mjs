// Runs tempo and llama.cpp on real models in turns, natively, and prints how they compare: medians of rounds, and the
// ratios of tempo to llama.cpp. Called by bench-real.sh.

import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ONE = fileURLToPath(new URL('one.mjs', import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    tempo: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    steps: { type: 'string', default: '32' },
    weights: { type: 'string', default: 'auto,q4' },
    json: { type: 'string' },
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

const all = [];
for (const model of positionals) {
  for (const threads of [...new Set([1, availableParallelism()])]) {
    const rivals = [
      ...values.weights.split(',').map((weights) => [`tempo ${weights}`, () => tempo(model, threads, weights)]),
      ['llama.cpp', () => llama(model, threads)],
    ];
    const found = new Map(rivals.map(([name]) => [name, []]));
    for (let round = 0; round < rounds; round += 1) {
      for (const [name, measure] of rivals) found.get(name).push(measure());
    }
    console.log(`\n${basename(model)}, ${threads} thread${threads > 1 ? 's' : ''}, medians of ${rounds} rounds in turns`);
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
    all.push({ model: basename(model), threads, rounds, rows });
  }
}
if (values.json) await writeFile(values.json, JSON.stringify(all, null, 1));
