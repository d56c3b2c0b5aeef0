// A short run inside a link: base64url(deflate-raw(…)) of the trace itself, or of a shorter way to write it, in which every
// text stands once, what follows from the order is left out, and numbers are rounded. What comes out of a link is read as
// strictly as a trace from anybody.

import { Refusal, fields, list, own, whole, type Fields } from './checked';
import {
  DEFAULTS,
  type Candidate,
  type EndEvent,
  type GenerationOptions,
  type Member,
  type StepEvent,
} from './contract';
import { TRACE_VERSION } from './trace-events';
import { MAX_TOKENS, TraceError, openTrace, serializeTrace, traceOf } from './trace';
import { deflated, fromBase64url, inflated, toBase64url } from './url-bytes';
import { stepsOf, type Trace } from './view-state';

/** Most bytes that a run in a link may unpack to. */
export const MOST_UNPACKED = 2_000_000;
/** Runs of more steps are not tried: they do not fit. */
const MOST_STEPS = 200;
/** Candidates a step that are tried, until the run fits. */
const CANDIDATES = [Infinity, 16, 8, 4, 0] as const;

const PROBABILITY = 1e5;
const SHARE = 1e3;
const MOST_WORDS = 100_000;

/** What is not zero does not become zero. */
const parts = (x: number, unit: number): number => (x === 0 ? 0 : Math.max(1, Math.round(x * unit)));
const rounded = (x: number, digits: number): number => Number(x.toPrecision(digits));

interface Worded {
  id: number;
  text: string;
}

/** Every token once; a token is its place in the list. */
class Words {
  readonly list: [number, string][] = [];
  private readonly places = new Map<string, number>();

  place({ id, text }: Worded): number {
    const name = `${id} ${text}`;
    const known = this.places.get(name);
    if (known !== undefined) return known;
    this.places.set(name, this.list.length);
    return this.list.push([id, text]) - 1;
  }
}

const pairs = (tokens: readonly (Worded & { probability: number })[], words: Words): [number[], number[]] => [
  tokens.map((token) => words.place(token)),
  tokens.map(({ probability }) => parts(probability, PROBABILITY)),
];

function packedStep(step: StepEvent, words: Words, candidates: number): unknown[] {
  return [
    rounded(step.threshold, 6),
    rounded(step.entropy, 5),
    step.above,
    step.fallback ? 1 : 0,
    step.slots,
    step.live,
    ...pairs(step.set, words),
    ...pairs(step.candidates.slice(0, candidates), words),
    ...pairs(step.ended, words),
    step.received.map((share) => parts(share, SHARE)),
    step.verdicts.map(({ slot, score, limit, keep, effect, unattended }) => [
      slot,
      rounded(score, 5),
      rounded(limit, 6),
      keep,
      effect,
      ...(unattended === undefined ? [] : [unattended]),
    ]),
    step.over_budget ?? 0,
    step.chain?.map((row) => row.map((share) => parts(share, SHARE))) ?? 0,
  ];
}

/** The short form as JSON, with so many candidates a step at most. What was counted about its work is left out. */
export function packed(trace: Trace, candidates = Infinity): string {
  const words = new Words();
  const { version, model, options, prompt } = trace.run;
  const keys = Object.keys(options) as (keyof GenerationOptions)[];
  const end: Partial<EndEvent> | null = trace.end && { ...trace.end };
  delete end?.readings;
  delete end?.work;
  return JSON.stringify({
    version,
    model,
    options: Object.fromEntries(keys.filter((key) => options[key] !== DEFAULTS[key]).map((key) => [key, options[key]])),
    prompt: prompt.text,
    tokens: prompt.tokens.map((token) => words.place(token)),
    steps: trace.steps.map((step) => packedStep(step, words, candidates)),
    words: words.list,
    end,
  });
}

const numbers = (value: unknown, what: string): readonly number[] =>
  list(value, what, MAX_TOKENS).map((entry) => (typeof entry === 'number' ? entry : NaN));

/** Writes the events out again; whether they make a trace is for others to judge. */
function* events(found: Fields): Generator<unknown> {
  const words = list(own(found, 'words'), 'words', MOST_WORDS).map((entry) => list(entry, 'words', 2));
  const word = (place: number): Worded => {
    const known = words[place];
    if (!known) throw new Refusal('a word is missing');
    return { id: known[0] as number, text: known[1] as string };
  };
  const tokens = (places: unknown, probabilities: unknown): Candidate[] => {
    const known = numbers(probabilities, 'probabilities');
    return numbers(places, 'tokens').map((place, i) => ({ ...word(place), probability: known[i]! / PROBABILITY }));
  };
  const shares = (value: unknown): number[] => numbers(value, 'shares').map((share) => share / SHARE);
  const options = { ...DEFAULTS, ...fields(own(found, 'options'), 'options') };
  const prompt = numbers(own(found, 'tokens'), 'tokens').map((place, slot) => ({
    slot,
    position: slot,
    ...word(place),
  }));
  yield {
    type: 'run',
    version: own(found, 'version'),
    decoder: 'tempo',
    model: own(found, 'model'),
    options,
    prompt: { text: own(found, 'prompt'), tokens: prompt },
  };
  let slots = prompt.length;
  const base = prompt.length + options.position_gap;
  for (const [step, entry] of list(own(found, 'steps'), 'steps', MAX_TOKENS).entries()) {
    const of = list(entry, 'step', 20);
    const set = tokens(of[6], of[7]).map((member): Member => {
      const position = base + (options.positions === 'consecutive' ? slots - prompt.length : step);
      return { slot: slots++, position, ...member };
    });
    const [overBudget, chain] = [of[14], of[15]];
    yield {
      type: 'step',
      step,
      threshold: of[0],
      entropy: of[1],
      above: of[2],
      fallback: of[3] === 1,
      slots: of[4],
      live: of[5],
      set,
      candidates: tokens(of[8], of[9]),
      ended: tokens(of[10], of[11]),
      received: shares(of[12]),
      verdicts: list(of[13], 'verdicts', MAX_TOKENS).map((each) => {
        const [slot, score, limit, keep, effect, unattended] = list(each, 'verdict', 6);
        return { slot, score, limit, keep, effect, ...(unattended === undefined ? {} : { unattended }) };
      }),
      ...(overBudget === 0 ? {} : { over_budget: overBudget }),
      ...(chain === 0 ? {} : { chain: list(chain, 'chain', MAX_TOKENS).map(shares) }),
    };
  }
  const end = own(found, 'end');
  if (end !== null && end !== undefined) yield end;
}

/** The trace of a short form, or a Refusal or TraceError. */
export function unpacked(text: string): Trace {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    throw new Refusal('it is neither a trace nor a run in short form');
  }
  const entries = fields(found, 'the run');
  whole(own(entries, 'version'), 'version', 1, TRACE_VERSION);
  return traceOf(events(entries));
}

/** The run of a link, from its trace or its short form. Rejects with words for the visitor as message. */
export async function runOfLink(code: string): Promise<Trace> {
  if (!('DecompressionStream' in globalThis)) throw new Refusal('this browser cannot unpack it');
  let bytes: Uint8Array;
  try {
    bytes = await inflated(fromBase64url(code), MOST_UNPACKED);
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal('it is damaged, or was cut off on its way');
  }
  const text = new TextDecoder().decode(bytes);
  try {
    return text.startsWith('{"type":') ? await openTrace(text) : unpacked(text);
  } catch (error) {
    if (error instanceof Refusal || error instanceof TraceError) throw error;
    throw new Refusal('it holds something else than a run');
  }
}

/** Whether this browser can put a run into a link. */
export const canPack = (): boolean => 'CompressionStream' in globalThis;

export interface PackedRun {
  code: string;
  /** Candidates a step that go along, where that is not all of them. */
  candidates: number | null;
}

/** Ever shorter codes of a run, as long as somebody asks for a shorter one. */
export async function* codesOf(trace: Trace): AsyncGenerator<PackedRun> {
  if (stepsOf(trace).length > MOST_STEPS) return;
  if (trace.beside) {
    // Steps of other decoders are short: they go as they are.
    const bytes = await deflated(new TextEncoder().encode(serializeTrace(trace)));
    yield { code: toBase64url(bytes), candidates: null };
    return;
  }
  const most = Math.max(0, ...trace.steps.map(({ candidates }) => candidates.length));
  for (const candidates of CANDIDATES) {
    if (candidates !== Infinity && candidates >= most) continue;
    const bytes = await deflated(new TextEncoder().encode(packed(trace, candidates)));
    yield { code: toBase64url(bytes), candidates: candidates === Infinity ? null : candidates };
  }
}
