// Prints what a visitor's browser fetches, compressed, and fails above the budget (README, "What the megabytes are").

import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const dist = join(dirname(fileURLToPath(import.meta.url)), '../dist');
const assets = readdirSync(join(dist, 'assets')).map((name) => join('assets', name));
const named = (ending) => [...assets, ...readdirSync(dist)].filter((name) => name.endsWith(ending));
const read = (name) => readFileSync(join(dist, name));

const gzip = (bytes) => gzipSync(bytes, { level: 9 }).length;
// As a server that compresses once would: it takes a minute, and 14 % off.
const brotli = (bytes) =>
  brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 },
  }).length;

/** Kilobytes as everybody prints them: 1 kB = 1000 bytes. */
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;

/** Scripts that index.html asks for by itself; the rest is fetched when a view, a dialog or the engine needs it. */
const arrival = [
  ...read('index.html')
    .toString()
    .matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.js)"/g),
].map(([, name]) => name);

/** Of the recorded runs the largest: each of them may be the one that a link opens. */
const largest = (files) => files.sort((a, b) => gzip(read(b)) - gzip(read(a))).slice(0, 1);
const recorded = readdirSync(join(dist, 'traces'))
  .filter((name) => name.endsWith('.jsonl'))
  .map((name) => join('traces', name));

const budgets = [
  { what: 'JavaScript on arrival, gzip', files: arrival, compress: gzip, most: 90_000 },
  { what: 'JavaScript in all, with worker and glue, gzip', files: named('.js'), compress: gzip, most: 260_000 },
  {
    what: 'CSS of the page, gzip',
    files: named('.css').filter((name) => name !== 'check.css'),
    compress: gzip,
    most: 18_000,
  },
  { what: 'largest recorded run, gzip', files: largest(recorded), compress: gzip, most: 25_000 },
  { what: 'wasm, brotli', files: named('.wasm'), compress: brotli, most: 2_550_000 },
];

let failed = false;
for (const { what, files, compress, most } of budgets) {
  if (files.length === 0) {
    console.error(`${what}: the build has no such file`);
    failed = true;
    continue;
  }
  const size = files.map((name) => compress(read(name))).reduce((sum, bytes) => sum + bytes, 0);
  const over = size > most;
  failed ||= over;
  console.log(`${what}: ${kilobytes(size)} of ${kilobytes(most)}${over ? ', over the budget' : ''}`);
}
process.exit(failed ? 1 : 0);
