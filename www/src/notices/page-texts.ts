// Words for what the page itself notices: the device it got, links, traces, the clipboard, storage.

import type { NoticeText } from './engine-texts';

export type PageNoticeCode =
  | 'no-webgpu'
  | 'null-adapter'
  | 'software-adapter'
  | 'imitated-adapter'
  | 'recovered'
  | 'recovering'
  | 'branch-differs'
  | 'options-fixed'
  | 'no-recorded-run'
  | 'bad-trace'
  | 'bad-link'
  | 'link-model'
  | 'link-differs'
  | 'link-too-long'
  | 'link-copied'
  | 'clipboard'
  | 'trace-saved'
  | 'what-dropped'
  | 'storage-memory'
  | 'not-persistent'
  | 'restarted'
  | 'waiting'
  | 'retrying'
  | 'unexpected';

export const PAGE_TEXTS: Readonly<Record<PageNoticeCode, NoticeText>> = {
  'no-webgpu': {
    weight: 'warning',
    title: 'This browser has no WebGPU',
    text: 'The story model runs on the CPU instead, at some steps a second; larger models will be slow. Current Chrome, Edge and Safari have WebGPU, Firefox on Windows and macOS too.',
    ways: ['check'],
  },
  'null-adapter': {
    weight: 'warning',
    title: 'WebGPU is here, but it offers no device',
    text: 'The model runs on the CPU instead. The browser may have blocked the graphics driver, or hardware acceleration is switched off in its settings.',
    ways: ['check'],
  },
  'imitated-adapter': {
    weight: 'info',
    title: 'WebGPU is imitated here, so the CPU takes over',
    text: 'The only graphics adapter is a program on the CPU. The model runs on the CPU directly, which is many times faster; the results are the same. Switching hardware acceleration on helps.',
    ways: ['check'],
  },
  'software-adapter': {
    weight: 'warning',
    title: 'A software adapter: correct, but slow',
    text: 'WebGPU is imitated on the CPU here, so a step takes tens of times longer than on a graphics device. The results are the same. Switching hardware acceleration on helps.',
    ways: ['cpu', 'check'],
  },
  recovering: {
    weight: 'warning',
    title: 'The engine was lost and is being started again',
    text: 'The run so far stays on the screen. The model comes from this computer, nothing is fetched twice.',
    ways: [],
  },
  recovered: {
    weight: 'info',
    title: 'The engine is back',
    text: 'The run so far is still here. Continue repeats its steps with the same options and goes on.',
    ways: ['continue'],
  },
  'branch-differs': {
    weight: 'warning',
    title: 'The first steps came out differently',
    text: 'This device or model chose other tokens than the run you branched from, so what follows is a run of its own and not a branch. Rounding differs between devices; so may the model.',
    ways: [],
  },
  'options-fixed': {
    weight: 'warning',
    title: 'Some options cannot change inside a run',
    text: 'Positions, the position gap and the cache rows are laid down at the start. Those of the run are kept; begin a new run to change them.',
    ways: [],
  },
  'no-recorded-run': {
    weight: 'warning',
    title: 'The recorded run did not arrive',
    text: 'The page works without it. Generate a run of your own, or open a trace file.',
    ways: ['reload'],
  },
  'bad-trace': {
    weight: 'error',
    title: 'This file is not a trace',
    text: 'A trace is JSON Lines as this page or the command line writes it. Nothing of this file is used.',
    ways: [],
  },
  'bad-link': {
    weight: 'warning',
    title: 'Part of this link could not be used',
    text: 'The rest of it was. The link may have been cut, or written by a newer version.',
    ways: [],
  },
  'link-model': {
    weight: 'info',
    title: 'This link was made with another model',
    text: 'Nothing is fetched before you say so. The prompt and the options are set; load the model to get the same run.',
    ways: ['models'],
  },
  'link-differs': {
    weight: 'warning',
    title: 'This run differs from that of the link',
    text: 'Prompt, options and model are the same, but other tokens were chosen, so nothing is pinned. Rounding differs between devices; a recorded run may have been made anew.',
    ways: [],
  },
  'link-too-long': {
    weight: 'warning',
    title: 'This does not fit into a link',
    text: 'The prompt is too long. Save the trace and share the file instead.',
    ways: [],
  },
  'link-copied': {
    weight: 'info',
    title: 'Link copied',
    text: 'A recorded run opens at once. Of a live one it holds prompt, options, model, step and pinned token: whoever opens it computes the same run on their own device. It never reaches a server.',
    ways: [],
  },
  clipboard: {
    weight: 'warning',
    title: 'The browser did not allow copying',
    text: 'The link now stands in the address bar; copy it from there.',
    ways: [],
  },
  'trace-saved': {
    weight: 'info',
    title: 'Trace saved',
    text: 'Open it here or on another computer by dropping it on the page.',
    ways: [],
  },
  'what-dropped': {
    weight: 'warning',
    title: 'The page does not know what to do with these files',
    text: 'Drop a trace (.jsonl), or the files of a model: config.json, tokenizer.json and safetensors, or one GGUF file.',
    ways: [],
  },
  'storage-memory': {
    weight: 'info',
    title: 'The model is held in memory',
    text: 'This browser gives the page no storage, often in a private window. The model is gone when the tab closes.',
    ways: [],
  },
  'not-persistent': {
    weight: 'info',
    title: 'The browser may clear the model by itself',
    text: 'It is kept, but when the disk runs low the browser may delete it. It can be fetched again.',
    ways: [],
  },
  restarted: {
    weight: 'info',
    title: 'A file begins anew',
    text: 'It changed on the server, or the server cannot continue a download.',
    ways: [],
  },
  waiting: {
    weight: 'info',
    title: 'Another tab is fetching this model',
    text: 'This one waits for it, so that nothing is fetched twice.',
    ways: [],
  },
  retrying: {
    weight: 'info',
    title: 'The connection broke',
    text: 'It is tried again from where it stopped.',
    ways: [],
  },
  unexpected: {
    weight: 'error',
    title: 'Something unexpected happened',
    text: 'The page goes on with what it has. If it happens again, reload it; the words below help whoever mends it.',
    ways: ['reload'],
  },
};
