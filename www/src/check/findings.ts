// What a machine offers, judged: green, amber or red, in words, each with what to do. Pure.

import { poolSize } from '../engine/pool-size';
import * as words from '../words/en/check';

export type Grade = 'good' | 'care' | 'bad' | 'fact';

export interface Finding {
  id: keyof typeof words.NAMES;
  name: string;
  grade: Grade;
  /** What was found. */
  found: string;
  /** What to do about it; empty when nothing has to be done. */
  advice: string;
}

/** What was asked of the browser. Everything may be missing. */
export interface Machine {
  /** By https, or from this computer itself. Elsewhere browsers hide WebGPU, storage and more. */
  secure: boolean;
  webgpu: boolean;
  adapter: { name: string; software: boolean; bindingBytes: number; bufferBytes: number; features: string[] } | null;
  memoryGb: number | null;
  processors: number | null;
  /** Pages may share memory between threads. */
  isolated: boolean;
  /** The service worker answers for this page; it is what isolates the page where no server does. */
  controlled: boolean;
  storage: { used: number | null; quota: number | null; persistent: boolean; files: boolean; caches: boolean } | null;
  wasm: boolean;
  simd: boolean;
  workers: boolean;
  offline: boolean;
  modelBytes: number | null;
  touch: boolean;
}

/** One measured step of the story model. */
export interface Step {
  seconds: number;
  isCpu: boolean;
  /** What computed, by its name. */
  device: string;
  /** The model is here at the next visit too. */
  isKept: boolean;
}

export function gradeWords(grade: Grade): string {
  return words.GRADES[grade];
}

/** Whether the browser offers a place for models. */
export function keeps({ secure, storage }: Machine): boolean {
  return secure && storage !== null && (storage.files || storage.caches || storage.quota !== null);
}

export function findings(machine: Machine): Finding[] {
  const list: Finding[] = [];
  const add = (id: Finding['id'], grade: Grade, found: string, advice = ''): void => {
    list.push({ id, name: words.NAMES[id], grade, found, advice });
  };
  if (!machine.secure) add('secure', 'care', words.HTTP.found, words.HTTP.advice);
  addGraphics(machine, add);
  const { wasm, simd, workers } = machine;
  if (!wasm) add('wasm', 'bad', words.WASM.none, words.STAY_RECORDED);
  else if (!simd) add('wasm', 'care', words.WASM.plain, words.WASM.plainAdvice);
  else add('wasm', 'good', words.WASM.simd);
  if (workers) add('worker', 'good', words.WORKERS.there);
  else add('worker', 'bad', words.WORKERS.none, words.STAY_RECORDED);
  add('threads', 'fact', threads(machine));
  addMemory(machine, add);
  addStorage(machine, add);
  if (!machine.secure) add('offline', 'fact', words.OFFLINE.http, words.OFFLINE.httpAdvice);
  else if (machine.offline) add('offline', 'good', words.OFFLINE.there);
  else add('offline', 'care', words.OFFLINE.none, words.OFFLINE.noneAdvice);
  if (machine.modelBytes !== null) {
    const fetched = keeps(machine) ? words.fetchWords : words.fetchAgainWords;
    add('model', 'fact', fetched(machine.modelBytes));
  }
  return list;
}

type Add = (id: Finding['id'], grade: Grade, found: string, advice?: string) => void;

function addGraphics({ secure, webgpu, adapter }: Machine, add: Add): void {
  if (!webgpu && !secure) add('webgpu', 'fact', words.WEBGPU.hidden);
  else if (!webgpu) add('webgpu', 'care', words.WEBGPU.none, words.WEBGPU.noneAdvice);
  else if (!adapter) add('webgpu', 'care', words.WEBGPU.noDevice, words.WEBGPU.noDeviceAdvice);
  else if (adapter.software) add('webgpu', 'care', words.playedBy(adapter.name), words.WEBGPU.playedAdvice);
  else add('webgpu', 'good', adapter.name);
  if (!adapter) return;
  const isEnough = adapter.bindingBytes >= 128e6;
  const part = words.partWords(Math.min(adapter.bindingBytes, adapter.bufferBytes), adapter.bindingBytes);
  add('limits', isEnough ? 'good' : 'care', part, isEnough ? '' : words.STAY_SMALL);
  const known = ['shader-f16', 'subgroups', 'timestamp-query'];
  add('features', 'fact', known.map((name) => words.featureWords(name, adapter.features.includes(name))).join(', '));
}

function threads({ secure, isolated, controlled, offline, processors }: Machine): string {
  if (!secure) return words.THREADS.http;
  if (!isolated) return offline && !controlled ? words.THREADS.first : words.THREADS.unshared;
  const count = poolSize(processors ?? undefined) + 1;
  return count > 1 ? words.threadWords(count) : words.THREADS.few;
}

function addMemory({ memoryGb, processors, touch }: Machine, add: Add): void {
  if (memoryGb === null && processors === null) return;
  const isLittle = memoryGb !== null && memoryGb < 4;
  const advice = isLittle ? words.STAY_SMALL : touch ? words.PHONE : '';
  add('memory', advice ? 'care' : 'fact', words.memoryWords(memoryGb, processors), advice);
}

function addStorage(machine: Machine, add: Add): void {
  const { secure, storage } = machine;
  if (!secure) return add('storage', 'care', words.STORAGE.http, words.STORAGE.httpAdvice);
  if (!storage || !keeps(machine)) return add('storage', 'care', words.STORAGE.none, words.STORAGE.noneAdvice);
  const free = storage.quota === null ? null : storage.quota - (storage.used ?? 0);
  const isTight = free !== null && free < 200e6;
  const found = words.storageWords(free, storage.persistent);
  add('storage', isTight ? 'care' : 'good', found, isTight ? words.STORAGE.tight : '');
}

function stepGrade(seconds: number): 'good' | 'care' | 'bad' {
  return seconds <= 0.25 ? 'good' : seconds <= 2 ? 'care' : 'bad';
}

export function stepFinding({ seconds, isCpu, device }: Step): Finding {
  const grade = stepGrade(seconds);
  const found = words.stepWords(seconds, words.whereWords(isCpu, device));
  return { id: 'step', name: words.NAMES.step, grade, found, advice: words.STEP_ADVICE[grade] };
}

/** The step did not work. */
export function failedStep(title: string, message: string): Finding {
  return { id: 'step', name: words.NAMES.step, grade: 'bad', found: title, advice: message };
}

export interface Verdict {
  grade: Grade;
  title: string;
  text: string;
}

/** The whole in one line: what the step showed, where one was measured, and what can be expected before. */
export function verdict(machine: Machine, list: readonly Finding[], step: Step | null): Verdict {
  const failed = step === null && list.some(({ id, grade }) => id === 'step' && grade === 'bad');
  const lacks = list.some(({ id, grade }) => id !== 'step' && grade === 'bad');
  const { recorded, recordedText, failedText } = words.VERDICT;
  if (failed || lacks) return { grade: 'bad', title: recorded, text: failed ? failedText : recordedText };
  return step ? measured(machine, step) : expected(machine, list);
}

function measured({ secure }: Machine, { seconds, isCpu, isKept }: Step): Verdict {
  const grade = stepGrade(seconds);
  const took = words.tookWords(seconds, words.STEP_ADVICE[grade]);
  if (grade === 'bad') return { grade, title: words.TOO_SLOW, text: took };
  const title = words.liveTitle(isCpu, isKept, grade === 'care');
  if (isKept) return { grade, title, text: took };
  return { grade: 'care', title, text: `${took} ${secure ? words.VERDICT.unkept : words.VERDICT.http}` };
}

function expected(machine: Machine, list: readonly Finding[]): Verdict {
  const { adapter, secure } = machine;
  const { ready, nothing, remarks, http, unkept, press, why } = words.VERDICT;
  const isKept = keeps(machine);
  if (adapter && !adapter.software && isKept) {
    return { grade: 'good', title: ready, text: list.some(({ grade }) => grade === 'care') ? remarks : nothing };
  }
  const title = words.liveTitle(!adapter || adapter.software, isKept, false);
  const cause = !secure ? http : isKept ? why : unkept;
  return { grade: 'care', title, text: `${cause} ${press}` };
}
