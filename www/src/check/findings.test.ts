import { describe, expect, it } from 'vitest';
import { findings, stepFinding, verdict, type Machine } from './findings';

const good: Machine = {
  secure: true,
  webgpu: true,
  adapter: { name: 'Card', software: false, bindingBytes: 2e9, bufferBytes: 2e9, features: ['shader-f16'] },
  memoryGb: 8,
  cores: 8,
  storage: { used: 1e6, quota: 5e9, persistent: true, files: true },
  wasm: true,
  simd: true,
  workers: true,
  offline: true,
  modelBytes: 6.7e6,
  touch: false,
};

const grade = (machine: Machine, id: string) => findings(machine).find((finding) => finding.id === id)?.grade;

describe('check', () => {
  it('passes a good machine', () => {
    expect(verdict(findings(good)).grade).toBe('good');
    expect(findings(good).filter((finding) => finding.grade === 'care')).toEqual([]);
  });

  it('names what is missing, and what to do', () => {
    expect(grade({ ...good, webgpu: false, adapter: null }, 'webgpu')).toBe('care');
    expect(grade({ ...good, adapter: null }, 'webgpu')).toBe('care');
    expect(grade({ ...good, adapter: { ...good.adapter!, software: true } }, 'webgpu')).toBe('care');
    expect(grade({ ...good, adapter: { ...good.adapter!, bindingBytes: 64e6 } }, 'limits')).toBe('care');
    expect(grade({ ...good, wasm: false, simd: false }, 'wasm')).toBe('bad');
    expect(grade({ ...good, secure: false }, 'secure')).toBe('bad');
    expect(grade({ ...good, storage: null }, 'storage')).toBe('care');
    expect(grade({ ...good, memoryGb: 2 }, 'memory')).toBe('care');
    for (const machine of [{ ...good, webgpu: false, adapter: null, storage: null, simd: false, offline: false }]) {
      for (const finding of findings(machine))
        if (finding.grade !== 'good' && finding.grade !== 'fact') expect(finding.advice).not.toBe('');
    }
  });

  it('judges the whole', () => {
    expect(verdict(findings({ ...good, wasm: false })).grade).toBe('bad');
    expect(verdict(findings({ ...good, adapter: null })).grade).toBe('care');
    expect(verdict(findings({ ...good, touch: true })).grade).toBe('good');
    expect(verdict([stepFinding(9), ...findings(good)]).grade).toBe('bad');
    expect(stepFinding(0.05).grade).toBe('good');
    expect(stepFinding(1).grade).toBe('care');
  });
});
