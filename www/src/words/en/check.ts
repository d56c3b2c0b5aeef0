// The words of check.html: what was found on this machine, what it means, and what to do about it.

import { bytes, duration } from '../../format';

export const GRADES = { good: 'Good', care: 'Take care', bad: 'Missing', fact: 'Fact' } as const;

export const NAMES = {
  secure: 'Address',
  webgpu: 'WebGPU',
  limits: 'Largest part of a model',
  features: 'Features',
  wasm: 'WebAssembly',
  worker: 'Workers',
  threads: 'Threads',
  memory: 'Memory and processors',
  storage: 'Storage',
  offline: 'Offline use',
  model: 'Story model',
  step: 'One step',
} as const;

export const HTTP = {
  found: 'this page came over http',
  advice:
    'So the browser hides its graphics device and storage: live runs work on the CPU, models are not kept. By https, or on this computer itself by http://localhost, the page has both.',
} as const;

export const WEBGPU = {
  hidden: 'hidden, because this page came over http',
  none: 'this browser has none',
  noneAdvice:
    'Live runs work on the CPU. For larger models use a current Chrome, Edge or Safari, or Firefox on Windows or macOS.',
  noDevice: 'there, but it offers no device',
  noDeviceAdvice:
    'Live runs work on the CPU. For larger models switch hardware acceleration on in the settings of the browser, and update the graphics driver.',
  nameless: 'a device without a name',
  playedAdvice:
    'Live runs work on the CPU, which is faster. If this machine has a graphics card, switch hardware acceleration on in the settings of the browser.',
} as const;

export function playedBy(name: string): string {
  return `a software adapter, which a program plays: ${name}`;
}

/** Parts of common models: what the largest buffer means to a visitor. */
export function partWords(part: number, binding: number): string {
  const fits =
    binding >= 1e9
      ? 'enough for models of 1 to 3 billion parameters'
      : binding >= 256e6
        ? 'enough for models of some hundred million parameters'
        : 'enough for the story model and others of its size';
  return `${bytes(part)}, ${fits}`;
}

export const STAY_SMALL = 'Stay with the story model.';
export const STAY_RECORDED = 'Only recorded runs can be shown. Use another browser.';

export function featureWords(name: string, isThere: boolean): string {
  return `${name} ${isThere ? 'yes' : 'no'}`;
}

export const WASM = {
  simd: 'yes, with SIMD',
  plain: 'yes, without SIMD',
  none: 'no',
  plainAdvice: 'Update the browser: the CPU will be slow.',
} as const;

export const WORKERS = { there: 'yes', none: 'no' } as const;

/** Why a model gets so many threads of the CPU. */
export const THREADS = {
  http: '1, because this page came over http',
  first: '1 on a first visit. Open the page itself once, then reload this one: where the browser can, there are more',
  unshared: '1: this browser shares no memory between threads',
  few: '1: the browser tells of too few processors to share the work out',
} as const;

export function threadWords(threads: number): string {
  return `${threads}, for models of 16 million parameters or more; the story model is small and has one`;
}

/** What the browser tells; it need not be true. */
export function memoryWords(gigabytes: number | null, processors: number | null): string {
  const memory = gigabytes === null ? [] : [`${gigabytes} GB of memory or more`];
  const count = processors === null ? [] : [`${processors} processors`];
  return `${[...memory, ...count].join(', ')}, as the browser tells`;
}

export const PHONE = 'Phones end a page that takes too much, without a word. Stay below 500 MB.';

export const STORAGE = {
  http: 'hidden, because this page came over http',
  httpAdvice: 'Models are fetched again at every visit.',
  none: 'none, as in many private windows',
  noneAdvice: 'Models are held in memory and fetched again at every visit. An ordinary window keeps them.',
  tight: 'Make room on the disk, or delete kept models.',
} as const;

export function storageWords(free: number | null, isPersistent: boolean): string {
  const size = free === null ? 'there, its size is not told' : `${bytes(free)} free`;
  return `${size}, ${isPersistent ? 'kept until you delete it' : 'may be cleared when the disk runs low'}`;
}

export const OFFLINE = {
  there: 'possible after the first visit',
  http: 'not over http',
  httpAdvice: 'Recorded runs and live ones need the server at every visit.',
  none: 'not in this browser',
  noneAdvice: 'The page needs its server at every visit.',
} as const;

export function fetchWords(size: number): string {
  return `${bytes(size)} to fetch, once`;
}

/** Where a model is not kept. */
export function fetchAgainWords(size: number): string {
  return `${bytes(size)} to fetch, at every visit`;
}

export function stepWords(seconds: number, where: string): string {
  return `${duration(seconds)}, ${where}`;
}

export const STEP_ADVICE = {
  good: 'Live runs feel immediate.',
  care: 'Live runs work, with some patience. Use short runs.',
  bad: 'Stay with recorded runs, or use another device for live ones.',
} as const;

/** Where a model was computed. */
export function whereWords(isCpu: boolean, device: string): string {
  return isCpu ? 'on the CPU' : `on ${device}`;
}

const NOT_KEPT = ', not kept';

export const VERDICT = {
  recorded: 'Recorded runs only',
  recordedText: 'Something that live runs need is missing here. Recorded runs work in full.',
  failedText: 'The step of the story model did not work here, for the reason below. Recorded runs work in full.',
  ready: 'Ready for live runs',
  nothing: 'Nothing has to be done.',
  remarks: 'With the remarks below.',
  press: 'Run one step to see how fast.',
  why: 'The list says what would help larger models.',
  http: 'This page came over http, so the browser hides its graphics device and storage: live runs work on the CPU, models are not kept.',
  unkept: 'This browser keeps no models for the page; they are fetched again at every visit.',
} as const;

/** Live runs work: where, and whether what they need stays here. */
export function liveTitle(isCpu: boolean, isKept: boolean, isSlow: boolean): string {
  const where = isCpu ? 'on the CPU' : 'on the graphics device';
  return `Live, ${where}${isKept ? '' : NOT_KEPT}${isSlow ? ', with patience' : ''}`;
}

export const TOO_SLOW = 'Live, but too slow';

export function tookWords(seconds: number, advice: string): string {
  return `A step of the story model took ${duration(seconds)}. ${advice}`;
}

export const PROGRESS = {
  starting: 'Starting the engine.',
  fetching: 'Fetching the story model.',
  running: 'Running.',
  left: 'Stopped, because the page was left. Press again.',
} as const;

export function ofWords(done: number, total: number): string {
  return `${bytes(done)} of ${bytes(total)}`;
}

export function doneWords(where: string): string {
  return `Done, ${where}.`;
}

/** What is fetched for the step, once its size and its fate are known. */
export function stepNote(size: number, isKept: boolean): string {
  return isKept
    ? `${bytes(size)}, fetched from this site once, and kept on this device.`
    : `${bytes(size)}, fetched from this site. It is not kept: the next visit fetches it again.`;
}

export const REPORT = {
  title: 'TEMPO, test of a machine',
  address: 'Address',
  browser: 'Browser',
  time: 'Time',
  copied: 'Copied. Paste it into a message.',
  byHand: 'The browser did not allow copying. The report is below, selected: copy it by hand.',
} as const;
