// Writes the list of the build's files in front of dist/sw.js. The build runs it at its end; run it again by hand
// (node scripts/precache.mjs [dist]) after anything in dist was changed, or the service worker will refuse that file.

import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const MARK = '/* files */';
/** Models are not precached but for their lists of files, nor what no browser asks for. */
const LEFT_OUT = /^sw\.js$|^models\/(?![\w-]+\/model\.json$)|\.(map|br|gz|md)$|(^|\/)\./;
const LATE = /\.wasm$/;

/** @param {string} dist */
export async function writePrecache(dist) {
  const entries = await readdir(dist, { recursive: true, withFileTypes: true });
  const files = [];
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const url = relative(dist, path).split(sep).join('/');
    if (LEFT_OUT.test(url)) continue;
    const hash = createHash('sha256')
      .update(await readFile(path))
      .digest('base64');
    files.push({ url, hash, late: LATE.test(url) });
  }
  files.sort((a, b) => (a.url < b.url ? -1 : 1));
  const list = JSON.stringify(files);
  const worker = join(dist, 'sw.js');
  const program = (await readFile(worker, 'utf8')).replace(/^\/\* files \*\/.*\n/, '');
  const version = createHash('sha256').update(list).update(program).digest('hex').slice(0, 16);
  await writeFile(worker, `${MARK}self.tempoFiles=${list};self.tempoVersion="${version}";\n${program}`);
  return { version, files };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { version, files } = await writePrecache(process.argv[2] ?? 'dist');
  console.log(`sw.js: version ${version}, ${files.length} files`);
}
