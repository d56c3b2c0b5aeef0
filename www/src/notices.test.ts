import { beforeAll, describe, expect, it } from 'vitest';
import type { DeviceReport } from './contract';
import { deviceNotice, engineNotice, loadNoticeWords, noticeFor, type NoticeCode } from './notices';
import { WAY_LABELS } from './words/en/notices';

beforeAll(loadNoticeWords);
import { ENGINE_KINDS, PAGE_KINDS } from './notices/kinds';

const gpu: DeviceReport = {
  kind: 'gpu',
  name: 'Test adapter',
  chosen_for: 'hardware',
  reason: '',
  software: false,
  threads: null,
  max_binding_bytes: null,
  max_buffer_bytes: null,
  features: [],
};

describe('notices', () => {
  it('has whole sentences, a way for every error, and no shouting', () => {
    for (const code of Object.keys({ ...ENGINE_KINDS, ...PAGE_KINDS }) as NoticeCode[]) {
      const { title, text, ways, weight } = noticeFor(code);
      expect(title, code).toMatch(/^[A-Z].*[^.!]$/);
      expect(text, code).toMatch(/^[A-Z].*\.$/);
      expect(title + text, code).not.toMatch(/!|panic|wasm|null/i);
      for (const way of ways) expect(WAY_LABELS[way]).toBeTruthy();
      if (weight === 'error' && code !== 'bad-trace') expect(ways.length, code).toBeGreaterThan(0);
    }
  });

  it('keeps what the machine said beside the words', () => {
    const notice = noticeFor('hash', { message: 'found 00, expected ff', file: 'model.safetensors' });
    expect(notice.detail).toBe('model.safetensors: found 00, expected ff');
    expect(noticeFor('hash', { message: 'model.safetensors: is damaged', file: 'model.safetensors' }).detail).toBe(
      'model.safetensors: is damaged',
    );
    expect(noticeFor('panic').detail).toBeNull();
  });

  it('tells a gate, a missing model and a tired server apart', () => {
    expect(noticeFor('http', { status: 401 }).title).toMatch(/not public/);
    expect(noticeFor('http', { status: 404 }).title).toMatch(/no such model/);
    expect(noticeFor('http', { status: 429 }).title).toMatch(/pause/);
    expect(noticeFor('http', { status: 503 }).text).toMatch(/503/);
    expect(noticeFor('http', { status: 418 }).text).toMatch(/418/);
    expect(noticeFor('http').text).toMatch(/did not give/);
  });

  it('has words for a code it has never heard of', () => {
    expect(noticeFor('from-the-future' as NoticeCode).title).toBe(noticeFor('unexpected').title);
  });

  it('tells http, no WebGPU, no device and a software adapter apart', () => {
    const cpu: DeviceReport = { ...gpu, kind: 'cpu', name: 'CPU', chosen_for: 'no-adapter' };
    const browser = { secure: true, webgpu: true };
    expect(deviceNotice(cpu, { ...browser, webgpu: false })?.code).toBe('no-webgpu');
    expect(deviceNotice(cpu, browser)?.code).toBe('null-adapter');
    expect(deviceNotice({ ...cpu, chosen_for: 'software-adapter' }, browser)?.code).toBe('imitated-adapter');
    expect(deviceNotice({ ...cpu, chosen_for: 'asked' }, browser)).toBeNull();
    expect(deviceNotice({ ...gpu, software: true }, browser)?.code).toBe('software-adapter');
    expect(deviceNotice(gpu, browser)).toBeNull();
  });

  it('names http as the cause of what it takes away, and no other browser as the way out', () => {
    const cpu: DeviceReport = { ...gpu, kind: 'cpu', name: 'CPU', chosen_for: 'no-adapter' };
    const device = deviceNotice(cpu, { secure: false, webgpu: false })!;
    const storage = engineNotice({ code: 'storage-memory', message: 'none' }, { secure: false });
    for (const notice of [device, storage]) {
      expect(notice.code, 'said once').toBe('insecure');
      expect(notice.title).toMatch(/http.*CPU/);
      expect(notice.text).toMatch(/not kept/);
      expect(notice.text).not.toMatch(/Chrome|private/);
    }
    expect(engineNotice({ code: 'storage-memory', message: 'none' }, { secure: true }).code).toBe('storage-memory');
  });
});
