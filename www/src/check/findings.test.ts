import { describe, expect, it } from 'vitest';
import { failedStep, findings, stepFinding, verdict, type Machine, type Step, type Verdict } from './findings';
import { report } from './report';

const good: Machine = {
  secure: true,
  webgpu: true,
  adapter: { name: 'Card', software: false, bindingBytes: 2e9, bufferBytes: 2e9, features: ['shader-f16'] },
  memoryGb: 8,
  processors: 8,
  isolated: true,
  controlled: true,
  storage: { used: 1e6, quota: 5e9, persistent: true, files: true, caches: true },
  wasm: true,
  simd: true,
  workers: true,
  offline: true,
  modelBytes: 6.7e6,
  touch: false,
};
/** As a browser answers to a page of a teacher's laptop: http://classroom:8000. */
const http: Machine = {
  ...good,
  secure: false,
  webgpu: false,
  adapter: null,
  isolated: false,
  controlled: false,
  storage: null,
  offline: false,
};
const played: Machine = { ...good, adapter: { ...good.adapter!, name: 'SwiftShader', software: true } };
const quick: Step = { seconds: 0.004, isCpu: true, device: 'cpu', isKept: true };

const found = (machine: Machine, id: string) => findings(machine).find((finding) => finding.id === id)!;
const grade = (machine: Machine, id: string) => found(machine, id).grade;
const before = (machine: Machine): Verdict => verdict(machine, findings(machine), null);
const after = (machine: Machine, step: Step): Verdict =>
  verdict(machine, [stepFinding(step), ...findings(machine)], step);

describe('check', () => {
  it('passes a good machine', () => {
    expect(before(good)).toMatchObject({ grade: 'good', title: 'Ready for live runs' });
    expect(findings(good).filter((finding) => finding.grade === 'care')).toEqual([]);
  });

  it('names what is missing, and what to do', () => {
    expect(grade({ ...good, webgpu: false, adapter: null }, 'webgpu')).toBe('care');
    expect(grade({ ...good, adapter: null }, 'webgpu')).toBe('care');
    expect(grade(played, 'webgpu')).toBe('care');
    expect(grade({ ...good, adapter: { ...good.adapter!, bindingBytes: 64e6 } }, 'limits')).toBe('care');
    expect(grade({ ...good, wasm: false, simd: false }, 'wasm')).toBe('bad');
    expect(grade({ ...good, storage: null }, 'storage')).toBe('care');
    expect(grade({ ...good, memoryGb: 2 }, 'memory')).toBe('care');
    for (const machine of [{ ...good, webgpu: false, adapter: null, storage: null, simd: false, offline: false }]) {
      for (const finding of findings(machine))
        if (finding.grade !== 'good' && finding.grade !== 'fact') expect(finding.advice).not.toBe('');
    }
  });

  it('blames http for what http takes away, and recommends nothing that was done', () => {
    expect(before(http)).toMatchObject({ grade: 'care', title: 'Live, on the CPU, not kept' });
    expect(before(http).text).toContain(
      'This page came over http, so the browser hides its graphics device and storage: live runs work on the CPU, models are not kept.',
    );
    expect(found(http, 'secure')).toMatchObject({ grade: 'care', found: 'this page came over http' });
    const words = findings(http)
      .map((finding) => `${finding.found} ${finding.advice}`)
      .join('\n');
    expect(words).not.toMatch(/Chrome|Safari|private|USB|local network|hardware acceleration/);
    expect(found(http, 'model').found).toMatch(/at every visit/);
  });

  it('follows the measured step, whatever could be expected before', () => {
    expect(after(http, { ...quick, isKept: false })).toMatchObject({
      grade: 'care',
      title: 'Live, on the CPU, not kept',
    });
    expect(after(http, { ...quick, isKept: false }).text).toMatch(/took 4.ms\. Live runs feel immediate\. .*http/);
    expect(before(played)).toMatchObject({ grade: 'care', title: 'Live, on the CPU' });
    expect(after(played, quick)).toMatchObject({ grade: 'good', title: 'Live, on the CPU' });
    expect(after(good, { ...quick, isCpu: false, device: 'Card' }).title).toBe('Live, on the graphics device');
    expect(after(good, { ...quick, seconds: 1 })).toMatchObject({
      grade: 'care',
      title: 'Live, on the CPU, with patience',
    });
    expect(after(good, { ...quick, seconds: 9 })).toMatchObject({ grade: 'bad', title: 'Live, but too slow' });
    // The browser offers a place, and loses what it is given.
    expect(after(good, { ...quick, isKept: false })).toMatchObject({
      grade: 'care',
      title: 'Live, on the CPU, not kept',
    });
  });

  it('leaves recorded runs where nothing live works', () => {
    expect(before({ ...good, wasm: false })).toMatchObject({ grade: 'bad', title: 'Recorded runs only' });
    const failed = failedStep('No connection', 'nobody answered');
    expect(verdict(good, [failed, ...findings(good)], null)).toMatchObject({
      grade: 'bad',
      title: 'Recorded runs only',
    });
  });

  it('says how many threads there are, and why', () => {
    expect(found(good, 'threads').found).toMatch(/^7, for models of/);
    expect(found({ ...good, processors: 2 }, 'threads').found).toMatch(/^1: .*processors/);
    expect(found(http, 'threads').found).toMatch(/^1, because .*http/);
    expect(found({ ...good, isolated: false }, 'threads').found).toBe(
      '1: this browser shares no memory between threads',
    );
    expect(found({ ...good, isolated: false, controlled: false }, 'threads').found).toMatch(/^1 on a first visit/);
  });

  it('finds a place for models in the cache of the site too', () => {
    const cacheOnly = { used: null, quota: null, persistent: false, files: false, caches: true };
    expect(found({ ...good, storage: cacheOnly }, 'storage')).toMatchObject({ grade: 'good', advice: '' });
    expect(found({ ...good, storage: cacheOnly }, 'storage').found).toMatch(/^there/);
    expect(grade({ ...good, storage: { ...cacheOnly, caches: false } }, 'storage')).toBe('care');
  });

  it('is written down as plain text', () => {
    const occasion = { address: 'http://classroom:8000/check.html', browser: 'Some/1.0', time: '2026-01-02T03:04:05Z' };
    const text = report(before(http), findings(http), occasion);
    expect(text).toMatch(/^TEMPO, .*\n\nLive, on the CPU, not kept\n/);
    for (const { name, found } of findings(http)) expect(text).toContain(`${name}: ${found} [`);
    for (const fact of Object.values(occasion)) expect(text).toContain(fact);
    expect(text).not.toMatch(/<|undefined|null/);
  });
});
