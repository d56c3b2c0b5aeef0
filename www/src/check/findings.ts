// What a machine offers, judged: green, amber or red, in words, each with what to do. Pure.

import { bytes, duration } from '../format';

export type Grade = 'good' | 'care' | 'bad' | 'fact';

export interface Finding {
  id: string;
  name: string;
  grade: Grade;
  /** What was found. */
  found: string;
  /** What to do about it; empty when nothing has to be done. */
  advice: string;
}

/** What was asked of the browser. Everything may be missing. */
export interface Machine {
  secure: boolean;
  webgpu: boolean;
  adapter: { name: string; software: boolean; bindingBytes: number; bufferBytes: number; features: string[] } | null;
  memoryGb: number | null;
  cores: number | null;
  storage: { used: number | null; quota: number | null; persistent: boolean; files: boolean } | null;
  wasm: boolean;
  simd: boolean;
  workers: boolean;
  offline: boolean;
  modelBytes: number | null;
  touch: boolean;
}

/** Parts of common models: what the largest buffer means to a visitor. */
function fitsWords(bindingBytes: number): string {
  if (bindingBytes >= 1e9) return 'enough for models of one to three thousand million parameters';
  if (bindingBytes >= 256e6) return 'enough for models of some hundred million parameters';
  return 'enough for the story model and others of its size';
}

const WORDS: Readonly<Record<Grade, string>> = { good: 'Good', care: 'Take care', bad: 'Missing', fact: 'Fact' };

export function gradeWords(grade: Grade): string {
  return WORDS[grade];
}

export function findings(machine: Machine): Finding[] {
  const { adapter, storage } = machine;
  const list: Finding[] = [];
  const add = (id: string, name: string, grade: Grade, found: string, advice = ''): void => {
    list.push({ id, name, grade, found, advice });
  };

  if (!machine.secure) {
    add(
      'secure',
      'Address',
      'bad',
      'not a secure address',
      'Open the page by https, or from localhost: browsers hide WebGPU and storage elsewhere.',
    );
  }
  if (!machine.webgpu) {
    add(
      'webgpu',
      'WebGPU',
      'care',
      'this browser has none',
      'The story model runs on the CPU. Use a current Chrome, Edge or Safari, or Firefox on Windows or macOS, for speed.',
    );
  } else if (!adapter) {
    add(
      'webgpu',
      'WebGPU',
      'care',
      'there, but it offers no device',
      'Switch hardware acceleration on in the browser’s settings, update the graphics driver, then try again. Meanwhile the CPU is used.',
    );
  } else if (adapter.software) {
    add(
      'webgpu',
      'WebGPU',
      'care',
      `a software adapter: ${adapter.name}`,
      'It is correct and slow. Switch hardware acceleration on, or stay with recorded runs in a class.',
    );
  } else {
    add('webgpu', 'WebGPU', 'good', adapter.name);
  }
  if (adapter) {
    const enough = adapter.bindingBytes >= 128e6;
    add(
      'limits',
      'Largest part of a model',
      enough ? 'good' : 'care',
      `${bytes(Math.min(adapter.bindingBytes, adapter.bufferBytes))}, ${fitsWords(adapter.bindingBytes)}`,
      enough ? '' : 'Stay with the story model.',
    );
    const known = ['shader-f16', 'subgroups', 'timestamp-query'];
    add(
      'features',
      'Features',
      'fact',
      known.map((name) => `${name} ${adapter.features.includes(name) ? 'yes' : 'no'}`).join(', '),
    );
  }
  add(
    'wasm',
    'WebAssembly',
    machine.wasm && machine.simd ? 'good' : machine.wasm ? 'care' : 'bad',
    machine.wasm ? (machine.simd ? 'yes, with SIMD' : 'yes, without SIMD') : 'no',
    machine.wasm
      ? machine.simd
        ? ''
        : 'Update the browser: the CPU will be slow.'
      : 'Only recorded runs can be shown. Use another browser.',
  );
  add(
    'worker',
    'Workers',
    machine.workers ? 'good' : 'bad',
    machine.workers ? 'yes' : 'no',
    machine.workers ? '' : 'Only recorded runs can be shown. Use another browser.',
  );
  if (machine.memoryGb !== null || machine.cores !== null) {
    const memory = machine.memoryGb === null ? 'memory not told' : `${machine.memoryGb} GB or more`;
    const little = machine.memoryGb !== null && machine.memoryGb < 4;
    add(
      'memory',
      'Memory and cores',
      little || machine.touch ? 'care' : 'fact',
      `${memory}, ${machine.cores ?? 'unknown number of'} cores`,
      little
        ? 'Stay with the story model.'
        : machine.touch
          ? 'Phones end a page that takes too much, without a word. Stay below 500 MB.'
          : '',
    );
  }
  if (!storage || (!storage.files && storage.quota === null)) {
    add(
      'storage',
      'Storage',
      'care',
      'none',
      'Models are held in memory and fetched again each time. Leave the private window.',
    );
  } else {
    const free = storage.quota === null ? null : storage.quota - (storage.used ?? 0);
    const tight = free !== null && free < 200e6;
    add(
      'storage',
      'Storage',
      tight ? 'care' : 'good',
      `${free === null ? 'size not told' : `${bytes(free)} free`}, ${storage.persistent ? 'kept until you delete it' : 'may be cleared when the disk runs low'}`,
      tight ? 'Make room on the disk, or delete kept models.' : '',
    );
  }
  add(
    'offline',
    'Offline use',
    machine.offline ? 'good' : 'care',
    machine.offline ? 'possible after the first visit' : 'not possible here',
    machine.offline ? '' : 'Serve the page from a USB stick or the local network instead.',
  );
  if (machine.modelBytes !== null) add('model', 'Story model', 'fact', `${bytes(machine.modelBytes)} to fetch, once`);
  return list;
}

/** Seconds for one step, judged. */
export function stepFinding(seconds: number): Finding {
  const grade: Grade = seconds <= 0.25 ? 'good' : seconds <= 2 ? 'care' : 'bad';
  const advice = {
    good: 'Live runs feel immediate.',
    care: 'Live runs work, with some patience. Use short runs.',
    bad: 'Stay with recorded runs, or use another device for live ones.',
    fact: '',
  }[grade];
  return { id: 'step', name: 'One step', grade, found: duration(seconds), advice };
}

/** The whole in one line. */
export function verdict(list: readonly Finding[]): { grade: Grade; title: string; text: string } {
  const bad = list.some((finding) => finding.grade === 'bad');
  const care = list.filter((finding) => finding.grade === 'care').map((finding) => finding.id);
  if (bad) {
    return {
      grade: 'bad',
      title: 'Recorded runs only',
      text: 'Something that live runs need is missing here. Recorded runs work in full.',
    };
  }
  if (care.includes('webgpu') || care.includes('step')) {
    return {
      grade: 'care',
      title: 'Live runs work, slowly',
      text: 'The story model runs here, but not at full speed. The list says what would help.',
    };
  }
  return {
    grade: 'good',
    title: 'Ready for live runs',
    text: care.length > 0 ? 'With the remarks below.' : 'Nothing has to be done.',
  };
}
