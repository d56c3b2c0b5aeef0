// The service worker: the build's own files, for use without a network. One cache per build. Models are in OPFS and are
// never touched here, nor is anything of another origin.
//
// scripts/precache.mjs writes the list of files in front of this program when the build is done. `late` files (the wasm)
// are kept when they are first used and not at installation.

interface OwnFile {
  url: string;
  /** sha-256 in base64, for Subresource Integrity: a half-deployed build is never kept. */
  hash: string;
  late: boolean;
}

interface ExtendableEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface FetchEvent extends ExtendableEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}
interface ExtendableMessageEvent extends ExtendableEvent {
  readonly data: unknown;
}
interface ServiceWorkerScope {
  readonly tempoFiles?: readonly OwnFile[];
  readonly tempoVersion?: string;
  readonly location: Location;
  readonly clients: { claim(): Promise<void> };
  addEventListener(type: 'install' | 'activate', listener: (event: ExtendableEvent) => void): void;
  addEventListener(type: 'fetch', listener: (event: FetchEvent) => void): void;
  addEventListener(type: 'message', listener: (event: ExtendableMessageEvent) => void): void;
}

const scope = self as unknown as ServiceWorkerScope;
const PREFIX = 'tempo-page-';
const NAME = PREFIX + (scope.tempoVersion ?? 'none');
const folder = new URL('./', scope.location.href).href;
const files = new Map((scope.tempoFiles ?? []).map((file) => [new URL(file.url, folder).href, file]));

scope.addEventListener('install', (event) => event.waitUntil(install()));
scope.addEventListener('activate', (event) => event.waitUntil(activate()));
scope.addEventListener('message', (event) => {
  const data = event.data as { type?: unknown } | null;
  if (data?.type === 'keep') event.waitUntil(keepLate());
});
scope.addEventListener('fetch', (event) => {
  const address = ownAddress(event.request);
  if (address !== null) event.respondWith(answer(address, event.request));
});

async function install(): Promise<void> {
  const cache = await caches.open(NAME);
  for (const [address, file] of files) {
    if (!file.late && !(await cache.match(address))) await cache.put(address, await fetchOwn(address, file));
  }
}

/** A new build waits until the tabs of the old one are closed; only then its files go. */
async function activate(): Promise<void> {
  for (const name of await caches.keys()) {
    if (name.startsWith(PREFIX) && name !== NAME) await caches.delete(name);
  }
  await scope.clients.claim();
}

async function keepLate(): Promise<void> {
  const cache = await caches.open(NAME);
  for (const [address, file] of files) {
    if (file.late && !(await cache.match(address))) {
      await fetchOwn(address, file, 'force-cache').then(
        (response) => cache.put(address, response),
        () => undefined,
      );
    }
  }
}

/** The address of one of our files, or null for what is none of our business. */
function ownAddress(request: Request): string | null {
  if (request.method !== 'GET' || request.headers.has('range')) return null;
  const url = new URL(request.url);
  url.search = '';
  url.hash = '';
  if (url.href === folder) url.pathname += 'index.html';
  return files.has(url.href) ? url.href : null;
}

async function answer(address: string, request: Request): Promise<Response> {
  const cache = await caches.open(NAME);
  const copy = await cache.match(address);
  if (copy) return isolated(address, copy);
  const response = await fetch(request);
  const file = files.get(address);
  if (file?.late && response.ok && response.type === 'basic') {
    // The body goes to the page; the cache takes a copy, and takes it only when it is the file of this build.
    const copy = response.clone();
    void keepIfRight(cache, address, file, copy);
  }
  return isolated(address, response);
}

/** Threads share memory in an isolated page only, and few hosts can be told to send these headers. Not require-corp: it
 *  would forbid to ask whether a server answers at all that allows no other page to read its files. */
const ISOLATION: Readonly<Record<string, string>> = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'credentialless',
};

/** Pages and scripts with the headers; the rest as it came, so that a browser can keep compiled wasm with its answer. */
function isolated(address: string, response: Response): Response {
  if (!/\.(?:html|js)$/.test(address) || !response.ok || response.redirected || response.type === 'opaque')
    return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(ISOLATION)) headers.set(name, value);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}

async function keepIfRight(cache: Cache, address: string, file: OwnFile, response: Response): Promise<void> {
  try {
    const whole = response.clone();
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await response.arrayBuffer()));
    if (btoa(String.fromCharCode(...digest)) === file.hash) await cache.put(address, whole);
  } catch {
    // Kept the next time.
  }
}

async function fetchOwn(address: string, file: OwnFile, cache: RequestCache = 'no-cache'): Promise<Response> {
  const response = await fetch(address, { cache, integrity: `sha256-${file.hash}`, credentials: 'same-origin' });
  if (!response.ok) throw new Error(`${file.url} was answered with ${response.status}`);
  // A redirected response may not answer a navigation.
  return response.redirected ? new Response(await response.blob(), { headers: response.headers }) : response;
}

// A module for TypeScript only: the build leaves no export in it, and browsers load it as a plain script.
export {};
