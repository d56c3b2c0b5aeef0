// Words for every code that the engine can throw, and for what the page itself notices. The compiler misses a code that
// has none.

import type { EngineErrorCode } from '../../engine/errors';
import type { PageNoticeCode, Way } from '../../notices/kinds';

export interface NoticeWords {
  title: string;
  text: string;
}

export const WAY_LABELS: Readonly<Record<Way, string>> = {
  retry: 'Try again',
  recover: 'Recover',
  continue: 'Continue the run',
  models: 'Choose another model',
  storage: 'See kept models',
  check: 'Test this machine',
  cpu: 'Run on the CPU',
  options: 'Reset the options',
  prompt: 'Go to the prompt',
  reload: 'Reload the page',
};

export const ENGINE_WORDS: Readonly<Record<EngineErrorCode, NoticeWords>> = {
  'no-adapter': {
    title: 'No graphics device answered',
    text: 'The browser knows WebGPU but offers no device: it may be blocked, switched off, or the driver too old. The model can run on the CPU instead, slower. Recorded runs always work.',
  },
  device: {
    title: 'The graphics device could not be opened',
    text: 'Another program may hold it, or the driver refused. Close other tabs that use graphics and try again, or run on the CPU.',
  },
  'device-limit': {
    title: 'The model is too large for this device',
    text: 'One of its parts does not fit into the largest buffer that the device offers. A smaller model fits, or the CPU, if there is memory.',
  },
  'device-lost': {
    title: 'The graphics device was lost',
    text: 'The driver restarted, the computer slept, or memory ran out. The run so far stays on the screen. Recover opens the device anew and loads the model from this computer.',
  },
  'model-config': {
    title: 'The model’s configuration cannot be read',
    text: 'The file config.json is missing something or contradicts itself. This is a matter of the model’s files, not of your machine.',
  },
  'model-unsupported': {
    title: 'This kind of model is not supported',
    text: 'The page runs decoder-only models with rotary positions: Llama, Mistral, Qwen 2 and 3, Gemma 2 and 3, Granite, OLMo 2, Phi 3 and 4, Pythia, SmolLM and their relatives, in safetensors or GGUF.',
  },
  'model-weights': {
    title: 'The weights do not fit the configuration',
    text: 'A tensor is missing or has another shape than config.json says. The files may come from two different models.',
  },
  'model-tokenizer': {
    title: 'The tokenizer cannot be read',
    text: 'The page needs a tokenizer.json of the Hugging Face kind, or the tables in a GGUF file. Some older models have only other forms.',
  },
  'model-gguf': {
    title: 'This GGUF file cannot be used',
    text: 'It is damaged, cut off, one part of several, or holds something that the page does not read. The details name the field.',
  },
  source: {
    title: 'A file of the model could not be read',
    text: 'It changed or vanished while it was being loaded. Choose the files again, or delete the kept model and fetch it anew.',
  },
  options: {
    title: 'These options do not work together',
    text: 'One of them is out of its range, or cannot change in the middle of a run.',
  },
  prompt: {
    title: 'The prompt cannot be used',
    text: 'It is empty, or the tokenizer makes nothing of it. Type a few words.',
  },
  chat: {
    title: 'The model cannot take this conversation',
    text: 'Models lay out a conversation by a template of their own, and this one refuses: some allow no system prompt, or want you and the model to take turns. The details say why. Your message is back in the box.',
  },
  'context-full': {
    title: 'The prompt is too long',
    text: 'It holds more tokens than the model has room for. Shorten it, or give the cache more rows under Memory.',
  },
  forward: {
    title: 'A step failed',
    text: 'The device gave back something that is not a distribution. The run so far stays on the screen. Recover opens the device anew; if it happens again, run on the CPU.',
  },
  'attention-gone': {
    title: 'The attention of this step is no longer there',
    text: 'Attention per layer and head is kept for the latest steps of the live run only. Branch from this step to compute it again.',
  },
  'no-model': {
    title: 'No model is loaded yet',
    text: 'Load the story model or one of your own first.',
  },
  'no-run': {
    title: 'There is no live run',
    text: 'Recorded runs hold no attention per head. Generate one live to see it.',
  },
  panic: {
    title: 'The engine stopped with a fault of its own',
    text: 'This is a bug of the page, not of your machine. The run so far stays on the screen. Recover starts a fresh engine.',
  },
  start: {
    title: 'The engine could not be started',
    text: 'Its program did not arrive, or the browser refused to run it. Recorded runs work all the same.',
  },
  'worker-lost': {
    title: 'The engine stopped answering',
    text: 'The browser may have ended it to save memory. The run so far stays on the screen. Recover starts it again and loads the model from this computer.',
  },
  closed: {
    title: 'The engine was closed',
    text: 'What was under way has been given up.',
  },
  busy: {
    title: 'One thing at a time',
    text: 'The engine is still busy with the step before. Stop it first, or wait a moment.',
  },
  offline: {
    title: 'No connection',
    text: 'No server answered. What has arrived is kept, and the download goes on where it stopped. Models kept on this computer work without a network.',
  },
  http: {
    title: 'The server refused',
    text: 'It answered, but did not give the file.',
  },
  cors: {
    title: 'This server does not let pages read it',
    text: 'Either nothing answered, or the server does not allow other pages to read its files (CORS). Download the files and open them from this computer, or use a server that allows it.',
  },
  hash: {
    title: 'A file arrived damaged and was thrown away',
    text: 'Its contents are not what was published. Nothing of it is used. Fetch it again; if it happens twice, something between here and the server changes files.',
  },
  short: {
    title: 'A file keeps ending too early',
    text: 'The connection broke several times at the same file. What has arrived is kept; try again later.',
  },
  changed: {
    title: 'A file changed on the server while it was fetched',
    text: 'Halves of two versions are never put together, so it has to be fetched again.',
  },
  aborted: {
    title: 'Stopped',
    text: 'What has arrived is kept. The download goes on from there when you start it again.',
  },
  'storage-quota': {
    title: 'No room to keep the model',
    text: 'The browser’s storage is full, so the model is held in memory: it runs now and is gone when this tab closes. Delete a kept model to make room.',
  },
  storage: {
    title: 'The browser’s storage failed',
    text: 'A kept file could not be written or read. Delete the model from the list and fetch it again, or use another browser profile.',
  },
  address: {
    title: 'This name or address cannot be used',
    text: 'A repository looks like owner/name, a GGUF file in it like owner/name:Q8_0 or owner/name/file.gguf. An address begins with https:// (http:// for this computer alone) and names the folder that holds the files, or a GGUF file.',
  },
  files: {
    title: 'These files are not a whole model',
    text: 'Needed together: config.json, tokenizer.json, and model.safetensors or all of its parts with model.safetensors.index.json. Or one GGUF file, which holds all of it.',
  },
  internal: {
    title: 'The page made a mistake',
    text: 'This is a bug of the page, not of your machine or the model. The run so far stays on the screen.',
  },
};

/** HTTP statuses that mean something particular to a visitor. */
export function statusWords(status: number | null): Partial<NoticeWords> {
  if (status === null) return {};
  if (status === 401 || status === 403) {
    return {
      title: 'This model is not public',
      text: 'Its owner asks visitors to sign in or to accept terms first. This page cannot do that; choose a model without a gate, or download the files yourself and open them here.',
    };
  }
  if (status === 404) {
    return {
      title: 'There is no such model',
      text: 'The server knows no file under this name. Check the spelling and the revision. The model also has to hold config.json, tokenizer.json and safetensors weights, or a GGUF file.',
    };
  }
  if (status === 429) {
    return {
      title: 'The server asks for a pause',
      text: 'Too many requests came from here. Wait a few minutes; what has arrived is kept.',
    };
  }
  if (status >= 500) {
    return {
      title: 'The server has a problem',
      text: `It answered with status ${status}. Try again later; what has arrived is kept.`,
    };
  }
  return { text: `The server answered with status ${status}.` };
}

export const PAGE_WORDS: Readonly<Record<PageNoticeCode, NoticeWords>> = {
  'no-webgpu': {
    title: 'Live runs work on the CPU here',
    text: 'This browser has no WebGPU, by which a page computes on the graphics device. The story model is fast enough all the same; large models are slow.',
  },
  insecure: {
    title: 'This page came over http: live runs work on the CPU',
    text: 'Over http the browser hides its graphics device and its storage from the page. Live runs work on the CPU; models are not kept, and are fetched again at the next visit. By https, or from this computer itself (localhost), the page has both.',
  },
  'null-adapter': {
    title: 'Live runs work on the CPU here',
    text: 'The browser offers no graphics device. The story model is fast enough all the same; large models are slow.',
  },
  'imitated-adapter': {
    title: 'Live runs work on the CPU here',
    text: 'The only graphics device that the browser offers is a program, and slower. The results are the same.',
  },
  'software-adapter': {
    title: 'This graphics device is played by a program',
    text: 'It is correct and slow: a step takes many times longer than on the CPU directly, and the results are the same. If this machine has a graphics card, switch hardware acceleration on in the settings of the browser.',
  },
  recovering: {
    title: 'The engine was lost and is being started again',
    text: 'The run so far stays on the screen. The model comes from this computer, nothing is fetched twice.',
  },
  recovered: {
    title: 'The engine is back',
    text: 'The run so far is still here. Continue repeats its steps with the same options and goes on.',
  },
  'branch-differs': {
    title: 'The first steps came out differently',
    text: 'This device or model chose other tokens than the run you branched from, so what follows is a run of its own and not a branch. Rounding differs between devices; so may the model.',
  },
  'options-fixed': {
    title: 'Some options cannot change inside a run',
    text: 'Positions, the position gap and the cache rows are laid down at the start. Those of the run are kept; begin a new run to change them.',
  },
  'no-recorded-run': {
    title: 'The recorded run did not arrive',
    text: 'The page works without it. Generate a run of your own, or open a trace file.',
  },
  'bad-trace': {
    title: 'This file is not a trace',
    text: 'A trace is JSON Lines as this page or the command line writes it. Nothing of this file is used.',
  },
  'bad-link': {
    title: 'Part of this link could not be used',
    text: 'The rest of it was. The link may have been cut, or written by a newer version.',
  },
  'link-model': {
    title: 'This link was made with another model',
    text: 'Nothing is fetched before you say so. The prompt and the options are set; load the model to get the same run.',
  },
  'link-differs': {
    title: 'This run differs from that of the link',
    text: 'Prompt, options and model are the same, but other tokens were chosen, so nothing is pinned. Rounding differs between devices; a recorded run may have been made anew.',
  },
  'link-too-long': {
    title: 'This does not fit into a link',
    text: 'The prompt is too long. Save the trace and share the file instead.',
  },
  'link-run': {
    title: 'The run inside this link cannot be shown',
    text: 'Nothing of it is used. As far as the link says which run it was, it can be computed here.',
  },
  'link-copied': {
    title: 'Link copied',
    text: 'A recorded run opens at once. Of a live one it holds prompt, options, model, step and pinned token: whoever opens it computes the same run on their own device. It never reaches a server.',
  },
  clipboard: {
    title: 'The browser did not allow copying',
    text: 'The link now stands in the address bar; copy it from there.',
  },
  'trace-saved': {
    title: 'Trace saved',
    text: 'Open it here or on another computer by dropping it on the page.',
  },
  'what-dropped': {
    title: 'The page does not know what to do with these files',
    text: 'Drop a trace (.jsonl), or the files of a model: config.json, tokenizer.json and safetensors, or one GGUF file.',
  },
  'storage-memory': {
    title: 'The model is held in memory',
    text: 'This browser keeps nothing for the page, as in many private windows. The model runs now, is gone when this tab closes, and is fetched again the next time.',
  },
  'runs-not-kept': {
    title: 'Your runs are not kept here',
    text: 'The browser gives this page no room for them, often in a private window or on a full disk. They are gone when you leave; save a run as a file to have it later.',
  },
  'chat-not-kept': {
    title: 'This conversation is not kept',
    text: 'The browser has no room for it, or keeps nothing for this page. It stays here until this tab is closed; save it as a file if you need it.',
  },
  'run-too-large': {
    title: 'This run is too large to be kept',
    text: 'It is gone when you leave the page. Save it as a file to have it later.',
  },
  'not-persistent': {
    title: 'The browser may clear the model by itself',
    text: 'It is kept, but when the disk runs low the browser may delete it. It can be fetched again.',
  },
  restarted: {
    title: 'A file begins anew',
    text: 'It changed on the server, or the server cannot continue a download.',
  },
  waiting: {
    title: 'Another tab is fetching this model',
    text: 'This one waits for it, so that nothing is fetched twice.',
  },
  retrying: {
    title: 'The connection broke',
    text: 'It is tried again from where it stopped.',
  },
  unexpected: {
    title: 'Something unexpected happened',
    text: 'The page goes on with what it has. If it happens again, reload it; the words below help whoever mends it.',
  },
};
