// Steps of the decoders beside TEMPO (LAB.md L8), read key by key. Nothing hostile gets past this file and order.ts.

import { fields, list, own, real, text, whole, type Fields } from '../checked';
import type { BeamsEvent, DecoderEvent, SampleToken, SamplesEvent, SearchEvent } from '../contract';
import { LONGEST_TEXT, LONGEST_TOKEN, MOST_ENTRIES, MOST_IDS, OVER_ONE, readPlaced, readTiming } from '../trace-events';

export { stoppedEnd } from './end';
export { besideOrder } from './order';

/** A step of samples, beams or a tree search; null for another type. Throws a Refusal. */
export function readBeside(event: Fields): DecoderEvent | null {
  const type = own(event, 'type');
  if (type === 'samples') return { type, lanes: entries(event, 'lanes', readSample), ...readRest(event) };
  if (type === 'beams') return readBeams(event);
  return type === 'search' ? readSearch(event) : null;
}

function entries<T>(of: Fields, key: string, read: (entry: unknown, where: string) => T): T[] {
  return list(own(of, key), key, MOST_ENTRIES).map((entry, at) => read(entry, `${key}[${at}]`));
}

/** What the steps of all of them have. */
function readRest(event: Fields): Pick<SamplesEvent, 'step' | 'slots' | 'live' | 'timing'> {
  const timing = own(event, 'timing');
  return {
    step: whole(own(event, 'step'), 'step', 0, MOST_IDS),
    slots: whole(own(event, 'slots'), 'slots', 0, MOST_IDS),
    live: whole(own(event, 'live'), 'live', 0, MOST_IDS),
    ...(timing === undefined ? {} : { timing: readTiming(fields(timing, 'timing')) }),
  };
}

/** A token whose slot is null where it ends the text and is not computed. */
function readChosen(token: Fields, where: string): Omit<SampleToken, 'lane'> {
  const slot = own(token, 'slot');
  const placed = readPlaced(slot === null ? { ...token, slot: 0 } : token, where);
  const probability = real(own(token, 'probability'), `${where}.probability`, 0, OVER_ONE);
  return { ...placed, slot: slot === null ? null : placed.slot, probability };
}

function readSample(value: unknown, where: string): SampleToken {
  const token = fields(value, where);
  return { lane: whole(own(token, 'lane'), `${where}.lane`, 0, MOST_IDS), ...readChosen(token, where) };
}

/** Probabilities are at most 1, but for rounding. */
function readScore(of: Fields, where: string): { log_probability: number; score: number } {
  return {
    log_probability: real(own(of, 'log_probability'), `${where}.log_probability`, -Number.MAX_VALUE, 1e-3),
    score: real(own(of, 'score'), `${where}.score`),
  };
}

function readIds(value: unknown, where: string): number[] {
  return list(value, where, MOST_ENTRIES).map((id, at) => whole(id, `${where}[${at}]`, 0, MOST_IDS));
}

function readBeams(event: Fields): BeamsEvent {
  return {
    type: 'beams',
    hypotheses: entries(event, 'hypotheses', (value, where) => {
      const beam = fields(value, where);
      const parent = whole(own(beam, 'parent'), `${where}.parent`, 0, MOST_IDS);
      return { parent, ...readPlaced(beam, where), ...readScore(beam, where) };
    }),
    finished: entries(event, 'finished', (value, where) => {
      const beam = fields(value, where);
      const ids = readIds(own(beam, 'ids'), `${where}.ids`);
      return { ids, text: text(own(beam, 'text'), `${where}.text`, LONGEST_TEXT), ...readScore(beam, where) };
    }),
    ...readRest(event),
  };
}

function readSearch(event: Fields): SearchEvent {
  return {
    type: 'search',
    simulations: entries(event, 'simulations', (value, where) => {
      const simulation = fields(value, where);
      return {
        path: readIds(own(simulation, 'path'), `${where}.path`),
        rollout: readIds(own(simulation, 'rollout'), `${where}.rollout`),
        value: real(own(simulation, 'value'), `${where}.value`, 0, OVER_ONE),
      };
    }),
    tree: entries(event, 'tree', (value, where) => {
      const node = fields(value, where);
      const parent = own(node, 'parent');
      const count = (key: string): number => whole(own(node, key), `${where}.${key}`, 0, MOST_IDS);
      const share = (key: string): number => real(own(node, key), `${where}.${key}`, 0, OVER_ONE);
      return {
        node: count('node'),
        parent: parent === null ? null : count('parent'),
        id: count('id'),
        text: text(own(node, 'text'), `${where}.text`, LONGEST_TOKEN),
        prior: share('prior'),
        visits: count('visits'),
        value: share('value'),
      };
    }),
    chosen: readChosen(fields(own(event, 'chosen'), 'chosen'), 'chosen'),
    ...readRest(event),
  };
}
