import { describe, expect, it } from 'vitest';
import type { DeviceReport } from './contract';
import { WAY_LABELS, deviceNotice, noticeFor, type NoticeCode } from './notices';
import { ENGINE_TEXTS } from './notices/engine-texts';
import { PAGE_TEXTS } from './notices/page-texts';

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
    for (const [code, { title, text, ways, weight }] of Object.entries({ ...ENGINE_TEXTS, ...PAGE_TEXTS })) {
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
    expect(noticeFor('from-the-future' as NoticeCode).title).toBe(PAGE_TEXTS.unexpected.title);
  });

  it('tells no WebGPU, no device and a software adapter apart', () => {
    const cpu: DeviceReport = { ...gpu, kind: 'cpu', name: 'CPU', chosen_for: 'no-adapter' };
    expect(deviceNotice(cpu, false)?.code).toBe('no-webgpu');
    expect(deviceNotice({ ...cpu, chosen_for: 'no-adapter' }, true)?.code).toBe('null-adapter');
    expect(deviceNotice({ ...cpu, chosen_for: 'software-adapter' }, true)?.code).toBe('imitated-adapter');
    expect(deviceNotice({ ...cpu, chosen_for: 'asked' }, true)).toBeNull();
    expect(deviceNotice({ ...gpu, software: true }, true)?.code).toBe('software-adapter');
    expect(deviceNotice(gpu, true)).toBeNull();
  });
});
