// The engine in the tab decodes as the program does: samples, beams, tree searches, and TEMPO with its meter. The worker of
// the build is spoken to by its protocol, without the page around it.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import type { DecoderEvent, EndEvent, Event, GenerationOptions, SimulationReport } from '../../www/src/contract.ts';
import { nativeEvents } from './support/native.ts';
import { DIST, expect, test } from './support/page.ts';

type AnyEvent = Event | DecoderEvent;

interface Played {
  events: AnyEvent[];
  simulations: SimulationReport[];
  passes: number;
}

const PROMPT = 'Once there was a king who';

/** Plays a run in a worker of the build, on the CPU; `stopAfter` simulations it is stopped. */
async function inTab(page: Page, options: Partial<GenerationOptions>, stopAfter = Infinity): Promise<Played> {
  const file = readdirSync(join(DIST, 'assets')).find((name) => /^worker-[\w-]{8}\.js$/.test(name));
  return page.evaluate(
    async ({ file, prompt, options, stopAfter }) => {
      const worker = new Worker(`assets/${file}`, { type: 'module' });
      const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
      const simulations: SimulationReport[] = [];
      let last = 0;
      const ask = (type: string, more: object): Promise<unknown> =>
        new Promise((resolve, reject) => {
          waiting.set((last += 1), { resolve, reject });
          worker.postMessage({ type, id: last, ...more });
        });
      let stopped: Promise<unknown> | null = null;
      worker.onmessage = ({ data }) => {
        if (data.type === 'reply') waiting.get(data.id)?.resolve(data.value);
        if (data.type === 'error') waiting.get(data.id)?.reject(new Error(data.error.message));
        if (data.type !== 'simulations') return;
        simulations.push(...(data.simulations as SimulationReport[]));
        if (simulations.length >= stopAfter) stopped ??= ask('stop', {});
      };
      worker.postMessage({
        type: 'hello',
        lock: `test-${Math.random()}`,
        base: document.baseURI,
      });
      await ask('open', {
        preference: 'cpu',
        weights: 'f32',
        kernels: 'fused',
      });
      await ask('load', { source: { kind: 'embedded', id: 'storyteller' } });
      const before = ((await ask('counts', {})) as { passes: number }).passes;
      const events = [await ask('begin', { prompt, options })];
      while ((events.at(-1) as { type?: string } | null)?.type !== 'end') {
        const event = await ask('step', {});
        // A run that was stopped has its end event from there.
        events.push(event ?? (await stopped));
      }
      const passes = ((await ask('counts', {})) as { passes: number }).passes - before;
      worker.terminate();
      return { events, simulations, passes } as Played;
    },
    {
      file,
      prompt: PROMPT,
      options,
      stopAfter: Number.isFinite(stopAfter) ? stopAfter : 1e9,
    },
  );
}

/** Everything that is whole, as it is; of other numbers that they are near. Times are the machine's. */
function expectNear(found: unknown, expected: unknown, place: string): void {
  if (typeof found === 'number' && typeof expected === 'number') {
    const whole = Number.isInteger(found) && Number.isInteger(expected);
    expect(Math.abs(found - expected), `${place}: ${found} and ${expected}`).toBeLessThan(whole ? 0.5 : 1e-3);
  } else if (Array.isArray(found) && Array.isArray(expected)) {
    expect(found.length, place).toBe(expected.length);
    found.forEach((one, at) => expectNear(one, expected[at], `${place}[${at}]`));
  } else if (found && expected && typeof found === 'object' && typeof expected === 'object') {
    const keys = (of: object): string[] => Object.keys(of).filter((key) => key !== 'timing' && key !== 'seconds');
    expect(keys(found).sort(), place).toEqual(keys(expected).sort());
    for (const key of keys(found)) {
      expectNear(
        (found as Record<string, unknown>)[key],
        (expected as Record<string, unknown>)[key],
        `${place}.${key}`,
      );
    }
  } else expect(found, place).toEqual(expected);
}

const RUNS: { name: string; options: Partial<GenerationOptions> }[] = [
  { name: 'beam', options: { decoder: 'beam', beams: 5, max_steps: 10 } },
  {
    name: 'sample',
    options: {
      decoder: 'sample',
      samples: 4,
      temperature: 0.8,
      seed: 7,
      max_steps: 12,
    },
  },
  {
    name: 'mcts',
    options: { decoder: 'mcts', simulations: 12, depth: 4, max_steps: 4 },
  },
  {
    name: 'tempo with meter and scored reading',
    options: {
      selection_threshold: 0.05,
      exact_limit: 64,
      meter_samples: 8,
      seed: 3,
      reading_beams: 4,
      max_steps: 6,
    },
  },
];

test.beforeEach(async ({ open }) => open());

for (const { name, options } of RUNS) {
  test(`${name} in the tab is what the program makes of it`, async ({ page }) => {
    const { events } = await inTab(page, options);
    const expected = await nativeEvents(PROMPT, {
      ...options,
      weights: 'f32',
      threads: 1,
    });
    expect(events.length).toBeGreaterThan(4);
    expectNear(events, expected, name);
    if (name.startsWith('tempo')) {
      const metered = events.filter((event) => event.type === 'step' && event.meter);
      expect(metered.length).toBeGreaterThan(3);
      expect((events.at(-1) as EndEvent).readings?.map(({ kind }) => kind)).toContain('scored');
    }
  });
}

test('a tree search tells its simulations while they are made, and stops within a pass', async ({ page }) => {
  // Near the end of the text simulations need no pass; in the first step each has one at least.
  const options = { decoder: 'mcts', simulations: 24, depth: 4, max_steps: 6 } as const;
  const whole = await inTab(page, options);
  const made = whole.events.find((event) => event.type === 'search')?.simulations ?? [];
  expect(made.length).toBe(24);
  // The last of a step comes with its event.
  const first = whole.simulations.slice(0, 23);
  expect(first.map(({ number }) => number)).toEqual(first.map((_, at) => at));
  expect(first.map(({ path, rollout, value }) => ({ path, rollout, value }))).toEqual(made.slice(0, 23));
  expect(first.every(({ texts, path, rollout }) => texts.length === path.length + rollout.length)).toBe(true);

  const cut = await inTab(page, options, 5);
  const end = cut.events.at(-1) as EndEvent;
  expect([end.type, end.reason, end.stats.steps]).toEqual(['end', 'stopped', 0]);
  // What the wish meets is the pass under way; a message takes a moment.
  expect(cut.simulations.length).toBeLessThan(20);
  expect(cut.passes).toBeLessThan(whole.passes / 4);
  expect(cut.passes).toBe(end.work?.passes);
});
