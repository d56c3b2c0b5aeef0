import { readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, test } from 'vitest';
import { isGgufPath } from './names';
import { doubts, isAsTold, SHELF, shelfModel } from './shelf';

const GB = 1e9;
const [story, smol] = SHELF as [(typeof SHELF)[0], (typeof SHELF)[0]];
const llama = SHELF.at(-1)!;

/** "owner/name/file.gguf" */
function parts(spelling: string): { repo: string; file: string } {
  const [owner, name, ...file] = spelling.split('/');
  return { repo: `${owner}/${name}`, file: file.join('/') };
}

test('ids, names and files are there once', () => {
  for (const key of ['id', 'name', 'spelling', 'good'] as const) {
    expect(new Set(SHELF.map((model) => model[key])).size).toBe(SHELF.length);
  }
});

test('the story model is first and has the size of its files', () => {
  expect(story.spelling).toBeNull();
  const folder = fileURLToPath(new URL('../../public/models/storyteller', import.meta.url));
  const files = readdirSync(folder).filter((name) => /\.(json|safetensors)$/.test(name));
  expect(story.download).toBe(files.reduce((sum, name) => sum + statSync(`${folder}/${name}`).size, 0));
});

test.each(SHELF.slice(1))('$name is one file on the main branch', ({ spelling }) => {
  const { file } = parts(spelling!);
  expect(isGgufPath(file)).toBe(true);
  expect(spelling).not.toMatch(/[@:]/);
});

describe.each(SHELF)('$name', (model) => {
  it('has plausible sizes', () => {
    const bits = (8 * model.download) / model.parameters;
    expect(bits).toBeGreaterThan(4);
    expect(bits).toBeLessThan(17);
    expect(model.memory / model.parameters).toBeGreaterThan(1.06);
    expect(model.memory).toBeLessThan(2 * GB);
  });

  it('names a licence, and says a sentence', () => {
    expect(model.licence.name.length).toBeGreaterThan(2);
    expect(model.licence.address).toMatch(model.spelling === null ? /^models\// : /^https:\/\//);
    for (const text of [model.good, model.terms ?? 'A.']) expect(text).toMatch(/^[A-Z].*\.$/);
    expect(model.good.length).toBeLessThan(100);
    // Licences of their own are asked about elsewhere.
    expect(model.terms === null).toBe(/Apache/.test(model.licence.name));
  });
});

test('a source is found on the shelf as typed, as kept, and as embedded', () => {
  const { repo, file } = parts(smol.spelling!);
  expect(shelfModel({ kind: 'embedded', id: 'storyteller' })).toBe(story);
  expect(shelfModel({ kind: 'hub', repo: ` ${smol.spelling}`, revision: 'main' })).toBe(smol);
  expect(shelfModel({ kind: 'hub', repo, revision: 'main', file })).toBe(smol);
  expect(shelfModel({ kind: 'hub', repo, revision: 'v2', file })).toBeUndefined();
  expect(shelfModel({ kind: 'hub', repo, revision: 'main', quantisation: 'Q8_0' })).toBeUndefined();
  expect(shelfModel({ kind: 'hub', repo, revision: 'main' })).toBeUndefined();
  expect(shelfModel({ kind: 'url', base: 'https://a.example/' })).toBeUndefined();
  expect(shelfModel(null)).toBeUndefined();
});

test('doubts: half of the memory, and the room that is left; none where nothing is told', () => {
  expect(doubts(llama, { memory: null, room: null })).toEqual({ memory: false, room: false });
  expect(doubts(llama, { memory: 2 * GB, room: GB })).toEqual({ memory: true, room: false });
  expect(doubts(llama, { memory: 4 * GB, room: 0.5 * GB })).toEqual({ memory: false, room: true });
  expect(doubts(smol, { memory: 0.5 * GB, room: GB })).toEqual({ memory: false, room: false });
});

test('the press has agreed to what the card said, and to no more', () => {
  const need = { download_bytes: smol.download, weights_bytes: 151e6, storage: { fits: true } };
  expect(isAsTold(smol, need)).toBe(true);
  expect(isAsTold(smol, { ...need, download_bytes: 0, storage: { fits: null } })).toBe(true);
  expect(isAsTold(smol, { ...need, weights_bytes: 538e6 }), 'all four bytes of a number').toBe(false);
  expect(isAsTold(smol, { ...need, download_bytes: 2 * smol.download })).toBe(false);
  expect(isAsTold(smol, { ...need, download_bytes: null })).toBe(false);
  expect(isAsTold(smol, { ...need, storage: { fits: false } })).toBe(false);
  expect(isAsTold(smol, { ...need, obstacle: 'it is too large' })).toBe(false);
});
