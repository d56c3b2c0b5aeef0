// A scripted stand-in for the wasm package, with its shape and its manners: for tests, and for work on the page while
// the wasm is not built. It reads all weights and thinks nothing.

import {
  DEFAULTS,
  type AttentionMaps,
  type ChatEvent,
  type ChatReport,
  type DecoderEvent,
  type WorkCounts,
  type DeviceReport,
  type EndEvent,
  type Event,
  type GenerationOptions,
  type LaneReport,
  type ScoredText,
  type LoadProgress,
  type Member,
  type ModelEvent,
  type ModelNeed,
  type PromptLength,
  type SimulationReport,
} from '../contract';
import type { ModelParts, Tempo as TempoShape, WeightSource, WorkerPool } from './package';

const WORDS = [' once', ' upon', ' a', ' time', ' there', ' was', ' fox', ' bear', ' in', ' the'];
const READ_BYTES = 1_000_000;
const HEADER_BYTES = 200;

export default async function init(): Promise<unknown> {
  return undefined;
}

export function compiledProgram(): WebAssembly.Module {
  // The smallest there is.
  return new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
}

/** Answers as the package does where there is no doubt; the rule itself is tested in crates/tempo-files. */
export function modelFiles(question: string): string {
  const asked = JSON.parse(question) as Record<Asked, string>;
  const { names } = JSON.parse(question) as { names?: string[] };
  if (names) return JSON.stringify(filesAmong(names, asked));
  if (asked.spelling !== undefined) return JSON.stringify(named(asked.spelling, asked));
  if (asked.part !== undefined) return JSON.stringify({ weights: partsOf(asked.part) });
  if (asked.index === undefined) return JSON.stringify({ shown: asked.name });
  try {
    const { weight_map } = JSON.parse(asked.index) as { weight_map: Record<string, string> };
    const weights = [...new Set(Object.values(weight_map))].sort();
    if (weights.length > 0) return JSON.stringify({ weights });
  } catch {
    // Told below.
  }
  return JSON.stringify({ refused: 'scripted: no index' });
}

type Asked = 'name' | 'part' | 'index' | 'repository' | 'kind' | 'file' | 'spelling' | 'revision' | 'address';

function named(text: string, { revision, address }: Partial<Record<Asked, string>>): object {
  const page = /^\s*(?:https?:\/\/)?(?:huggingface\.co|hf\.co)\/(.+)$/.exec(text)?.[1];
  if (page === undefined && address !== undefined) {
    if (!/^https?:/.test(address)) return { refused: `scripted: ${text} is no address` };
    return { address: /\.gguf(?:\?.*)?$/.test(address) ? address : address.replace(/\/?$/, '/') };
  }
  const [, repository, kind, file, at] =
    /^(\w[\w.-]*\/\w[\w.-]*)(?::([\w.-]+))?(?:\/(.+\.gguf))?(?:@([\w./-]+))?$/.exec((page ?? text).trim()) ?? [];
  if (repository === undefined) return { refused: `scripted: ${text} names no model` };
  return { repository, revision: at ?? revision ?? 'main', kind, file };
}

function filesAmong(names: string[], { repository, kind, file }: Partial<Record<Asked, string>>): object {
  const safetensors = names.filter((name) => name.endsWith('.safetensors'));
  const ggufs = [...new Set(names.filter((name) => /\.gguf$/i.test(name)).map((name) => partsOf(name)[0]!))];
  const meant = ggufs.filter((name) => name === (file ?? name) && name.toLowerCase().includes(kind ?? ''));
  const isNamed = file !== undefined || kind !== undefined;
  if (!isNamed && names.includes('model.safetensors.index.json')) return { indexed: true };
  if (!isNamed && safetensors.length > 0) return { weights: [safetensors[0]] };
  const [model, another] = meant;
  const refused = `scripted: ${file ?? kind ?? 'a model'} is not among the files of ${repository}`;
  if (model === undefined) return repository === undefined ? { none: true } : { refused, file };
  if (another !== undefined && repository === undefined) return { several: meant };
  const weights = partsOf(model);
  const missing = weights.find((name) => !names.includes(name));
  return missing === undefined ? { weights } : { missing };
}

function partsOf(name: string): string[] {
  const [, stem, , count, ending] = /^(.+)-(\d{5})-of-(\d{5})(\.gguf)$/.exec(name) ?? [];
  const number = (index: number): string => String(index + 1).padStart(5, '0');
  if (stem === undefined) return [name];
  return Array.from({ length: Number(count) }, (_, index) => `${stem}-${number(index)}-of-${count}${ending}`);
}

/** Stores nothing; its work would not end. */
export class MatrixWorker {
  store(_part: Uint32Array): void {
    return;
  }

  work(_mailbox: SharedArrayBuffer, _number: number): void {
    return;
  }
}

export class Tempo implements TempoShape {
  private model: ModelEvent | null = null;
  private run: { prompt: string; options: GenerationOptions; steps: number; slots: number; chat?: ChatEvent } | null =
    null;
  private hasBegun = false;
  /** Simulations of the step under way. */
  private tried = 0;
  private stopped = false;
  private passes = 0;
  private lanes: LaneReport[] = [];
  private most = 1;

  private constructor(private readonly report: DeviceReport) {}

  static async open(preference: 'auto' | 'gpu' | 'cpu'): Promise<Tempo> {
    const limits = { max_binding_bytes: null, max_buffer_bytes: null, features: [] };
    const kind = preference === 'gpu' ? 'gpu' : 'cpu';
    return new Tempo({
      kind,
      name: 'scripted device',
      chosen_for: preference === 'auto' ? 'software-adapter' : 'asked',
      reason: 'the wasm package is not built',
      software: true,
      threads: null,
      ...limits,
    });
  }

  /** It does no work that could be shared. */
  setWorkers(_pool: WorkerPool): void {
    return;
  }

  device(): DeviceReport {
    return this.report;
  }

  async need(model: ModelParts): Promise<ModelNeed> {
    if (model.config) JSON.parse(new TextDecoder().decode(model.config));
    else await header(weightsOf(model));
    const sizes = { weights_bytes: 6_443_904, cache_bytes_per_row: 4608, largest_buffer_bytes: 1_572_864 };
    const weights = { weights: 'f16', weights_reason: 'the file has f16, which it keeps as it is' };
    return { architecture: 'llama', parameters: 3_221_952, ...weights, ...sizes, max_positions: 512 };
  }

  async warm(model: ModelParts, progress: (p: LoadProgress) => void): Promise<void> {
    if (!model.config) await header(weightsOf(model));
    else if (new TextDecoder().decode(model.config).includes('"unsupported"'))
      throw coded('model-unsupported', 'scripted: unsupported');
    progress({ done_bytes: 0, total_bytes: 0, compiled: 1, programs: 2 });
    await pause(20);
  }

  async load(model: ModelParts, progress: (p: LoadProgress) => void): Promise<ModelEvent> {
    const source = weightsOf(model);
    const id = model.config ? (model.id ?? '') : (await header(source)).replace(/\.gguf$/, '');
    const total = source.files().reduce((sum, file) => sum + file.bytes, 0);
    let done = 0;
    for (const { name, bytes } of source.files()) {
      for (let at = 0; at < bytes; at += READ_BYTES) {
        try {
          done += (await source.read(name, at, Math.min(bytes, at + READ_BYTES))).length;
        } catch {
          throw coded('source', `${name}: the source failed`);
        }
        progress({ done_bytes: done, total_bytes: total, compiled: 0, programs: 0 });
      }
    }
    const shape = {
      architecture: 'llama',
      layers: 6,
      heads: 6,
      kv_heads: 3,
      head_dim: 32,
      vocab: 4096,
      rope_theta: 10000,
      weights: 'f16',
    };
    return (this.model = { id, ...shape });
  }

  promptLength(prompt: string): PromptLength {
    if (!this.model) throw coded('no-model', 'no model is loaded');
    return { tokens: prompt.split(/(?=\s)/).length + 1, max_positions: 512 };
  }

  /** What the model is called decides: a scripted one has no template. */
  chat(): ChatReport {
    if (!this.model) throw coded('no-model', 'no model is loaded');
    return { usable: !/story/.test(this.model.id), reason: null, thinking: false, tags: null };
  }

  chatLength(chat: ChatEvent): PromptLength {
    return this.promptLength(textOf(chat));
  }

  beginChat(chat: ChatEvent, _now: string, options: Partial<GenerationOptions>): void {
    this.begin(textOf(chat), options);
    if (this.run) this.run.chat = chat;
  }

  begin(prompt: string, options: Partial<GenerationOptions>): void {
    if (!this.model) throw coded('no-model', 'no model is loaded');
    if (prompt === '') throw coded('prompt', 'the prompt is empty');
    this.run = { prompt, options: { ...DEFAULTS, ...options }, steps: 0, slots: 2 };
    this.hasBegun = this.stopped = false;
    this.tried = 0;
  }

  simulations(from: number): SimulationReport[] {
    const made = (number: number): SimulationReport => {
      const id = number % WORDS.length;
      return { number, path: [id], rollout: [], value: 0.5, texts: [WORDS[id] ?? ''] };
    };
    return Array.from({ length: Math.max(0, this.tried - from) }, (_, index) => made(from + index));
  }

  async step(byPass = false): Promise<Event | DecoderEvent | null | undefined> {
    const { model, run } = this;
    if (!model || !run) throw coded('no-run', 'no run was begun');
    await pause(5);
    if (run.prompt.includes('#panic')) throw new WebAssembly.RuntimeError('unreachable');
    if (run.prompt.includes('#lost')) throw coded('device-lost', 'the device was lost');
    if (run.prompt.includes('#cut')) throw coded('forward', 'reading from the device failed');
    if (run.prompt.includes('#hang')) await new Promise(() => undefined);
    if (!this.hasBegun) {
      this.hasBegun = true;
      const tokens = [0, 1].map((slot) => ({
        slot,
        position: slot,
        id: slot,
        text: slot === 0 ? '<|endoftext|>' : run.prompt,
      }));
      const prompt = { text: run.prompt, tokens };
      return {
        type: 'run',
        version: 2,
        decoder: run.options.decoder,
        model,
        options: run.options,
        prompt,
        ...(run.chat ? { chat: run.chat } : {}),
      };
    }
    if (this.stopped || run.steps >= run.options.max_steps) {
      this.run = null;
      return this.end(run.steps, this.stopped);
    }
    this.passes += 1;
    if (run.options.decoder === 'mcts') return this.search(run, byPass);
    const size = 1 + (run.steps % 3);
    const before = 1 + ((run.steps + 2) % 3);
    const set: Member[] = Array.from({ length: size }, (_, index) => {
      const id = (run.steps + index) % WORDS.length;
      return {
        slot: run.slots + index,
        position: 2 + run.steps,
        id,
        text: WORDS[id] ?? '',
        probability: 0.5 / (index + 1),
      };
    });
    run.slots += size;
    const candidates = set.map(({ id, text, probability }) => ({ id, text, probability }));
    const received = Array.from({ length: run.slots }, () => 1 / run.slots);
    const rest = { ended: [], received, verdicts: [], slots: run.slots, live: run.slots };
    const facts = { threshold: run.options.selection_threshold, entropy: 1, above: size, fallback: false };
    // Members of equal rank go with each other.
    const said = (member: number, earlier: number): number => (member === earlier ? 0.5 : 0.05);
    const rows = set.map((_, member) => Array.from({ length: before }, (_, earlier) => said(member, earlier)));
    const chain = run.steps === 0 ? {} : { chain: rows };
    const timing = { forward_ms: 4, total_ms: 5 };
    return { type: 'step', step: run.steps++, ...facts, candidates, set, ...rest, ...chain, timing };
  }

  async compare(_prompt: string, lanes: string, budget: string): Promise<LaneReport[]> {
    if (!this.model) throw coded('no-model', 'no model is loaded');
    if (lanes.includes('beem')) throw coded('options', 'lane 1: there is no decoder `beem`; did you mean beam?');
    this.most = Number(budget.split('=')[1]);
    this.lanes = lanes.split(';').map((words, lane) => ({
      lane,
      words: words.trim(),
      decoder: words.trim().split(' ')[0] as LaneReport['decoder'],
      reading: '',
      kind: null,
      mean_log_probability: null,
      distinct_readings: 0,
      paths: null,
      steps: 0,
      passes: 1,
      rows: 3,
      peak_rows: 3,
      cache_bytes: 3 * 4608,
      milliseconds: 0,
      used: 3 / this.most,
      reason: null,
      judged: false,
    }));
    return structuredClone(this.lanes);
  }

  /** A step of lane n takes n + 1 rows. */
  async race(): Promise<LaneReport | undefined> {
    await pause(1);
    const running = this.lanes.filter(({ reason }) => reason === null).sort((a, b) => a.used - b.used);
    const lane = running[0] ?? this.lanes.find(({ judged }) => !judged);
    if (!lane) return undefined;
    const rows = lane.rows + lane.lane + 1;
    if (lane.reason !== null) Object.assign(lane, { judged: true, mean_log_probability: -1 - lane.lane });
    else if (rows > this.most) lane.reason = 'budget';
    else {
      lane.reading += WORDS[lane.steps % WORDS.length] ?? '';
      const work = { steps: lane.steps + 1, passes: lane.passes + 1, rows, peak_rows: rows, used: rows / this.most };
      Object.assign(lane, { ...work, distinct_readings: 1, cache_bytes: rows * 4608, kind: 'viterbi' });
    }
    return structuredClone(lane);
  }

  /** Every word has the same score. */
  async score(_prompt: string, text: string): Promise<ScoredText> {
    if (!this.model) throw coded('no-model', 'no model is loaded');
    const scores = { log_probability: -1, rank: 2, entropy: 1 };
    const tokens = text.split(' ').map((word, at) => ({ id: at, text: word, position: at, ...scores }));
    return { tokens, sum: -tokens.length, mean: -1, perplexity: Math.E };
  }

  stopRace(): void {
    for (const lane of this.lanes) lane.reason ??= 'stopped';
  }

  change(options: Partial<GenerationOptions>): void {
    if (!this.run) throw coded('no-run', 'no run was begun');
    Object.assign(this.run.options, options);
  }

  stop(): void {
    this.stopped = true;
  }

  async attention(step: number): Promise<AttentionMaps> {
    return { step, layers: 1, heads: 1, queries: [0], keys: [0], weights: new Float32Array([1]) };
  }

  counts(): WorkCounts {
    const nothing = { bytes_read: 0, device_bytes: null, device_reserved_bytes: null, heap_bytes: 0 };
    return { passes: this.passes, readbacks: this.passes, ...nothing };
  }

  free(): void {
    this.model = null;
  }

  /** A pass a simulation. */
  private search(run: NonNullable<Tempo['run']>, byPass: boolean): DecoderEvent | null {
    this.tried += 1;
    if (byPass && this.tried < run.options.simulations) return null;
    const simulations = this.simulations(0).map(({ path, rollout, value }) => ({ path, rollout, value }));
    this.tried = 0;
    const [id, slot] = [run.steps % WORDS.length, run.slots++];
    const chosen = { slot, position: 2 + run.steps, id, text: WORDS[id] ?? '', probability: 0.5 };
    const rows = { slots: run.slots, live: run.slots };
    return { type: 'search', step: run.steps++, simulations, tree: [], chosen, ...rows };
  }

  private end(steps: number, stopped: boolean): EndEvent {
    const stats = { steps, tokens: steps, mean_set: 1, removed: 0 };
    return { type: 'end', reason: stopped ? 'stopped' : 'max-steps', text: 'once', brackets: 'once', stats };
  }
}

function textOf({ messages }: ChatEvent): string {
  return messages.map(({ role, content }) => `${role}: ${content}\n`).join('');
}

function weightsOf({ weights }: ModelParts): WeightSource {
  if (!weights) throw coded('source', 'the model has no weights');
  return weights;
}

/** Reads the beginning of the one file in two steps, as the header of a GGUF file is read. */
async function header(source: WeightSource): Promise<string> {
  const { name, bytes } = source.files()[0]!;
  const half = Math.min(bytes, HEADER_BYTES / 2);
  const parts = [await source.read(name, 0, half), await source.read(name, half, Math.min(bytes, HEADER_BYTES))];
  const magic = new TextDecoder().decode(parts[0]!.subarray(0, 4));
  if (magic !== 'GGUF') throw coded('model-gguf', `cannot use ${name}: not a GGUF file`);
  return name;
}

function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
