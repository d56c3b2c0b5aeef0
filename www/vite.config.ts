import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { modelManifest, modelManifests } from './scripts/model-manifest.mjs';
import { developmentPage } from './scripts/policy.mjs';
import { writePrecache } from './scripts/precache.mjs';
import { HELP_FILE } from './src/help-texts.ts';
import { EXPLAINED } from './src/settings/explained.ts';
import { FORMAT_FILE } from './src/trace-format.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const models = join(here, 'public/models');
const fake = join(here, 'src/engine/fake-tempo.ts');

/** The embedded models' manifests, for the worker. */
function embeddedModels(): Plugin {
  const id = 'virtual:tempo-models';
  return {
    name: 'tempo-embedded-models',
    resolveId: (source) => (source === id ? `\0${id}` : undefined),
    load: async (resolved) =>
      resolved === `\0${id}` ? `export const EMBEDDED = ${JSON.stringify(await modelManifests(models))};` : undefined,
  };
}

/** The same beside the model's files, as models/<name>/model.json, for people and for check.html. */
function modelFiles(): Plugin {
  const address = /\/models\/([\w-]+)\/model\.json(?:\?.*)?$/;
  return {
    name: 'tempo-model-files',
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const name = address.exec(request.url ?? '')?.[1];
        if (!name || !existsSync(join(models, name))) return next();
        void modelManifest(join(models, name)).then((manifest) => {
          response.setHeader('content-type', 'application/json');
          response.end(JSON.stringify(manifest));
        }, next);
      });
    },
    async generateBundle() {
      for (const [name, manifest] of Object.entries(await modelManifests(models))) {
        this.emitFile({ type: 'asset', fileName: `models/${name}/model.json`, source: JSON.stringify(manifest) });
      }
    },
  };
}

/** Long texts that are fetched when somebody asks for them: no program waits for them. */
const TEXTS: Readonly<Record<string, string>> = {
  'help.json': JSON.stringify(HELP_FILE),
  'trace-format.json': JSON.stringify(FORMAT_FILE),
  'options.json': JSON.stringify(EXPLAINED),
};

function textFiles(): Plugin {
  return {
    name: 'tempo-text-files',
    configureServer(server) {
      for (const [name, text] of Object.entries(TEXTS))
        server.middlewares.use(`/${name}`, (_request, response) => response.end(text));
    },
    generateBundle() {
      for (const [fileName, source] of Object.entries(TEXTS)) this.emitFile({ type: 'asset', fileName, source });
    },
  };
}

/** While the wasm package is not built, a scripted one stands in: in tests, in `vite dev`, and in builds of mode "fake". */
function wasmPackage(stand_in: boolean): Plugin {
  return {
    name: 'tempo-wasm-package',
    enforce: 'pre',
    resolveId(source) {
      if (!/\/wasm\/tempo_web\.js$/.test(source)) return undefined;
      if (stand_in) return fake;
      if (existsSync(join(here, 'src/wasm/tempo_web.js'))) return undefined;
      return this.error('src/wasm/tempo_web.js is not built; run scripts/build-web.sh, or build with --mode fake');
    },
  };
}

/** The engine's worker is built with the page: what both of them read of the files that are kept is one file for both. */
function engineWorker(): Plugin {
  const asked = "new URL('../worker.ts', import.meta.url)";
  return {
    name: 'tempo-engine-worker',
    apply: 'build',
    // Before Vite finds the worker and builds it apart, with copies of all that it needs.
    enforce: 'pre',
    transform: {
      filter: { id: /src\/engine\/worker-engine\.ts$/ },
      handler(code) {
        if (!code.includes(asked)) return this.error(`the worker is asked for in another way than by ${asked}`);
        const worker = this.emitFile({ type: 'chunk', id: join(here, 'src/worker.ts'), name: 'worker' });
        return code.replace(asked, `import.meta.ROLLUP_FILE_URL_${worker}`);
      },
    },
  };
}

/** The service worker's list of files, when all of them are written. */
function precache(): Plugin {
  let dist = '';
  return {
    name: 'tempo-precache',
    apply: 'build',
    configResolved(config) {
      dist = resolve(config.root, config.build.outDir);
    },
    closeBundle: {
      order: 'post',
      sequential: true,
      async handler() {
        if (existsSync(join(dist, 'sw.js'))) await writePrecache(dist);
      },
    },
  };
}

/** `vite dev` injects styles, which the policy of built pages forbids. */
function developmentPolicy(): Plugin {
  return { name: 'tempo-development-policy', apply: 'serve', transformIndexHtml: developmentPage };
}

/** A page that is opened as a file says so, and in its own looks: browsers refuse a file that is fetched across origins. */
function stylesAsFiles(): Plugin {
  return {
    name: 'tempo-styles-as-files',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler: (html) => html.replaceAll('<link rel="stylesheet" crossorigin ', '<link rel="stylesheet" '),
    },
  };
}

/** As a host would send them: threads share memory in an isolated page only. */
const headers = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'credentialless' };

/** What both pages fetch at once. */
const SHARED =
  /src\/(contract|format|engine\/(errors|offline|pool-size)|text|app\/panels|notices|notices\/[\w-]+)\.ts$|vite\/preload-helper/;

/** What page and worker read of the models that are kept. */
const KEPT = /src\/(engine\/failure|models\/(cache|hashes|model-record|opfs|sha256|storage-report|store))\.ts$/;

export default defineConfig(({ command, mode }) => {
  const built = existsSync(join(here, 'src/wasm/tempo_web.js'));
  const stand_in = mode === 'fake' || mode === 'test' || (command === 'serve' && !built);
  const pages = ['index', 'check'].filter((page) => existsSync(join(here, `${page}.html`)));
  return {
    // Relative addresses: the page may live under any path, or on a USB stick.
    base: './',
    plugins: [
      svelte(),
      embeddedModels(),
      wasmPackage(stand_in),
      engineWorker(),
      modelFiles(),
      textFiles(),
      precache(),
      developmentPolicy(),
      stylesAsFiles(),
    ],
    server: { headers },
    preview: { headers },
    build: {
      target: 'es2022',
      // One file: small ones compress badly, and all of it is needed as soon as the page is scrolled.
      cssCodeSplit: false,
      cssTarget: ['chrome123', 'firefox128', 'safari18'],
      outDir: 'dist',
      // The Content-Security-Policy allows neither inline scripts nor data: addresses.
      assetsInlineLimit: 0,
      // What is fetched later stands in one file or two: lists of what to fetch along would be longer than they save.
      modulePreload: {
        polyfill: false,
        resolveDependencies: (_file, parts, { hostType }) => (hostType === 'html' ? parts : []),
      },
      rolldownOptions: {
        input: {
          ...Object.fromEntries(pages.map((page) => [page, join(here, `${page}.html`)])),
          sw: join(here, 'src/sw.ts'),
        },
        output: {
          // Small files compress badly.
          codeSplitting: {
            groups: [
              { name: 'shared', test: SHARED, priority: 3 },
              { name: 'kept', test: KEPT, priority: 3 },
              // The first picture with all that it needs: else whatever a later part uses of it is a file of its own.
              { name: 'page', test: /src\/(keep\/had-open\.ts|App\.svelte|app\.svelte\.ts)$/, priority: 2 },
              { name: 'later', test: /src\/(frame\/later|models\/shelf)\.ts$/, priority: 1 },
              { name: 'chat', test: /src\/(chats|chat\/(record|store|thinking))\.ts$/ },
              { name: 'link', test: /src\/(links|app\/linked)\.ts$/ },
              { name: 'beside', test: /src\/(frame\/beside|beside\/read)\.ts$/ },
              { name: 'asked', test: /src\/asked\.ts$/ },
            ],
          },
          // The service worker has to stand at the root, under one name for ever.
          entryFileNames: (chunk) => (chunk.name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js'),
        },
      },
    },
    // Files are cut and stored a thousand times in some of them, which takes a while on a busy machine.
    test: { include: ['src/**/*.test.ts'], testTimeout: 60_000 },
  };
});
