// The page's own worker fetches a model and says a first token: how long that takes after the last byte has come.

const SHORT = 'Once upon a time';

export async function download({ worker, base, address, weights }) {
  const engine = new Worker(worker, { type: 'module' });
  const calls = new Map();
  let last = null;
  engine.onmessage = ({ data: { type, id, value, error, progress } }) => {
    if (type === 'reply') calls.get(id).resolve(value);
    if (type === 'error' || type === 'lost') calls.get(id ?? calls.size - 1).reject(new Error(error.message));
    if (progress?.phase === 'download' && progress.done_bytes === progress.total_bytes) last ??= performance.now();
  };
  const ask = (type, rest = {}) =>
    new Promise((resolve, reject) => {
      const id = calls.size;
      calls.set(id, { resolve, reject });
      engine.postMessage({ type, id, ...rest });
    });
  engine.postMessage({ type: 'hello', lock: 'tempo-bench', base });
  await ask('open', { preference: 'cpu', weights, kernels: 'fused' });
  const begun = performance.now();
  await ask('load', { source: { kind: 'url', base: address } });
  const loaded = performance.now();
  await ask('begin', { prompt: SHORT, options: { max_set: 1, max_steps: 1, selection_threshold: 0.002 } });
  await ask('step');
  const first = performance.now();
  engine.terminate();
  if (last === null) throw new Error('the download told no end');
  return { download: last - begun, after: first - last, placing: loaded - last };
}
