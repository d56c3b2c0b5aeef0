// Names, lengths and hashes of an embedded model's files; the build writes them into the page and beside the model.

import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const FILES = /^(config|generation_config|tokenizer|.*\.safetensors\.index)\.json$|\.safetensors$/;

/** @param {string} folder @returns {Promise<{files: {name: string, bytes: number, sha256: string}[]}>} */
export async function modelManifest(folder) {
  const names = (await readdir(folder)).filter((name) => FILES.test(name)).sort();
  const files = [];
  for (const name of names) {
    const content = await readFile(join(folder, name));
    files.push({ name, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') });
  }
  return { files };
}

/** Manifests of all folders below, by name. @param {string} folder */
export async function modelManifests(folder) {
  /** @type {Record<string, Awaited<ReturnType<typeof modelManifest>>>} */
  const manifests = {};
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) manifests[entry.name] = await modelManifest(join(folder, entry.name));
  }
  return manifests;
}
