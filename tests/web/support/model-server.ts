// A server of model files that can misbehave: hold a file in its middle, cut the connection, hide CORS, answer 404.
// Its log says which bytes went out, so that a test can prove that none went out twice.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Files } from './checkpoint.ts';

export interface Served {
  method: string;
  file: string;
  status: number;
  /** The part of the body that was sent: from this byte up to before that one. */
  from: number;
  to: number;
}

export class ModelServer {
  readonly log: Served[] = [];
  /** Of these files only so many bytes are sent; then the connection stays open until cut(). */
  readonly holds = new Map<string, number>();
  /** Connections for these files break after so many bytes of the file, every time. */
  readonly breaks = new Map<string, number>();
  /** Headers for one file. */
  readonly headers = new Map<string, Record<string, string>>();
  cors = true;
  port = 0;

  private readonly server: Server;
  private readonly held = new Set<ServerResponse>();

  private constructor(readonly files: Files) {
    this.server = createServer((request, response) => this.answer(request, response));
  }

  static async open(files: Files, port = 0): Promise<ModelServer> {
    const made = new ModelServer(files);
    await new Promise<void>((resolve) => made.server.listen(port, '127.0.0.1', resolve));
    made.port = (made.server.address() as AddressInfo).port;
    return made;
  }

  get base(): string {
    return `http://localhost:${this.port}/models/tiny/`;
  }

  /** Breaks the connections that are held. */
  cut(): void {
    for (const response of this.held) response.destroy();
    this.held.clear();
    this.holds.clear();
  }

  /** Closing twice does no harm. */
  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Bytes of a file that left, by connection, in order. */
  sent(file: string): Served[] {
    return this.log.filter((entry) => entry.file === file && entry.method === 'GET' && entry.to > entry.from);
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const file = decodeURIComponent((request.url ?? '').split('?')[0]!.replace(/^\/models\/tiny\//, ''));
    const method = request.method ?? 'GET';
    const bytes = this.files.get(file);
    const headers: Record<string, string> = { 'cache-control': 'no-store', 'accept-ranges': 'bytes' };
    if (this.cors) {
      headers['access-control-allow-origin'] = '*';
      headers['access-control-allow-headers'] = 'range, if-range';
      headers['access-control-expose-headers'] = 'content-range, content-length, etag, x-linked-etag, accept-ranges';
    }
    Object.assign(headers, this.headers.get(file));
    const end = (status: number, more: Record<string, string | number> = {}): void => {
      this.log.push({ method, file, status, from: 0, to: 0 });
      response.writeHead(status, { ...headers, ...more }).end();
    };
    if (method === 'OPTIONS') return end(204);
    if (!bytes) return end(404);
    if (method === 'HEAD') return end(200, { 'content-length': bytes.length });

    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    const from = range ? Number(range[1]) : 0;
    const stop = range?.[2] ? Math.min(Number(range[2]) + 1, bytes.length) : bytes.length;
    if (from >= bytes.length) return end(416, { 'content-range': `bytes */${bytes.length}` });
    const status = range ? 206 : 200;
    if (range) headers['content-range'] = `bytes ${from}-${stop - 1}/${bytes.length}`;
    response.writeHead(status, { ...headers, 'content-length': stop - from });
    const hold = this.holds.get(file) ?? this.breaks.get(file);
    const to = hold === undefined ? stop : Math.max(from, Math.min(hold, stop));
    this.log.push({ method, file, status, from, to });
    if (to === stop) {
      response.end(bytes.subarray(from, to));
    } else {
      if (this.holds.has(file)) this.held.add(response);
      response.write(bytes.subarray(from, to));
      // What was promised and sent shall arrive before the line goes dead.
      if (!this.holds.has(file)) response.socket?.end();
    }
  }
}
