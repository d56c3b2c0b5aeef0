import { describe, expect, it } from 'vitest';
import type { LaneReport } from '../contract';
import type { Comparison, Engine } from '../engine';
import { EngineError } from '../engine/errors';
import { csv } from '../export/csv';
import { factsOf, laneName, tableOf } from '../words/en/race';
import type { Generation } from './generation.svelte';
import { FLAGS, LEAST_LANES, MOST_LANES, Race, laneWords } from './race.svelte';

const REPORT: LaneReport = {
  lane: 0,
  words: 'tempo selection-threshold=0.05',
  decoder: 'tempo',
  reading: ' there was',
  kind: 'viterbi',
  mean_log_probability: -1.25,
  distinct_readings: 2,
  paths: 12,
  steps: 2,
  passes: 3,
  rows: 10,
  peak_rows: 10,
  cache_bytes: 46_080,
  milliseconds: 12.5,
  used: 0.5,
  reason: 'budget',
  judged: true,
};

type Told = Parameters<Engine['compare']>;

/** A generation with an engine that answers as it is told. */
function scripted(compare: (...told: Told) => Promise<LaneReport[]>): Generation {
  const engine = { compare } as Partial<Engine>;
  return { stopping: false, beside: (work: (e: Engine) => Promise<void>) => work(engine as Engine) } as never;
}

describe('a race', () => {
  it('asks for the lanes as the program writes them, and keeps how they stand', async () => {
    const race = new Race();
    race.prompt = 'Once';
    let asked: Comparison | null = null;
    await race.start(
      scripted(async (what, onlane) => {
        asked = what;
        onlane({ ...REPORT, reason: null, judged: false });
        expect([race.running, race.over, race.judging]).toEqual([true, false, false]);
        onlane({ ...REPORT, judged: false });
        expect(race.judging).toBe(true);
        return [REPORT];
      }),
    );
    expect(asked).toEqual({ prompt: 'Once', lanes: laneWords(race.lanes), budget: 'rows=120' });
    expect(laneWords(race.lanes)).toBe(`greedy; beam ${FLAGS.beam}; sample ${FLAGS.sample}; tempo ${FLAGS.tempo}`);
    expect([race.running, race.over, race.reports]).toEqual([false, true, [REPORT]]);
  });

  it('has two to four lanes', () => {
    const race = new Race();
    for (let i = 0; i < 9; i += 1) race.add();
    expect(race.lanes.length).toBe(MOST_LANES);
    for (let i = 0; i < 9; i += 1) race.remove(0);
    expect(race.lanes.length).toBe(LEAST_LANES);
    race.setDecoder(0, 'mcts');
    expect(race.lanes[0]).toEqual({ decoder: 'mcts', flags: FLAGS.mcts });
    race.add();
    expect(race.lanes.length).toBe(3);
  });

  it('has another number with another measure', () => {
    const race = new Race();
    race.setMeasure('time');
    expect([race.measure, race.most]).toEqual(['time', 2000]);
  });

  it('says what was written wrongly, and leaves other failures to the engine', async () => {
    const race = new Race();
    const fails = (code: 'options' | 'forward'): Generation =>
      scripted(() => Promise.reject(new EngineError(code, 'lane 1: there is no decoder')));
    await race.start(fails('options'));
    expect([race.trouble, race.running]).toEqual(['lane 1: there is no decoder', false]);
    await expect(race.start(fails('forward'))).rejects.toMatchObject({ code: 'forward' });
    expect([race.trouble, race.running, race.over]).toEqual([null, false, false]);
  });

  it('stops by its own button and by that of the page', async () => {
    for (const by of ['own', 'page']) {
      const race = new Race();
      const generation = scripted(async (_, onlane, signal) => {
        if (by === 'own') race.stop();
        else Object.assign(generation, { stopping: true });
        onlane({ ...REPORT, reason: null, judged: false });
        expect(signal.aborted, by).toBe(true);
        return [{ ...REPORT, reason: 'stopped' }];
      });
      await race.start(generation);
      expect(race.reports[0]!.reason).toBe('stopped');
    }
  });
});

describe('the words of a race', () => {
  it('tell all figures of a lane', () => {
    expect(laneName(REPORT)).toBe('1. tempo selection-threshold=0.05');
    const facts = factsOf(REPORT).replaceAll('\u202f', ' ').replaceAll('\u00a0', ' ');
    expect(facts).toBe(
      '10 rows · 3 passes · 46 kB · 13 ms · 2 distinct readings of 12 paths · -1.250 nats a token · budget used',
    );
    expect(factsOf({ ...REPORT, paths: null, reason: null, mean_log_probability: null })).toMatch(
      /2 distinct readings · runs$/,
    );
  });

  it('make a table with a row for each lane, in their order', () => {
    const table = tableOf([{ ...REPORT, decoder: 'greedy', words: 'greedy', paths: null }, REPORT], 'rows=120');
    expect(table.caption).toContain('rows=120');
    const lines = csv(table).trimEnd().split('\r\n');
    expect(lines[0]).toBe('lane,ln p,distinct readings,steps,passes,rows,peak rows,cache bytes,ms,ended,best reading');
    expect(lines[2]).toBe(`${REPORT.words},-1.25,2,2,3,10,10,46080,12.5,budget used," there was"`);
    expect(lines).toHaveLength(3);
  });
});
