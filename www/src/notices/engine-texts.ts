// Words for every code that the engine can throw. The compiler misses a code that has none.

import type { EngineErrorCode } from '../engine/errors';

/** A way out that the page offers as a button. */
export type Way =
  'retry' | 'recover' | 'continue' | 'models' | 'storage' | 'check' | 'cpu' | 'options' | 'prompt' | 'reload';

export interface NoticeText {
  /** Info stands quietly; a warning may be passed by; an error stopped something. */
  weight: 'info' | 'warning' | 'error';
  title: string;
  text: string;
  ways: readonly Way[];
}

export const ENGINE_TEXTS: Readonly<Record<EngineErrorCode, NoticeText>> = {
  'no-adapter': {
    weight: 'error',
    title: 'No graphics device answered',
    text: 'The browser knows WebGPU but offers no device: it may be blocked, switched off, or the driver too old. The model can run on the CPU instead, slower. Recorded runs always work.',
    ways: ['cpu', 'check'],
  },
  device: {
    weight: 'error',
    title: 'The graphics device could not be opened',
    text: 'Another program may hold it, or the driver refused. Close other tabs that use graphics and try again, or run on the CPU.',
    ways: ['retry', 'cpu', 'check'],
  },
  'device-limit': {
    weight: 'error',
    title: 'The model is too large for this device',
    text: 'One of its parts does not fit into the largest buffer that the device offers. A smaller model fits, or the CPU, if there is memory.',
    ways: ['models', 'cpu', 'check'],
  },
  'device-lost': {
    weight: 'error',
    title: 'The graphics device was lost',
    text: 'The driver restarted, the computer slept, or memory ran out. The run so far stays on the screen. Recover opens the device anew and loads the model from this computer.',
    ways: ['recover', 'cpu'],
  },
  'model-config': {
    weight: 'error',
    title: 'The model’s configuration cannot be read',
    text: 'The file config.json is missing something or contradicts itself. This is a matter of the model’s files, not of your machine.',
    ways: ['models'],
  },
  'model-unsupported': {
    weight: 'error',
    title: 'This kind of model is not supported',
    text: 'The page runs decoder-only models with rotary positions: Llama, Mistral, Qwen2, Qwen3, Gemma 3 and their relatives, in safetensors or GGUF.',
    ways: ['models'],
  },
  'model-weights': {
    weight: 'error',
    title: 'The weights do not fit the configuration',
    text: 'A tensor is missing or has another shape than config.json says. The files may come from two different models.',
    ways: ['models', 'storage'],
  },
  'model-tokenizer': {
    weight: 'error',
    title: 'The tokenizer cannot be read',
    text: 'The page needs a tokenizer.json of the Hugging Face kind, or the tables in a GGUF file. Some older models have only other forms.',
    ways: ['models'],
  },
  'model-gguf': {
    weight: 'error',
    title: 'This GGUF file cannot be used',
    text: 'It is damaged, cut off, one part of several, or holds something that the page does not read. The details name the field.',
    ways: ['models', 'storage'],
  },
  source: {
    weight: 'error',
    title: 'A file of the model could not be read',
    text: 'It changed or vanished while it was being loaded. Choose the files again, or delete the kept model and fetch it anew.',
    ways: ['retry', 'storage'],
  },
  options: {
    weight: 'error',
    title: 'These options do not work together',
    text: 'One of them is out of its range, or cannot change in the middle of a run.',
    ways: ['options'],
  },
  prompt: {
    weight: 'error',
    title: 'The prompt cannot be used',
    text: 'It is empty, or the tokenizer makes nothing of it. Type a few words.',
    ways: ['prompt'],
  },
  'context-full': {
    weight: 'error',
    title: 'The prompt is too long',
    text: 'It holds more tokens than the model has room for. Shorten it, or give the cache more rows under Memory.',
    ways: ['prompt'],
  },
  forward: {
    weight: 'error',
    title: 'A step failed',
    text: 'The device gave back something that is not a distribution. The run so far stays on the screen. Recover opens the device anew; if it happens again, run on the CPU.',
    ways: ['recover', 'cpu'],
  },
  'attention-gone': {
    weight: 'info',
    title: 'The attention of this step is no longer there',
    text: 'Attention per layer and head is kept for the latest steps of the live run only. Branch from this step to compute it again.',
    ways: [],
  },
  'no-model': {
    weight: 'warning',
    title: 'No model is loaded yet',
    text: 'Load the story model or one of your own first.',
    ways: ['models'],
  },
  'no-run': {
    weight: 'info',
    title: 'There is no live run',
    text: 'Recorded runs hold no attention per head. Generate one live to see it.',
    ways: [],
  },
  panic: {
    weight: 'error',
    title: 'The engine stopped with a fault of its own',
    text: 'This is a bug of the page, not of your machine. The run so far stays on the screen. Recover starts a fresh engine.',
    ways: ['recover', 'reload'],
  },
  start: {
    weight: 'error',
    title: 'The engine could not be started',
    text: 'Its program did not arrive, or the browser refused to run it. Recorded runs work all the same.',
    ways: ['retry', 'check'],
  },
  'worker-lost': {
    weight: 'error',
    title: 'The engine stopped answering',
    text: 'The browser may have ended it to save memory. The run so far stays on the screen. Recover starts it again and loads the model from this computer.',
    ways: ['recover', 'models'],
  },
  closed: {
    weight: 'info',
    title: 'The engine was closed',
    text: 'What was under way has been given up.',
    ways: [],
  },
  busy: {
    weight: 'info',
    title: 'One thing at a time',
    text: 'The engine is still busy with the step before. Stop it first, or wait a moment.',
    ways: [],
  },
  offline: {
    weight: 'error',
    title: 'No connection',
    text: 'No server answered. What has arrived is kept, and the download goes on where it stopped. Models kept on this computer work without a network.',
    ways: ['retry', 'storage'],
  },
  http: {
    weight: 'error',
    title: 'The server refused',
    text: 'It answered, but did not give the file.',
    ways: ['retry', 'models'],
  },
  cors: {
    weight: 'error',
    title: 'This server does not let pages read it',
    text: 'Either nothing answered, or the server does not allow other pages to read its files (CORS). Download the files and open them from this computer, or use a server that allows it.',
    ways: ['retry', 'models'],
  },
  hash: {
    weight: 'error',
    title: 'A file arrived damaged and was thrown away',
    text: 'Its contents are not what was published. Nothing of it is used. Fetch it again; if it happens twice, something between here and the server changes files.',
    ways: ['retry', 'storage'],
  },
  short: {
    weight: 'error',
    title: 'A file keeps ending too early',
    text: 'The connection broke several times at the same file. What has arrived is kept; try again later.',
    ways: ['retry'],
  },
  changed: {
    weight: 'error',
    title: 'A file changed on the server while it was fetched',
    text: 'Halves of two versions are never put together, so it has to be fetched again.',
    ways: ['retry'],
  },
  aborted: {
    weight: 'info',
    title: 'Stopped',
    text: 'What has arrived is kept. The download goes on from there when you start it again.',
    ways: [],
  },
  'storage-quota': {
    weight: 'warning',
    title: 'No room to keep the model',
    text: 'The browser’s storage is full, so the model is held in memory: it runs now and is gone when this tab closes. Delete a kept model to make room.',
    ways: ['storage'],
  },
  storage: {
    weight: 'error',
    title: 'The browser’s storage failed',
    text: 'A kept file could not be written or read. Delete the model from the list and fetch it again, or use another browser profile.',
    ways: ['retry', 'storage'],
  },
  address: {
    weight: 'error',
    title: 'This name or address cannot be used',
    text: 'A repository looks like owner/name, a GGUF file in it like owner/name/file.gguf. An address begins with https:// (http:// for this computer alone) and names the folder that holds the files, or a GGUF file.',
    ways: ['models'],
  },
  files: {
    weight: 'error',
    title: 'These files are not a whole model',
    text: 'Needed together: config.json, tokenizer.json, and model.safetensors or all of its parts with model.safetensors.index.json. Or one GGUF file, which holds all of it.',
    ways: ['models'],
  },
  internal: {
    weight: 'error',
    title: 'The page made a mistake',
    text: 'This is a bug of the page, not of your machine or the model. The run so far stays on the screen.',
    ways: ['recover', 'reload'],
  },
};
