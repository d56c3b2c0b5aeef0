// Spells the 200 awkward lines of tests/fixtures/real with llama.cpp, and fails where its tokens are not those of the goldens,
// which transformers made:
//
//   node lines.mjs FOLDER    the folder that scripts/models.sh fetches into
//
// The packages of this folder have to be installed: scripts/bench.sh --real does it.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getLlama, LlamaLogLevel } from 'node-llama-cpp';

const fixture = async (name) =>
  JSON.parse(await readFile(new URL(`../../../tests/fixtures/real/${name}.json`, import.meta.url), 'utf8'));

const folder = process.argv[2];
if (folder === undefined) {
  console.error('usage: node lines.mjs FOLDER (the one that scripts/models.sh fetches into)');
  process.exit(2);
}
const llama = await getLlama({ logLevel: LlamaLogLevel.error, build: 'never', gpu: false });
const lines = await fixture('lines');
let differ = 0;
for (const name of ['smollm2', 'gemma3']) {
  const golden = await fixture(name);
  const model = await llama.loadModel({ modelPath: join(folder, golden.file), vocabOnly: true });
  for (const [at, line] of lines.entries()) {
    const found = [...model.tokenize(line)];
    // The goldens begin as a prompt does; `tokenize` adds nothing.
    const wanted = golden.lines[at].slice(golden.lines[at][0] === model.tokens.bos ? 1 : 0);
    if (found.join() === wanted.join()) continue;
    differ += 1;
    console.log(`${name}: ${JSON.stringify(line)} is ${found.join(' ')}; transformers: ${wanted.join(' ')}`);
  }
  console.log(`${name}: ${lines.length} lines`);
}
console.log(differ === 0 ? 'all as transformers' : `${differ} differ`);
process.exit(differ === 0 ? 0 : 1);
