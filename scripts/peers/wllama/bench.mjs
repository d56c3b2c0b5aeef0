// Runs tempo and wllama (llama.cpp in wasm) on real models in one headless Chromium, one thread each, in turns, and prints
// how they compare: medians of rounds, and the ratios of tempo to wllama. Called by bench-real.sh.

import { readdir, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { serve } from '../serve.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    wasm: { type: 'string' },
    /** The built page. */
    dist: { type: 'string' },
    chromium: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    steps: { type: 'string', default: '16' },
    weights: { type: 'string', default: 'auto,q4' },
    json: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
const SHORT = 'Once upon a time';
const PROMPTS = [128, 512];
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** A page of its own, so that nothing is there already but what the browser keeps of compiled programs. */
async function round(browser, origin, by, how) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(`${origin}/peers/page.html`);
    return await page.evaluate(([who, what]) => window.round(who, what), [by, how]);
  } finally {
    await context.close();
  }
}

/** From an address through the page's own worker: downloaded, hashed, kept, placed, warmed up. */
async function downloaded(browser, origin, weights) {
  const names = await readdir(join(values.dist, 'assets'));
  const worker = names.find((name) => /^worker-.*\.js$/.test(name));
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(`${origin}/peers/page.html`);
    const how = { worker: `${origin}/page/assets/${worker}`, base: `${origin}/page/`, address: `${origin}/model.gguf`, weights };
    return await page.evaluate((what) => window.download(what), how);
  } finally {
    await context.close();
  }
}

const FIGURES = [
  ['one', 'ms a token', (found) => found.one],
  ...PROMPTS.map((tokens) => [
    `prefill${tokens}`,
    `ms of a prompt of ${tokens}`,
    // Both read the same text; a begin token more or less is made up for.
    ({ prefill: { [tokens]: read } }) => (read.ms * tokens) / read.tokens,
  ]),
  ['first', 'ms from the file to the first token', (found) => found.first],
];

const all = [];
for (const model of positionals) {
  const { origin, stop } = await serve({
    peers: at('.'),
    wasm: values.wasm,
    wllama: at('node_modules/@wllama/wllama/esm'),
    model,
    'model.gguf': model,
    page: values.dist,
  });
  const browser = await chromium.launch({
    executablePath: values.chromium,
    args: ['--headless=new', '--no-sandbox', '--no-first-run', '--disable-background-networking'],
  });
  const found = new Map([...values.weights.split(',').map((weights) => [`tempo ${weights}`, []]), ['wllama', []]]);
  const after = new Map([...found.keys()].filter((name) => name !== 'wllama').map((name) => [name, []]));
  const load = loadavg()[0].toFixed(1);
  try {
    let prompts;
    for (let at = 0; at < rounds; at += 1) {
      // tempo comes first in the first round: it has the tokenizer, which says what prompts have these lengths.
      for (const name of found.keys()) {
        const weights = name.startsWith('tempo ') ? name.slice('tempo '.length) : null;
        const how = { short: SHORT, lengths: PROMPTS, prompts, steps: Number(values.steps), weights, context: 1024 };
        const one = await round(browser, origin, weights ? 'tempo' : 'wllama', how);
        prompts ??= Object.fromEntries(PROMPTS.map((tokens) => [tokens, one.prefill[tokens].prompt]));
        found.get(name).push(one);
        if (weights && values.dist) after.get(name).push(await downloaded(browser, origin, weights));
      }
    }
  } finally {
    await browser.close();
    stop();
  }
  console.log(`\n${basename(model)} in Chromium ${browser.version()}, one thread, medians of ${rounds} rounds in turns`);
  console.log(`load when it began ${load}, when it ended ${loadavg()[0].toFixed(1)}`);
  const names = [...found.keys()];
  const head = names.map((name) => name.padStart(14) + (name === 'wllama' ? '' : '    ratio')).join('');
  console.log(`${''.padEnd(38)}${head}`);
  const rows = {};
  for (const [key, what, of] of FIGURES) {
    rows[key] = Object.fromEntries(names.map((name) => [name, median(found.get(name).map(of))]));
    const cells = names.map((name) => {
      const value = rows[key][name];
      const ratio = (value / rows[key].wllama).toFixed(2).padStart(9);
      return value.toFixed(2).padStart(14) + (name === 'wllama' ? '' : ratio);
    });
    console.log(`${what.padEnd(38)}${cells.join('')}`);
  }
  for (const [name, times] of values.dist ? after : []) {
    const of = (what) => median(times.map((time) => time[what]));
    const words = `${of('after').toFixed(0)} ms from the last byte of a download to the first token`;
    console.log(`${name}: ${words} (${of('placing').toFixed(0)} of them until it is loaded)`);
    rows.after = { ...rows.after, [name]: of('after') };
  }
  all.push({ model: basename(model), rounds, rows });
}
if (values.json) await writeFile(values.json, JSON.stringify(all, null, 1));
