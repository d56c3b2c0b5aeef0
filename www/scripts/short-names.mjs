// Gives the functions that the wasm imports short names, in the wasm and in its glue: `__wbg_set_label_08745022b1ec7b66`
// is what wasm-bindgen calls them, some 270 times, and names like these do not compress. What has short names stays as it
// is. Run by scripts/web.sh: node scripts/short-names.mjs src/wasm

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HEADER = 8;
const IMPORT_SECTION = 2;
/** By which wasm-bindgen tells functions of one name apart. */
const HASHED = /^__wb\w+_[0-9a-f]{16}$/;

/** @param {number} value @returns {number[]} unsigned LEB128 */
function leb(value) {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)];
}

/**
 * The same wasm with other names of imports.
 *
 * @param {Uint8Array} wasm
 * @param {(name: string) => string} rename
 * @returns {Uint8Array}
 */
export function renameImports(wasm, rename) {
  let at = HEADER;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = wasm[at++] ?? 0;
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
  };
  const text = () => {
    const bytes = number();
    return new TextDecoder().decode(wasm.subarray(at, (at += bytes)));
  };
  /** @param {string} value */
  const told = (value) => {
    const bytes = new TextEncoder().encode(value);
    return [...leb(bytes.length), ...bytes];
  };
  while (at < wasm.length) {
    const start = at;
    const section = wasm[at++];
    const end = number() + at;
    if (section !== IMPORT_SECTION) {
      at = end;
      continue;
    }
    const count = number();
    const body = leb(count);
    for (let entry = 0; entry < count; entry++) {
      const module = text();
      const name = text();
      const kind = wasm[at++];
      if (kind !== 0) throw new Error(`the import ${name} is no function`);
      const type = number();
      body.push(...told(module), ...told(rename(name)), kind, ...leb(type));
    }
    if (at !== end) throw new Error('the section of imports does not end where it says');
    return Buffer.concat([
      wasm.subarray(0, start),
      Buffer.from([section, ...leb(body.length), ...body]),
      wasm.subarray(end),
    ]);
  }
  throw new Error('the wasm imports nothing');
}

/**
 * Both files with short names.
 *
 * @param {Uint8Array<ArrayBuffer>} wasm
 * @param {string} glue
 */
export function shortNames(wasm, glue) {
  const long = WebAssembly.Module.imports(new WebAssembly.Module(wasm))
    .map(({ name }) => name)
    .filter((name) => HASHED.test(name));
  const names = new Map([...new Set(long)].map((name, at) => [name, `_${at.toString(36)}`]));
  const used = new Set();
  const shortened = glue.replace(/\b__wb\w+_[0-9a-f]{16}\b/g, (name) => {
    used.add(name);
    return names.get(name) ?? name;
  });
  const missing = long.find((name) => !used.has(name));
  if (missing !== undefined) throw new Error(`the glue does not have ${missing}`);
  return { wasm: names.size > 0 ? renameImports(wasm, (name) => names.get(name) ?? name) : wasm, glue: shortened };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2] ?? 'src/wasm';
  const [wasmFile, glueFile] = ['tempo_web_bg.wasm', 'tempo_web.js'].map((name) => join(folder, name));
  const { wasm, glue } = shortNames(await readFile(wasmFile), await readFile(glueFile, 'utf8'));
  await writeFile(wasmFile, wasm);
  await writeFile(glueFile, glue);
}
