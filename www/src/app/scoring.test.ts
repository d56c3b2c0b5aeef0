import { describe, expect, it } from 'vitest';
import type { ScoredText } from '../contract';
import type { Engine } from '../engine';
import { EngineError } from '../engine/errors';
import { csv } from '../export/csv';
import { scoreOf, scoreTable } from '../words/en/race';
import type { Generation } from './generation.svelte';
import { Scoring } from './scoring.svelte';

const FOUND: ScoredText = {
  tokens: [
    { id: 5, text: ' there', position: 4, log_probability: -0.5, rank: 1, entropy: 1.25 },
    { id: 6, text: ' was', position: 5, log_probability: -1.5, rank: 3, entropy: 2 },
  ],
  sum: -2,
  mean: -1,
  perplexity: Math.E,
};

function scripted(score: Engine['score']): Generation {
  const engine = { score } as Partial<Engine>;
  return { beside: (work: (e: Engine) => Promise<void>) => work(engine as Engine) } as never;
}

describe('a text of one’s own', () => {
  it('is scored as it is written', async () => {
    const scoring = new Scoring();
    scoring.text = ' there was';
    const asked: string[] = [];
    await scoring.start(
      scripted(async (...what) => {
        expect(scoring.running).toBe(true);
        asked.push(...what);
        return FOUND;
      }),
      'Once upon a time',
    );
    expect(asked).toEqual(['Once upon a time', ' there was']);
    expect([scoring.running, scoring.found, scoring.trouble]).toEqual([false, FOUND, null]);
  });

  it('that is too long is told where it stands, and another failure is the engine’s', async () => {
    const scoring = new Scoring();
    const fails = (code: 'context-full' | 'device-lost'): Generation =>
      scripted(async () => {
        throw new EngineError(code, 'score a shorter text');
      });
    await scoring.start(fails('context-full'), '');
    expect([scoring.running, scoring.found, scoring.trouble]).toEqual([false, null, 'score a shorter text']);
    await expect(scoring.start(fails('device-lost'), '')).rejects.toMatchObject({ code: 'device-lost' });
    expect([scoring.running, scoring.trouble]).toEqual([false, null]);
  });

  it('is a sentence, a table and a file', () => {
    expect(scoreOf(FOUND)).toBe('2 tokens, -2.000 nats, -1.000 a token: as one of 2.72 equally probable ones');
    const alone = { ...FOUND, tokens: [{ ...FOUND.tokens[0]!, log_probability: null, rank: null, entropy: null }] };
    expect(scoreOf({ ...alone, sum: 0, mean: null, perplexity: null })).toBe(
      '1 token; nothing stands before the first one, so it has no score',
    );
    expect(csv(scoreTable(FOUND)).split('\r\n').slice(0, 2)).toEqual([
      'position,token,ln p,rank,entropy',
      '4," there",-0.5,1,1.25',
    ]);
    expect(csv(scoreTable({ ...alone, mean: null })).split('\r\n')[1]).toBe('4," there",,,');
  });
});
