import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, createServer } from 'vite';
import { expect, test } from 'vitest';
import { policyOf } from '../scripts/policy.mjs';

const STRICT =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; " +
  "connect-src 'self' https: http://localhost:* http://127.0.0.1:*; img-src 'self' data: blob:; " +
  "worker-src 'self'; base-uri 'none'; form-action 'none'; object-src 'none'";
const PAGES = ['index.html', 'check.html'];

test('built pages carry the strict policy', async () => {
  const outDir = await mkdtemp(join(tmpdir(), 'tempo-page-'));
  try {
    await build({ mode: 'fake', logLevel: 'silent', build: { outDir, emptyOutDir: true } });
    for (const page of PAGES)
      expect([page, policyOf(await readFile(join(outDir, page), 'utf8'))]).toEqual([page, STRICT]);
  } finally {
    await rm(outDir, { recursive: true });
  }
});

test('pages in development allow the styles that are injected and the socket, and nothing else', async () => {
  const server = await createServer({ logLevel: 'silent', server: { middlewareMode: true, ws: false } });
  try {
    for (const page of PAGES) {
      const html = await server.transformIndexHtml(`/${page}`, await readFile(page, 'utf8'));
      const allowed = policyOf(html)?.replace(" 'unsafe-inline'", '').replace(' ws:', '');
      expect([page, allowed]).toEqual([page, STRICT]);
      expect(policyOf(html)).toMatch(/style-src 'self' 'unsafe-inline';.*http:\/\/127\.0\.0\.1:\* ws:;/);
    }
  } finally {
    await server.close();
  }
});
