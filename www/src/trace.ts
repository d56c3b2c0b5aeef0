// A trace file becomes a Trace, or a sentence about what is wrong with it. Nothing hostile gets past this file.

import { Refusal } from './checked';
import type { DecoderEvent, EndEvent, Event, RunEvent, StepEvent } from './contract';
import { DRAWN } from './option-rules';
import { readEvent, type BesideReader } from './trace-events';
import { stepsOf, type Trace } from './view-state';

/** Most characters of a trace file. */
export const MAX_TRACE_LENGTH = 20_000_000;
/** Most steps of a trace. Whoever writes what each slot received reaches the length above first; a link asks here too. */
export const MAX_STEPS = 5000;
/** Most tokens of a trace, prompt included. */
export const MAX_TOKENS = 20_000;

/** Stands for a line without anything in it. */
const NOTHING = Symbol('nothing');

/** Why a text is not a trace. `line` counts from 1; 0 means the trace as a whole. */
export class TraceError extends Error {
  readonly line: number;
  constructor(line: number, message: string) {
    super(message);
    this.name = 'TraceError';
    this.line = line;
  }
}

/** How runs of the decoders beside TEMPO are read; its code is fetched when there is one. */
export interface BesideReading {
  readBeside: BesideReader;
  /** What checks that the events of this run fit together. */
  besideOrder(run: RunEvent): (event: DecoderEvent | EndEvent) => void;
}

/** A run of a decoder beside TEMPO, read without what reads them. */
class BesideError extends TraceError {}

/** Reads JSON Lines, whatever decoder made them. Rejects with a TraceError. */
export async function openTrace(text: string): Promise<Trace> {
  try {
    return parseTrace(text);
  } catch (error) {
    if (!(error instanceof BesideError)) throw error;
    return parseTrace(text, await import('./beside/read'));
  }
}

/** Reads JSON Lines. Throws a TraceError. A run without its end event is a run that is not over. */
export function parseTrace(text: string, beside?: BesideReading): Trace {
  if (text.length > MAX_TRACE_LENGTH) {
    throw new TraceError(0, `the file is longer than ${MAX_TRACE_LENGTH / 1e6} million characters`);
  }
  return traceOf(values(text), beside);
}

/** The JSON values of the lines. */
function* values(text: string): Generator<unknown, void, undefined> {
  for (const line of lines(text)) yield line.trim() === '' ? NOTHING : json(line);
}

/** Reads events that are no text. Throws a TraceError; its line is the number of the event. */
export function traceOf(events: Iterable<unknown>, beside?: BesideReading): Trace {
  let trace: Trace | null = null;
  const order = new Order();
  // Of the event that is being asked for: getting it may fail too.
  let number = 1;
  try {
    for (const value of events) {
      if (value !== NOTHING) {
        const event = readEvent(value, beside?.readBeside);
        if (event.type === 'run') order.beside = rulesOf(event, number, beside);
        order.take(event);
        if (event.type === 'run') trace = begun(event);
        else if (event.type === 'step') trace?.steps.push(event);
        else if (event.type !== 'end') trace?.beside?.push(event);
        else if (trace) trace.end = event;
      }
      number += 1;
    }
  } catch (error) {
    throw error instanceof Refusal ? new TraceError(number, error.message) : error;
  }
  if (!trace) throw new TraceError(0, 'there is no event in it');
  return trace;
}

/** What is asked of the events of this run beside their order; null of TEMPO's own. */
function rulesOf(
  run: RunEvent,
  number: number,
  beside?: BesideReading,
): ((event: DecoderEvent | EndEvent) => void) | null {
  if (DRAWN.includes(run.decoder)) return null;
  if (!beside) throw new BesideError(number, `it is a run of the decoder ${run.decoder}, which cannot be read here`);
  return beside.besideOrder(run);
}

/** A run that has no step yet. */
function begun(run: RunEvent): Trace {
  const trace = { run, steps: [], end: null };
  return DRAWN.includes(run.decoder) ? trace : { ...trace, beside: [] };
}

function json(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // A syntax error, or lists nested deeper than the stack.
    throw new Refusal('the line is not JSON');
  }
}

/** Line by line without a list of all of them. A byte order mark and carriage returns are left out. */
function* lines(text: string): Generator<string> {
  let from = text.startsWith('\ufeff') ? 1 : 0;
  while (from < text.length) {
    const end = text.indexOf('\n', from);
    const to = end < 0 ? text.length : end;
    yield text.slice(from, to);
    from = to + 1;
  }
}

/**
 * The trace with one more event, as a new object; null stands for no trace yet. For events of a running engine: they
 * are taken to be well formed, only their order is checked. Throws a TraceError.
 */
export function appendEvent(trace: Trace | null, event: Event | DecoderEvent): Trace {
  const refuse = (message: string): never => {
    throw new TraceError(0, message);
  };
  if (!trace) return event.type === 'run' ? begun(event) : refuse('the first event is no run');
  if (event.type === 'run') return refuse('a second run');
  if (trace.end) return refuse('an event after the end');
  if (event.type === 'end') return { ...trace, end: event };
  const { length } = stepsOf(trace);
  if (event.step !== length) return refuse(`step ${event.step} comes after ${length} steps`);
  if ((event.type === 'step') === (trace.beside !== undefined)) return refuse(`${event.type} is of another decoder`);
  if (event.type !== 'step') return { ...trace, beside: [...(trace.beside ?? []), event] };
  const slots = trace.steps.at(-1)?.received.length ?? trace.run.prompt.tokens.length;
  if (event.set[0]?.slot !== slots) return refuse(`step ${event.step} does not go on with slot ${slots}`);
  return { ...trace, steps: [...trace.steps, event] };
}

/** The events of a trace in their order. */
export function eventsOf(trace: Trace): (Event | DecoderEvent)[] {
  return [trace.run, ...stepsOf(trace), ...(trace.end ? [trace.end] : [])];
}

/** JSON Lines: one event per line, the last line ended too. */
export function serializeTrace(trace: Trace): string {
  return eventsOf(trace)
    .map((event) => `${JSON.stringify(event)}\n`)
    .join('');
}

/** What no single event shows: that they fit together. */
class Order {
  /** What is asked of the steps of another decoder. */
  beside: ReturnType<BesideReading['besideOrder']> | null = null;
  private started = false;
  private ended = false;
  private version = 1;
  private steps = 0;
  /** Members of the set before. */
  private members = 0;
  private prompt = 0;
  private gap = 0;
  private consecutive = false;
  /** Per slot: its set; prompt tokens have none. */
  private readonly sets: (number | null)[] = [];
  private readonly removed = new Set<number>();
  private readonly freed = new Set<number>();

  take(event: Event | DecoderEvent): void {
    if (!this.started && event.type !== 'run') throw new Refusal('the first event is no run');
    if (this.ended) throw new Refusal('there is an event after the end');
    if (event.type === 'end') {
      this.ended = true;
      this.beside?.(event);
    } else if (event.type === 'step') {
      if (this.beside) throw new Refusal('there is a step of tempo in a run of another decoder');
      this.takeStep(event);
    } else if (event.type !== 'run') {
      if (!this.beside) throw new Refusal(`there are ${event.type} in a run of tempo`);
      this.beside(event);
    } else {
      if (this.started) throw new Refusal('there is a second run');
      this.started = true;
      this.version = event.version;
      this.prompt = event.prompt.tokens.length;
      this.gap = event.options.position_gap;
      this.consecutive = event.options.positions === 'consecutive';
      for (const token of event.prompt.tokens) this.takeSlot(token, token.slot, null, 'prompt token');
    }
  }

  /** The first set has nothing before it that could speak of it; in version 1 nobody does. */
  private takeChain({ step, set, chain }: StepEvent): void {
    const before = this.members;
    this.members = set.length;
    if (step === 0 || this.version === 1) {
      if (chain && chain.length > 0) throw new Refusal(`step ${step}: a chain where there is none`);
      return;
    }
    if (chain === undefined) throw new Refusal(`step ${step}: chain is missing`);
    if (chain.length !== set.length || chain.some((row) => row.length !== before)) {
      throw new Refusal(`step ${step}: chain is not ${set.length} rows of ${before} numbers`);
    }
  }

  private takeSlot(
    token: { slot: number; position: number },
    position: number,
    set: number | null,
    what: string,
  ): void {
    const next = this.sets.length;
    if (next >= MAX_TOKENS) throw new Refusal(`there are more than ${MAX_TOKENS} tokens`);
    if (token.slot !== next) throw new Refusal(`${what}: slot ${token.slot} where ${next} is due`);
    if (token.position !== position) {
      throw new Refusal(`${what}: position ${token.position} where ${position} is due`);
    }
    this.sets.push(set);
  }

  private takeStep(event: StepEvent): void {
    const { step } = event;
    if (step !== this.steps) throw new Refusal(`step ${step} where ${this.steps} is due`);
    if (step >= MAX_STEPS) throw new Refusal(`there are more than ${MAX_STEPS} steps`);
    this.steps += 1;
    const older = this.sets.length;
    const base = this.prompt + this.gap;
    for (const member of event.set) {
      const position = base + (this.consecutive ? this.sets.length - this.prompt : step);
      this.takeSlot(member, position, step, `step ${step}`);
    }
    if (event.received.length !== this.sets.length) {
      throw new Refusal(`step ${step}: received has ${event.received.length} numbers for ${this.sets.length} slots`);
    }
    this.takeChain(event);
    const judged = new Set<number>();
    for (const { slot, keep, effect } of event.verdicts) {
      const set = slot < older ? this.sets[slot] : null;
      if (set === null || set === undefined)
        throw new Refusal(`step ${step}: a verdict on slot ${slot}, which is not on trial`);
      if (judged.has(slot)) throw new Refusal(`step ${step}: two verdicts on slot ${slot}`);
      if (this.removed.has(slot)) throw new Refusal(`step ${step}: a verdict on slot ${slot}, which is removed`);
      judged.add(slot);
      if (keep || effect === 'report' || effect === 'fade') continue;
      this.removed.add(slot);
      if (effect === 'evict') this.freed.add(slot);
    }
    for (const slot of event.over_budget ?? []) {
      if (slot >= older) throw new Refusal(`step ${step}: over_budget names slot ${slot}, which is not older`);
      if (this.freed.has(slot)) throw new Refusal(`step ${step}: over_budget names slot ${slot}, which is gone`);
      this.freed.add(slot);
      this.removed.add(slot);
    }
    if (event.slots > this.sets.length || event.live > event.slots) {
      throw new Refusal(`step ${step}: more rows than slots`);
    }
  }
}
