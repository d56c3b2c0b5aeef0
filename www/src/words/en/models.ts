// What the choice of a model says: where from, what it asks for and what is kept.

import { bytes, count, number, plural } from '../../format';

/** "135 million", "1.2 billion": nobody reads nine digits. */
export function manyWords(n: number): string {
  if (n >= 999.5e6) return `${number(n / 1e9, 2)} billion`;
  return n >= 999.5e3 ? `${number(n / 1e6, 3)} million` : count(n);
}

export const words = {
  title: 'Model',
  computesOn: 'Computes on',
  devices: {
    auto: 'whatever is fastest here',
    gpu: 'the graphics card, even one that a program imitates',
    cpu: 'the processor (CPU)',
  },
  weightsKept: 'Its numbers (weights) kept as',
  formats: {
    auto: 'whatever suits the file and this device',
    f32: 'f32, four bytes each: exact',
    f16: 'f16, half the memory: as good as exact',
    q8: 'q8, a quarter: hardly different',
    q4: 'q4, a seventh: for models that do not fit otherwise',
  },
  computedBy: 'Computed by',
  kernels: {
    fused: 'fused kernels: fast',
    tensor: 'tensor operations: slow, f32 only, to compare with',
  },
  /** Before and after the name of the model, which stands out. */
  now: (device: string | undefined, reason: string | null): [string, string] => [
    'Now: ',
    ` on ${device ?? 'this device'}${reason === null ? '' : `, chosen by itself: ${reason}`}.`,
  ],
  checking: (opening: boolean) =>
    `${opening ? 'Starting the engine' : 'Asking for the configuration and the sizes'}. The weights are not fetched yet.`,

  whereFrom: 'Where from',
  sources: {
    embedded: ['Story model', 'small, comes with this page'],
    hub: ['Hugging Face', 'a public repository by name'],
    url: ['Address', 'a folder or a file on any server'],
    files: ['This computer', 'files you have'],
  },
  repository: 'Repository',
  repositoryExample: 'owner/name',
  revision: 'Revision',
  aboutHub:
    'For example HuggingFaceTB/SmolLM2-135M-Instruct: a Llama, Mistral, Qwen, Gemma, Granite, OLMo, Phi or SmolLM, ' +
    'with safetensors or a GGUF file. Of several GGUF files, name the kind or the file: owner/name:Q8_0, ' +
    'owner/name/file.gguf. Asking contacts huggingface.co.',
  address: 'Address of the folder, or of a GGUF file',
  addressExample: 'https://example.org/models/mine/',
  aboutAddress:
    'The folder holds config.json, tokenizer.json and safetensors; a GGUF file holds all of it, and its address ends in ' +
    '.gguf. The server has to allow other pages to read them (CORS).',
  chooseFiles: 'Choose files',
  chooseFolder: 'Choose a folder',
  orDrop: 'or drop them on the page',
  filesNeeded:
    'Needed: config.json, tokenizer.json and safetensors, with the index where there are several; or one GGUF file.',
  filesChosen: (files: number, size: number) => `${plural(files, 'file')}, ${bytes(size)}`,
  keepCopy: 'Keep a copy in the browser',
  look: 'See what it needs',

  kind: 'Kind',
  kindOf: (architecture: string, parameters: number) => `${architecture}, ${manyWords(parameters)} parameters`,
  toFetch: 'To fetch',
  unknownSize: 'the server does not tell',
  nothingToFetch: 'nothing, it is all here',
  fetchSize: (size: number, here: number) => bytes(size) + (here > 0 ? `, ${bytes(here)} are here` : ''),
  keptAs: 'Weights kept as',
  keptAsFor: (format: string, reason: string) => `${format}: ${reason}`,
  memory: 'Memory on the device',
  memoryOf: (weights: number, cache: number, rows: number) =>
    `${bytes(weights)} for the weights, ${bytes(cache)} to remember ${count(rows)} tokens`,
  largest: 'Largest part',
  largestOf: (size: number, limit: number | null) =>
    limit === null ? bytes(size) : `${bytes(size)} of at most ${bytes(limit)}`,
  room: 'Room to keep it',
  noRoom: 'none: held in memory until the tab closes',
  unknownRoom: 'the browser does not tell',
  roomOf: (size: number, fits: boolean) =>
    `${bytes(size)}${fits ? '' : ', too little: held in memory until the tab closes'}`,
  takeCare: 'take care',
  load: 'Load it',
  fetch: 'Fetch it and run it',
  fetchBytes: (size: number) => `Fetch ${bytes(size)} and run it`,

  keptTitle: 'Kept on this device',
  keptNothing: 'Nothing yet.',
  keptFacts: (model: {
    bytes: number;
    complete: boolean;
    total_bytes: number | null;
    revision: string | null;
    date: string;
  }) => {
    const rest = model.total_bytes ? ` of ${bytes(model.total_bytes)}, goes on when you load it` : ', not complete';
    return [
      `${bytes(model.bytes)}${model.complete ? '' : rest}`,
      ...(model.revision ? [model.revision.slice(0, 8)] : []),
      model.date.slice(0, 10),
    ].join(' · ');
  },
  loadKept: 'Load',
  loadKeptOf: (title: string) => `Load ${title}`,
  goOn: 'Go on',
  goOnOf: (title: string) => `Go on with ${title}`,
  remove: 'Delete',
  removeOf: (title: string) => `Delete ${title}`,
  removeSure: 'Really delete',
  removeSureOf: (title: string) => `Really delete ${title}`,
  noStorage: (isSecure: boolean) =>
    isSecure
      ? 'This browser gives the page no storage.'
      : 'This page came over http, so the browser gives it no storage: models are not kept.',
  storage: (used: number | null, quota: number | null, persistent: boolean) => {
    const parts = [
      used === null ? '' : `${bytes(used)} used`,
      quota === null ? '' : `${used === null ? '' : 'of '}${bytes(quota)} that the browser offers`,
    ].filter(Boolean);
    const kept = persistent
      ? 'It will not be cleared without asking.'
      : 'The browser may clear it when the disk runs low.';
    return parts.length === 0 ? kept : `${parts.join(' ')}. ${kept}`;
  },
};
