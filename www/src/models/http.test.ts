import { afterEach, describe, expect, it, vi } from 'vitest';
import { contentLength, contentRange, linkedSha256, StallTimeout, STALL_MS, statusError, unreachable } from './http';
import { openUrl } from './remote';
import { FakeServer, noise } from './testing';

const headers = (entries: Record<string, string>): Headers => new Headers(entries);

describe('headers', () => {
  it.each([
    ['bytes 0-9/10', { start: 0, end: 9, total: 10 }],
    ['bytes 5-9/*', { start: 5, end: 9, total: null }],
    ['bytes */10', { start: null, end: null, total: 10 }],
    ['bytes 1-2', null],
    ['chunks 0-9/10', null],
    ['bytes 0-99999999999999999999/1', null],
    ['', null],
  ])('reads Content-Range %j', (text, expected) => {
    expect(contentRange(headers({ 'content-range': text }))).toEqual(expected);
  });

  it('reads Content-Length of bodies that are not packed', () => {
    expect(contentLength(headers({ 'content-length': '12' }))).toBe(12);
    expect(contentLength(headers({ 'content-length': '12', 'content-encoding': 'br' }))).toBeNull();
    expect(contentLength(headers({ 'content-length': '-1' }))).toBeNull();
    expect(contentLength(headers({}))).toBeNull();
  });

  it('takes a published hash from the linked ETag only', () => {
    const hash = 'a'.repeat(64);
    expect(linkedSha256(headers({ 'x-linked-etag': `"${hash}"` }))).toBe(hash);
    expect(linkedSha256(headers({ etag: `"${hash}"` }))).toBeNull();
    expect(linkedSha256(headers({ 'x-linked-etag': '"abc"' }))).toBeNull();
  });
});

describe('what is said of failures', () => {
  it('names the file, the status and the way out', () => {
    const gated = statusError('https://huggingface.co/a/b/resolve/main/config.json', 401, 'config.json');
    expect(gated).toMatchObject({ code: 'http', status: 401, file: 'config.json' });
    expect(gated.message).toMatch(/^config\.json is gated or private.*drop them here/);
    expect(statusError('https://a.example/x', 404, 'x.json').message).toContain('check the address');
    expect(statusError('https://a.example/x', 500, 'x.json').message).toContain('500');
  });

  it('tells no network, no permission and no answer apart', async () => {
    const server = new FakeServer();
    const url = 'https://far.example/m/a';
    expect(await unreachable(server, url, 'a')).toMatchObject({ code: 'cors' });
    expect(await unreachable(server, url, 'a', true)).toMatchObject({ code: 'offline' });
    expect(await unreachable(server, 'http://far.example/m/a', 'a')).toMatchObject({ code: 'cors' });
    server.fetch = () => Promise.reject(new TypeError('no'));
    expect(await unreachable(server, url, 'a')).toMatchObject({ code: 'offline' });
    server.isOnline = false;
    expect((await unreachable(server, url, 'a')).message).toContain('there is no network');
  });
});

describe('a stall', () => {
  afterEach(() => void vi.useRealTimers());

  it('ends with silence, not while something arrives', () => {
    vi.useFakeTimers();
    const wish = new AbortController();
    const stall = new StallTimeout(wish.signal);
    vi.advanceTimersByTime(STALL_MS - 1);
    stall.reset();
    vi.advanceTimersByTime(STALL_MS - 1);
    expect(stall.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(stall.signal.aborted).toBe(true);
    expect(stall.failure(new Error('x'), 'a')).toMatchObject({ name: 'NetworkFailure' });
  });

  it('ends with the wish of the visitor', () => {
    const wish = new AbortController();
    const stall = new StallTimeout(wish.signal);
    wish.abort();
    expect(stall.signal.aborted).toBe(true);
    expect(stall.failure(new Error('x'), 'a')).toMatchObject({ code: 'aborted' });
    stall.clear();
  });
});

describe('opening an address', () => {
  it('asks for a range from the first byte on, so that nothing comes packed', async () => {
    const server = new FakeServer();
    server.put('https://far.example/a', noise(10));
    const opened = await openUrl(server, 'https://far.example/a', 'a', 0, null, new AbortController().signal);
    expect(opened).toMatchObject({ from: 0, total: 10 });
    expect(server.requests[0]!.headers.get('range')).toBe('bytes=0-');
  });

  it('finds the length without Content-Range, which servers of other origins hide', async () => {
    const server = new FakeServer();
    server.put('https://far.example/a', noise(10));
    server.exposed = ['content-length'];
    const opened = await openUrl(server, 'https://far.example/a', 'a', 4, null, new AbortController().signal);
    expect(opened).toMatchObject({ from: 4, total: 10, validator: null });
  });
});
