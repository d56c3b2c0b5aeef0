// One line of a trace, read key by key into an event of the contract.

import { Refusal, fields, list, oneOf, own, real, text, truth, whole, type Fields } from './checked';
import {
  CHOICES,
  DEFAULTS,
  type Candidate,
  type DecoderEvent,
  type EndEvent,
  type Event,
  type Member,
  type MeterEvent,
  type ModelEvent,
  type PromptToken,
  type ReadingEvent,
  type RunEvent,
  type StepEvent,
  type Verdict,
  type Work,
} from './contract';
import { FIRST_DEFAULTS, readOptions } from './option-rules';

/** The newest wire format, which is what this page's own runs have. Older ones are read too. */
export const TRACE_VERSION = 2;

const LONGEST_NAME = 500;
/** A single token; the longest known ones are runs of a few hundred spaces. */
export const LONGEST_TOKEN = 2000;
const LONGEST_PROMPT = 200_000;
export const LONGEST_TEXT = 1_000_000;
export const MOST_ENTRIES = 300_000;
export const MOST_IDS = 2 ** 32 - 1;
/** Probabilities and shares are rounded; their sums may pass 1 by this. */
export const OVER_ONE = 1 + 1e-3;
const READING_KINDS = ['probable', 'viterbi', 'scored', 'drawn', 'sample', 'beam', 'search'] as const;
const STOP_REASONS = ['max-steps', 'eos', 'context-full', 'stopped'] as const;

/** What reads the steps of decoders beside TEMPO: fetched when there are some. Null for a type that it does not know. */
export type BesideReader = (event: Fields) => DecoderEvent | null;

/** An event, or a Refusal. */
export function readEvent(value: unknown, beside?: BesideReader): Event | DecoderEvent {
  const event = fields(value, 'the line');
  const type = own(event, 'type');
  if (type === 'run') return readRun(event);
  if (type === 'step') return readStep(event);
  if (type === 'end') return readEnd(event);
  const found = beside?.(event);
  if (found) return found;
  throw new Refusal(`type is none of run, step, ${beside ? 'samples, beams, search, ' : ''}end`);
}

function readRun(event: Fields): RunEvent {
  const version = own(event, 'version');
  if (version !== 1 && version !== TRACE_VERSION) {
    const found = typeof version === 'number' ? version : 'missing';
    throw new Refusal(`version is ${found}; this page reads version ${TRACE_VERSION} and version 1`);
  }
  // In version 1 there was one.
  const decoder = version === 1 ? 'tempo' : oneOf(own(event, 'decoder'), 'decoder', CHOICES.decoder);
  const prompt = fields(own(event, 'prompt'), 'prompt');
  const tokens = list(own(prompt, 'tokens'), 'prompt.tokens', MOST_ENTRIES);
  if (tokens.length === 0) throw new Refusal('prompt.tokens is empty');
  return {
    type: 'run',
    version,
    decoder,
    model: readModel(fields(own(event, 'model'), 'model')),
    options: readOptions(own(event, 'options'), version === 1 ? FIRST_DEFAULTS : DEFAULTS),
    prompt: {
      text: text(own(prompt, 'text'), 'prompt.text', LONGEST_PROMPT),
      tokens: tokens.map((token, index) => readPlaced(token, `prompt.tokens[${index}]`)),
    },
  };
}

function readModel(model: Fields): ModelEvent {
  const weights = own(model, 'weights');
  const size = (key: string): number => whole(own(model, key), `model.${key}`, 1, MOST_IDS);
  return {
    id: text(own(model, 'id'), 'model.id', LONGEST_NAME),
    architecture: text(own(model, 'architecture'), 'model.architecture', LONGEST_NAME),
    layers: size('layers'),
    heads: size('heads'),
    kv_heads: size('kv_heads'),
    head_dim: size('head_dim'),
    vocab: size('vocab'),
    rope_theta: real(own(model, 'rope_theta'), 'model.rope_theta', 0),
    ...(weights === undefined ? {} : { weights: text(weights, 'model.weights', LONGEST_NAME) }),
  };
}

export function readPlaced(value: unknown, where: string): PromptToken {
  const token = fields(value, where);
  return {
    slot: whole(own(token, 'slot'), `${where}.slot`, 0, MOST_IDS),
    position: whole(own(token, 'position'), `${where}.position`, 0, MOST_IDS),
    id: whole(own(token, 'id'), `${where}.id`, 0, MOST_IDS),
    text: text(own(token, 'text'), `${where}.text`, LONGEST_TOKEN),
  };
}

function readMember(value: unknown, where: string): Member {
  const probability = own(fields(value, where), 'probability');
  return { ...readPlaced(value, where), probability: real(probability, `${where}.probability`, 0, OVER_ONE) };
}

function readCandidate(value: unknown, where: string): Candidate {
  const token = fields(value, where);
  return {
    id: whole(own(token, 'id'), `${where}.id`, 0, MOST_IDS),
    text: text(own(token, 'text'), `${where}.text`, LONGEST_TOKEN),
    probability: real(own(token, 'probability'), `${where}.probability`, 0, OVER_ONE),
  };
}

/** Reads each entry; they must not become more probable, since their order is their rank. */
function readRanked<T extends { probability: number }>(
  value: unknown,
  where: string,
  read: (entry: unknown, where: string) => T,
): T[] {
  const entries = list(value, where, MOST_ENTRIES).map((entry, index) => read(entry, `${where}[${index}]`));
  const late = entries.findIndex((entry, index) => entry.probability > (entries[index - 1]?.probability ?? OVER_ONE));
  if (late > 0) throw new Refusal(`${where}[${late}] is more probable than the one before it`);
  return entries;
}

function readVerdict(value: unknown, where: string): Verdict {
  const verdict = fields(value, where);
  const effect = oneOf(own(verdict, 'effect'), `${where}.effect`, CHOICES.removal);
  if (effect === 'off') throw new Refusal(`${where}.effect is off, and then nobody is judged`);
  const unattended = own(verdict, 'unattended');
  return {
    slot: whole(own(verdict, 'slot'), `${where}.slot`, 0, MOST_IDS),
    score: real(own(verdict, 'score'), `${where}.score`, 0),
    limit: real(own(verdict, 'limit'), `${where}.limit`),
    keep: truth(own(verdict, 'keep'), `${where}.keep`),
    effect,
    ...(unattended === undefined ? {} : { unattended: truth(unattended, `${where}.unattended`) }),
  };
}

function readStep(event: Fields): StepEvent {
  const number = (key: string, least = 0): number => real(own(event, key), key, least);
  const count = (key: string): number => whole(own(event, key), key, 0, MOST_IDS);
  const set = readRanked(own(event, 'set'), 'set', readMember);
  if (set.length === 0) throw new Refusal('set is empty');
  const overBudget = own(event, 'over_budget');
  const chain = own(event, 'chain');
  const meter = own(event, 'meter');
  const timing = own(event, 'timing');
  return {
    type: 'step',
    step: count('step'),
    // A Bezier's control values may carry a threshold below 0.
    threshold: number('threshold', -Number.MAX_VALUE),
    // Of a certain distribution it may be rounded to just below 0.
    entropy: number('entropy', -1e-6),
    above: count('above'),
    fallback: truth(own(event, 'fallback'), 'fallback'),
    candidates: readRanked(own(event, 'candidates'), 'candidates', readCandidate),
    set,
    ended: readRanked(own(event, 'ended'), 'ended', readCandidate),
    received: list(own(event, 'received'), 'received', MOST_ENTRIES).map((value, slot) =>
      real(value, `received[${slot}]`, 0, OVER_ONE),
    ),
    verdicts: list(own(event, 'verdicts'), 'verdicts', MOST_ENTRIES).map((verdict, index) =>
      readVerdict(verdict, `verdicts[${index}]`),
    ),
    ...(overBudget === undefined
      ? {}
      : {
          over_budget: list(overBudget, 'over_budget', MOST_ENTRIES).map((slot, index) =>
            whole(slot, `over_budget[${index}]`, 0, MOST_IDS),
          ),
        }),
    slots: count('slots'),
    live: count('live'),
    ...(chain === undefined
      ? {}
      : {
          chain: list(chain, 'chain', MOST_ENTRIES).map((row, member) =>
            list(row, `chain[${member}]`, MOST_ENTRIES).map((value, before) =>
              real(value, `chain[${member}][${before}]`, 0, OVER_ONE),
            ),
          ),
        }),
    ...(meter === undefined ? {} : { meter: readMeter(fields(meter, 'meter')) }),
    ...(timing === undefined ? {} : { timing: readTiming(fields(timing, 'timing')) }),
  };
}

function readMeter(meter: Fields): MeterEvent {
  const number = (key: string): number => real(own(meter, key), `meter.${key}`, 0);
  const [sampled, ess] = [own(meter, 'sampled'), own(meter, 'ess')];
  return {
    paths: number('paths'),
    kl: number('kl'),
    total_variation: number('total_variation'),
    top1: truth(own(meter, 'top1'), 'meter.top1'),
    members: list(own(meter, 'members'), 'meter.members', MOST_ENTRIES).map((set, at) =>
      list(set, `meter.members[${at}]`, MOST_ENTRIES).map((share, member) =>
        real(share, `meter.members[${at}][${member}]`, 0, OVER_ONE),
      ),
    ),
    ...(sampled === undefined ? {} : { sampled: whole(sampled, 'meter.sampled', 0, MOST_IDS) }),
    ...(ess === undefined ? {} : { ess: number('ess') }),
  };
}

export function readTiming(timing: Fields): { forward_ms: number; total_ms: number } {
  return {
    forward_ms: real(own(timing, 'forward_ms'), 'timing.forward_ms', 0),
    total_ms: real(own(timing, 'total_ms'), 'timing.total_ms', 0),
  };
}

function readEnd(event: Fields): EndEvent {
  const stats = fields(own(event, 'stats'), 'stats');
  const count = (key: string): number => whole(own(stats, key), `stats.${key}`, 0, MOST_IDS);
  const seconds = own(stats, 'seconds');
  const ended = own(event, 'ended');
  const readings = own(event, 'readings');
  const work = own(event, 'work');
  return {
    type: 'end',
    reason: oneOf(own(event, 'reason'), 'reason', STOP_REASONS),
    ...(ended === undefined ? {} : { ended: readRanked(ended, 'ended', readCandidate) }),
    text: text(own(event, 'text'), 'text', LONGEST_TEXT),
    brackets: text(own(event, 'brackets'), 'brackets', LONGEST_TEXT),
    stats: {
      steps: count('steps'),
      tokens: count('tokens'),
      mean_set: real(own(stats, 'mean_set'), 'stats.mean_set', 0),
      removed: count('removed'),
      ...(seconds === undefined ? {} : { seconds: real(seconds, 'stats.seconds', 0) }),
    },
    ...(readings === undefined
      ? {}
      : { readings: list(readings, 'readings', MOST_ENTRIES).map((each, at) => readReading(each, `readings[${at}]`)) }),
    ...(work === undefined ? {} : { work: readWork(fields(work, 'work')) }),
  };
}

function readReading(value: unknown, where: string): ReadingEvent {
  const reading = fields(value, where);
  const score = own(reading, 'score');
  const exact = own(reading, 'exact');
  return {
    kind: oneOf(own(reading, 'kind'), `${where}.kind`, READING_KINDS),
    text: text(own(reading, 'text'), `${where}.text`, LONGEST_TEXT),
    ids: list(own(reading, 'ids'), `${where}.ids`, MOST_ENTRIES).map((id, at) =>
      whole(id, `${where}.ids[${at}]`, 0, MOST_IDS),
    ),
    log_probability: real(own(reading, 'log_probability'), `${where}.log_probability`),
    ...(score === undefined ? {} : { score: real(score, `${where}.score`) }),
    ...(exact === undefined ? {} : { exact: truth(exact, `${where}.exact`) }),
  };
}

function readWork(work: Fields): Work {
  const count = (key: string): number => whole(own(work, key), `work.${key}`);
  return {
    passes: count('passes'),
    rows: count('rows'),
    peak_rows: count('peak_rows'),
    cache_bytes: count('cache_bytes'),
  };
}
