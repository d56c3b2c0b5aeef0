// A static server in the test's own process: right types and lengths, ranges, a log of every request, and hooks that
// refuse, replace or cut an answer.

import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize, sep } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.jsonl': 'application/jsonl; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.md': 'text/plain; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
};

/** One request and what became of it. */
export interface Logged {
  method: string;
  /** Without the query, decoded, with the leading slash. */
  path: string;
  range: string | null;
  status: number;
  /** Bytes of the answer's body that were handed out: from, up to but not including. */
  from: number;
  to: number;
  /** The connection was cut before the end. */
  cut: boolean;
}

/** What a hook may change about an answer. */
export interface Change {
  /** An answer of this status, without the file. */
  status?: number;
  /** Another content in place of the file's. */
  body?: Buffer;
  /** The connection is cut after so many bytes of this answer; 0 cuts before its head. */
  cutAfter?: number;
  headers?: Record<string, string>;
  /** Milliseconds before the answer begins. */
  delay?: number;
}

/** Asked for every request with the file's content; the first hook that returns something decides. */
export type Hook = (request: Logged, file: Buffer | null) => Change | undefined | void;

export interface ServerOptions {
  /** The folder that is served. */
  root: string;
  /** Other origins may read: for models, as the hub does. */
  cors?: boolean;
}

/** The engine's worker in a build: its name and a hash. Chunks of the page may begin with the same word. */
export const WORKER_FILE = /\/assets\/worker-[\w-]{8}\.js$/;

export class StaticServer {
  /** Every request in order; a test may empty it. */
  readonly requests: Logged[] = [];
  readonly hooks: Hook[] = [];
  /** Of every answer. */
  readonly headers: Record<string, string> = {};
  readonly origin: string;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  }

  static async start({ root, cors = false }: ServerOptions): Promise<StaticServer> {
    let started: StaticServer | null = null;
    const server = createServer((request, response) => {
      if (started) void started.#answer(root, cors, request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    started = new StaticServer(server);
    return started;
  }

  /** Puts a text in front of the scripts whose path matches. */
  prepend(path: RegExp, text: string): void {
    this.hooks.push((request, file) =>
      file && path.test(request.path) ? { body: Buffer.concat([Buffer.from(`${text};\n`), file]) } : undefined,
    );
  }

  /** Requests whose path matches are cut off without an answer. */
  block(path: RegExp): void {
    this.hooks.push((request) => (path.test(request.path) ? { cutAfter: 0 } : undefined));
  }

  /** The paths that were asked for and match. */
  asked(path: RegExp): string[] {
    return this.requests.filter((request) => path.test(request.path)).map((request) => request.path);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(root: string, cors: boolean, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const logged: Logged = {
      method: request.method ?? 'GET',
      path: decodeURIComponent(new URL(request.url ?? '/', this.origin).pathname),
      range: request.headers.range ?? null,
      status: 200,
      from: 0,
      to: 0,
      cut: false,
    };
    this.requests.push(logged);
    const file = await content(root, logged.path);
    const change = this.hooks.map((hook) => hook(logged, file)).find((found) => found != null) ?? {};
    if (change.delay) await new Promise((resolve) => setTimeout(resolve, change.delay));
    if (change.cutAfter === 0) {
      logged.cut = true;
      request.socket.destroy();
      return;
    }
    const whole = change.body ?? file;
    const headers: Record<string, string> = { 'cache-control': 'no-cache', 'accept-ranges': 'bytes', ...this.headers };
    if (cors) {
      headers['access-control-allow-origin'] = '*';
      headers['access-control-allow-headers'] = 'range, if-range';
      headers['access-control-expose-headers'] = 'content-length, content-range, etag, accept-ranges, x-linked-size';
    }
    if (logged.method === 'OPTIONS') {
      response.writeHead((logged.status = 204), { ...headers, ...change.headers }).end();
      return;
    }
    if (whole === null || (change.status !== undefined && change.status >= 300)) {
      response.writeHead((logged.status = change.status ?? 404), { ...headers, ...change.headers }).end();
      return;
    }
    headers['content-type'] = TYPES[extname(logged.path === '/' ? '.html' : logged.path)] ?? 'application/octet-stream';
    if (logged.path === '/') headers['content-type'] = TYPES['.html']!;
    headers['etag'] = `"${createHash('sha256').update(whole).digest('hex').slice(0, 32)}"`;
    let [from, to] = [0, whole.length];
    const range = /^bytes=(\d+)-(\d*)$/.exec(logged.range ?? '');
    const condition = request.headers['if-range'];
    if (range && (condition === undefined || condition === headers['etag'])) {
      from = Number(range[1]);
      to = range[2] ? Math.min(Number(range[2]) + 1, whole.length) : whole.length;
      if (from >= whole.length) {
        headers['content-range'] = `bytes */${whole.length}`;
        response.writeHead((logged.status = 416), { ...headers, ...change.headers }).end();
        return;
      }
      logged.status = 206;
      headers['content-range'] = `bytes ${from}-${to - 1}/${whole.length}`;
    }
    logged.status = change.status ?? logged.status;
    headers['content-length'] = String(to - from);
    response.writeHead(logged.status, { ...headers, ...change.headers });
    if (logged.method === 'HEAD') {
      response.end();
      return;
    }
    const end = Math.min(to, from + (change.cutAfter ?? Infinity));
    [logged.from, logged.to, logged.cut] = [from, end, end < to];
    if (!logged.cut) {
      response.end(whole.subarray(from, end));
      return;
    }
    // What was promised and handed out shall arrive before the line goes dead.
    response.write(whole.subarray(from, end), () => setTimeout(() => request.socket.destroy(), 50));
  }
}

/** A file below the folder, or null. */
async function content(root: string, path: string): Promise<Buffer | null> {
  const wanted = normalize(join(root, path));
  if (wanted !== root && !wanted.startsWith(root + sep)) return null;
  try {
    const found = (await stat(wanted)).isDirectory() ? join(wanted, 'index.html') : wanted;
    return await readFile(found);
  } catch {
    return null;
  }
}
