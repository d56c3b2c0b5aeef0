// Which files a model consists of, asked of where it lives. The weights' index has to be fetched to know its shards,
// hence `text`: it brings a small file into storage and gives it back.

import { EngineError } from '../engine/errors';
import { statusError, unreachable, type Net } from './http';
import {
  CONFIG,
  CHAT_TEMPLATE,
  GENERATION,
  ggufAt,
  ggufName,
  INDEX,
  isFileName,
  isGguf,
  isGgufPath,
  TOKENIZER,
  TOKENIZER_CONFIG,
  WEIGHTS,
  type Repo,
} from './names';
import { getJson, headOf, property } from './probes';
import { localFile, openUrl, type RemoteFile } from './remote';
import { ask } from './rule';
import type { OriginSource } from './source';

export interface Listing {
  /** The commit that the addresses are pinned to. */
  revision: string | null;
  small: RemoteFile[];
  weights: RemoteFile[];
}

export type ReadText = (file: RemoteFile) => Promise<string>;

interface Facts {
  bytes: number | null;
  sha256: string | null;
}

export async function list(
  net: Net,
  source: OriginSource,
  /** The commit that a partial download began with. */
  pinned: string | null,
  text: ReadText,
  signal: AbortSignal,
): Promise<Listing> {
  switch (source.kind) {
    case 'embedded':
      return listEmbedded(net, source.id, text);
    case 'hub':
      return listHub(net, source, pinned, text, signal);
    case 'url':
      return ggufAt(source.base) === null
        ? probe(net, source.base, null, text, signal)
        : probeGguf(net, source.base, null, signal);
    case 'files':
      return listFiles(net, source.files, text);
  }
}

async function listEmbedded(net: Net, id: string, text: ReadText): Promise<Listing> {
  const base = new URL(`./models/${id}/`, net.base).href;
  const published = net.embedded[id]?.files ?? [];
  const files = remotes(net, base, new Map(published.map(({ name, ...facts }) => [name, facts])));
  return { revision: null, ...(await sort(net, files, text, `the files of ${id}`)) };
}

/** The hub's own list: names, lengths and hashes of one commit in one answer. */
async function listHub(
  net: Net,
  { repo, revision, file, quantisation }: Repo,
  pinned: string | null,
  text: ReadText,
  signal: AbortSignal,
): Promise<Listing> {
  const api = `https://huggingface.co/api/models/${repo}/revision/${encodeURIComponent(pinned ?? revision)}?blobs=true`;
  const folder = (at: string): string => `https://huggingface.co/${repo}/resolve/${encodeURIComponent(at)}/`;
  let answer: unknown;
  try {
    answer = await getJson(net, api, repo, signal);
  } catch (error) {
    // The list has its own limits on how often it may be asked; the files can be had without it. Where the repository
    // itself is the trouble, asking for its files says so.
    if (!(error instanceof EngineError) || error.code !== 'http' || quantisation !== undefined) throw error;
    const base = folder(pinned ?? revision);
    return file === undefined ? probe(net, base, pinned, text, signal) : probeGguf(net, base + file, pinned, signal);
  }
  const commit = property(answer, 'sha');
  const at = typeof commit === 'string' && /^[0-9a-f]{40}$/.test(commit) ? commit : null;
  const files = remotes(net, folder(at ?? revision), parseFacts(answer, repo));
  const {
    weights,
    refused,
    file: absent,
  } = ask(net, { names: [...files.keys()], repository: repo, kind: quantisation, file });
  if (refused !== undefined) throw new EngineError('files', refused, absent === undefined ? {} : { file: absent });
  if (!weights || !isGguf(weights[0]!)) return { revision: at, ...(await sort(net, files, text, repo)) };
  return { revision: at, small: [], weights: weights.map((name) => files.get(name)!) };
}

/** One file, asked for by its address; where it is a part of a model, all the others beside it. */
async function probeGguf(net: Net, url: string, pinned: string | null, signal: AbortSignal): Promise<Listing> {
  const own = ggufAt(url) ?? url;
  let revision = pinned;
  const weights: RemoteFile[] = [];
  for (const name of ask(net, { part: own }).weights ?? []) {
    const at = new URL(url);
    if (name !== own) at.pathname = at.pathname.replace(/[^/]*$/, encodeURIComponent(name));
    const head = await headOf(net, at.href, name, signal);
    if (!head) throw statusError(at.href, 404, name);
    revision ??= head.revision;
    const file = remoteAt(net, at.href, name, { bytes: null, sha256: head.sha256 });
    weights.push({ ...file, estimate: head.bytes });
  }
  return { revision, small: [], weights };
}

/** A folder that cannot be listed: the names are known, so each is asked for. */
async function probe(
  net: Net,
  base: string,
  pinned: string | null,
  text: ReadText,
  signal: AbortSignal,
): Promise<Listing> {
  let revision = pinned;
  let refusal: EngineError | null = null;
  const ask = async (name: string): Promise<RemoteFile | null> => {
    const head = await headOf(net, base + name, name, signal);
    if (!head) return null;
    revision ??= head.revision;
    return { ...remote(net, base, name, { bytes: null, sha256: head.sha256 }), estimate: head.bytes };
  };
  // For what is not there some servers answer that it may not be read, and some with a web page.
  const look = async (name: string): Promise<RemoteFile | null> => {
    try {
      return await ask(name);
    } catch (error) {
      if (!(error instanceof EngineError) || !isRefusal(error)) throw error;
      refusal ??= error;
      return null;
    }
  };
  const need = async (name: string): Promise<RemoteFile> => {
    const file = await ask(name);
    if (!file) throw statusError(base + name, 404, name);
    return file;
  };
  const small = [await need(CONFIG), await need(TOKENIZER)];
  for (const name of [GENERATION, TOKENIZER_CONFIG]) {
    const file = await look(name);
    if (file) small.push(file);
  }
  // A chat template stands among the tokens or in a file of its own. That is asked for only where it may be: each question
  // is an error in the console where the answer is no.
  const tokens = small.find(({ name }) => name === TOKENIZER_CONFIG);
  const template = tokens && !/"chat_template"\s*:/.test(await text(tokens)) && (await look(CHAT_TEMPLATE));
  if (template) small.push(template);
  refusal = null;
  const single = await look(WEIGHTS);
  if (single) return { revision, small, weights: [single] };

  const index = await look(INDEX);
  if (!index) throw refusal ?? statusError(base + WEIGHTS, 404, WEIGHTS);
  small.push(index);
  const weights: RemoteFile[] = [];
  for (const name of shardsOf(net, await text(index))) weights.push(await need(name));
  return { revision, small, weights };
}

function isRefusal({ code, status }: EngineError): boolean {
  return code === 'source' || (code === 'http' && (status === 401 || status === 403));
}

/** The chosen files under the names that a model's files have: a single file of weights may have any. A GGUF file is
 *  alone, or with the other parts of its model. */
export function namedFiles(net: Net, files: File[]): Map<string, File> {
  const { weights, several, missing } = ask(net, { names: files.map((file) => file.name) });
  if (weights && isGguf(weights[0]!)) {
    return new Map(weights.map((name) => [ggufName(name), files.find((file) => file.name === name)!]));
  }
  if (missing !== undefined) {
    throw new EngineError('files', `${missing} is not among the chosen files; choose all parts together`, {
      file: missing,
    });
  }
  if (several && isGguf(several[0]!)) {
    const [one, another] = several;
    throw new EngineError('files', `${one} and ${another} are two models; choose one GGUF file`);
  }
  const named = new Map(files.filter((file) => isFileName(file.name)).map((file) => [file.name, file]));
  const [single] = weights ?? [];
  if (single !== undefined && single !== WEIGHTS) {
    named.set(
      WEIGHTS,
      files.find((file) => file.name === single)!,
    );
    named.delete(single);
  }
  return named;
}

async function listFiles(net: Net, files: File[], text: ReadText): Promise<Listing> {
  const remotes = new Map([...namedFiles(net, files)].map(([name, file]) => [name, localFile(file, name)]));
  const all = [...remotes.values()];
  if (all.length > 0 && all.every(({ name }) => isGguf(name))) return { revision: null, small: [], weights: all };
  return { revision: null, ...(await sort(net, remotes, text, 'the chosen files')) };
}

/** Of all files there are, those that make the model. */
async function sort(
  net: Net,
  files: Map<string, RemoteFile>,
  text: ReadText,
  where: string,
): Promise<{ small: RemoteFile[]; weights: RemoteFile[] }> {
  const small = pickSmall(files, where);
  const [single] = ask(net, { names: [...files.keys()] }).weights ?? [];
  // Whatever it is called, it is kept under the name that a single file has.
  if (single !== undefined && !isGguf(single)) return { small, weights: [{ ...files.get(single)!, name: WEIGHTS }] };
  const index = files.get(INDEX);
  if (!index) throw missing(WEIGHTS, where);
  const weights = shardsOf(net, await text(index)).map((name) => {
    const shard = files.get(name);
    if (!shard) throw missing(name, where);
    return shard;
  });
  return { small: [...small, index], weights };
}

/** Small files that a model may have. */
const OPTIONAL = [GENERATION, TOKENIZER_CONFIG, CHAT_TEMPLATE];

function pickSmall(files: Map<string, RemoteFile>, where: string): RemoteFile[] {
  const need = [CONFIG, TOKENIZER].map((name) => {
    const file = files.get(name);
    if (!file) throw missing(name, where);
    return file;
  });
  return [...need, ...OPTIONAL.flatMap((name) => files.get(name) ?? [])];
}

function missing(name: string, where: string): EngineError {
  const way =
    where === 'the chosen files'
      ? 'choose config.json, tokenizer.json and the safetensors files together, or one GGUF file'
      : 'choose a repository with config.json, tokenizer.json and safetensors, or with a GGUF file';
  return new EngineError('files', `${name} is not among ${where}; ${way}`, { file: name });
}

/** The shards that an index names, each once. */
export function shardsOf(net: Net, index: string): string[] {
  const { weights, refused } = ask(net, { index });
  if (!weights) throw new EngineError('files', `${INDEX}: ${refused}`, { file: INDEX });
  return weights;
}

function remotes(net: Net, base: string, facts: Map<string, Facts>): Map<string, RemoteFile> {
  return new Map([...facts].map(([name, fact]) => [name, remote(net, base, name, fact)]));
}

/** A file below an address; it is kept under its name alone. */
function remote(net: Net, base: string, path: string, facts: Facts): RemoteFile {
  const parts = path.split('/');
  return remoteAt(net, base + parts.map(encodeURIComponent).join('/'), parts.at(-1) ?? path, facts);
}

function remoteAt(net: Net, url: string, name: string, facts: Facts): RemoteFile {
  return {
    name,
    ...facts,
    estimate: facts.bytes,
    open: (from, etag, signal, to) => openUrl(net, url, name, from, etag, signal, to),
    unreachable: (readable) => unreachable(net, url, name, readable),
  };
}

/** The hub's `{siblings: [{rfilename, size, lfs: {sha256}}]}`. */
function parseFacts(answer: unknown, repo: string): Map<string, Facts> {
  const entries = property(answer, 'siblings');
  if (!Array.isArray(entries))
    throw new EngineError('source', `the list of files of ${repo} cannot be read; load again later`);
  const facts = new Map<string, Facts>();
  for (const entry of entries) {
    const name = property(entry, 'rfilename');
    const bytes = property(entry, 'size');
    const sha256 = property(property(entry, 'lfs'), 'sha256');
    // Files in folders below and odd names are none of ours, GGUF files apart.
    if (typeof name !== 'string' || !(isFileName(name) || isGgufPath(name))) continue;
    facts.set(name, {
      bytes: typeof bytes === 'number' && Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : null,
      sha256: typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256) ? sha256 : null,
    });
  }
  return facts;
}
