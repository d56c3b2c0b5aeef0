// What a step asks of WebGPU is the same for every set and context, and everything that is compiled is clean.

import { between, compiled, countedSteps, countSteps, openHarness, type GpuCounts } from './support/gpu-watch.ts';
import { fixtureModel, storyModel } from './support/model-folder.ts';
import { expect, generate, goLive, test, type Link } from './support/page.ts';

test.use({ serviceWorkers: 'block' });

const SHORT = 'Once upon a time there was a little girl who lived in a house near the forest';
const LONG = Array.from({ length: 22 }, () => SHORT).join('. ');

/** Some dozens of tokens reach the threshold, so that sets are as large as they may be. */
const OPTIONS: Link = { selection_threshold: 0.002, temperature: 1.5, device: 'gpu', min_steps: 4, max_steps: 4 };

/** Independent of the machine: how often something is asked for, not how many bytes. */
function calls({ writeBytes: _written, readBytes: _read, ...rest }: GpuCounts): Partial<GpuCounts> {
  return rest;
}

test('a decode step: one submit, one small read, nothing created, whatever the set and the context', async ({
  page,
  server,
  open,
}) => {
  countSteps(server);
  const seen = new Map<string, GpuCounts>();
  let most = 0;
  for (const { set, prompt } of [
    { set: 1, prompt: SHORT },
    { set: 2, prompt: SHORT },
    { set: 8, prompt: SHORT },
    { set: 16, prompt: SHORT },
    { set: 8, prompt: LONG },
  ]) {
    await open({ prompt, ...OPTIONS, max_set: set });
    const first = await page.getByTestId('run-live').isVisible();
    if (first) await goLive(page);
    const trace = await generate(page);
    const steps = await countedSteps(page);
    expect(steps.map((step) => step.set)).toEqual([set, set, set, set]);
    if (first) {
      // What opening, loading and the first pass do shows that the counts count.
      const start = steps[0]!.counts;
      for (const key of ['buffers', 'bindGroups', 'pipelines', 'modules', 'submits', 'writes', 'reads'] as const) {
        expect(start[key], `${key} before the first step`).toBeGreaterThan(0);
      }
      expect(start.buffers).toBeGreaterThan(trace.run.model.layers);
    }
    most = 8 * trace.run.model.layers + 8;
    // The first step is the prompt's; the second is the first of its shape.
    for (const at of [2, 3]) {
      const { slots } = steps[at]!;
      seen.set(`set of ${set}, ${slots} rows`, between(steps[at - 1]!.counts, steps[at]!.counts));
    }
  }
  for (const [where, counts] of seen) console.log(`${where}: ${JSON.stringify(counts)}`);
  const [[, one]] = seen as unknown as [[string, GpuCounts]];
  expect(one.dispatches).toBeGreaterThan(most / 3);
  for (const [where, counts] of seen) {
    expect(counts.dispatches, where).toBeLessThanOrEqual(most);
    expect(counts, where).toMatchObject({ submits: 1, reads: 1, buffers: 0, bindGroups: 0, pipelines: 0, modules: 0 });
    expect(counts.readBytes, where).toBeGreaterThan(0);
    expect(counts.readBytes, where).toBeLessThanOrEqual(16 * 1024);
    expect(calls(counts), where).toEqual(calls(one));
  }
  const rows = [...seen.keys()].map((where) => Number(/(\d+) rows/.exec(where)![1]));
  expect(Math.max(...rows)).toBeGreaterThan(400);
  expect(Math.min(...rows)).toBeLessThan(40);
});

/** Norms on both sides, soft caps and windows, biases: what they need beyond the story model is compiled too. */
const FEW = ['gemma3', 'gemma3-caps', 'qwen2'];
/** And norms of q and k, biases everywhere, windows in a plain model. */
const ALL = [...FEW, 'llama-bias', 'qwen3', 'mistral-window'];

for (const weights of ['f32', 'f16', 'q8', 'q4'] as const) {
  test(`shaders for weights in ${weights}: the browser has nothing to say against any`, async ({ page, server }) => {
    await openHarness(page, server);
    const chosen = new Map<string, number[][]>();
    for (const card of [false, true]) {
      // The first of the few has a kernel of every kind.
      const names = card ? FEW.slice(0, 1) : weights === 'f32' ? ALL : FEW;
      const tiny = names.map((name) => [name, fixtureModel(name)] as const);
      const told = await compiled(page, new Map([['storyteller', storyModel()], ...tiny]), weights, card);
      expect(told.map(({ name }) => name)).toEqual(['storyteller', ...names]);
      // What a model needs and another one has had before it is there already.
      expect(told[0]!.modules.length).toBeGreaterThan(5);
      expect(told.slice(1).flatMap(({ modules }) => modules).length).toBeGreaterThan(0);
      for (const { name, modules, errors, sets, counts } of told) {
        const where = `${name} in ${weights} on ${card ? 'a card' : 'a program'}`;
        console.log(`${where}: ${modules.length} shader modules`);
        expect(counts.modules, where).toBe(modules.length);
        expect(counts.dispatches, where).toBeGreaterThan(0);
        expect(
          sets.map((set) => set.length),
          where,
        ).toEqual([3, 3]);
        // What cards and programs get computes the same.
        expect(sets, where).toEqual(chosen.get(name) ?? sets);
        chosen.set(name, sets);
        expect(errors, where).toEqual([]);
        expect(
          modules.filter(({ messages }) => messages.length > 0),
          where,
        ).toEqual([]);
      }
    }
  });
}

test('a shader with a fault in it is found by the same means', async ({ page, server }) => {
  await openHarness(page, server);
  const told = await page.evaluate(async () => {
    const device = await (await navigator.gpu.requestAdapter())!.requestDevice();
    device.pushErrorScope('validation');
    const module = device.createShaderModule({ code: 'fn f() -> f32 { return 1u; }' });
    const { messages } = await module.getCompilationInfo();
    await device.popErrorScope();
    return messages.map(({ type }) => type);
  });
  expect(told).toContain('error');
});
