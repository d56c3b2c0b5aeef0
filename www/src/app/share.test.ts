import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { DEFAULTS, type GenerationOptions } from '../contract';
import { otherwiseWords } from '../describe/linked';
import { codesOf } from '../link-run';
import { recorded } from '../testing';
import { decodeState, encodeState } from '../url';
import type { Trace } from '../view-state';
import { Run, type Setup } from './run.svelte';

vi.stubGlobal('window', {});
vi.stubGlobal('document', { getElementById: () => null });
vi.stubGlobal('fetch', async (address: string) => {
  const file = new URL(`../../public/${address}`, import.meta.url);
  return new Response(readFileSync(file, 'utf8'));
});
const { App } = await import('../app.svelte');
const { applyLink, sharedState } = await import('./share');

const script = (name: string): Trace => recorded().find((each) => each.name === name)!.trace;
const SETUP: Setup = {
  source: { kind: 'embedded', id: 'storyteller' },
  hash: 'ab'.repeat(32),
  weights: 'f32',
  capacity: null,
};

/** A live run that says what the recorded one says. */
function live(options: Partial<GenerationOptions> = {}, setup: Setup = SETUP, model = 'storyteller'): Run {
  const trace = script('wide');
  const run = {
    ...trace.run,
    options: { ...DEFAULTS, ...options, capacity: 512 },
    model: { ...trace.run.model, id: model },
  };
  return new Run({ title: 'She opened the letter and', origin: 'live', trace: { ...trace, run }, setup });
}

let app: InstanceType<typeof App>;
beforeEach(async () => {
  app = new App();
  await app.paintFirst();
});

describe('the controls', () => {
  it('are left alone by a recorded run, another run and a link to one', async () => {
    const own = (app.options = { ...DEFAULTS, temperature: 0.9 });
    app.prompt = 'My own';
    await app.showRecorded('wide.jsonl');
    app.show(live({ max_set: 2 }));
    await applyLink(app, '#trace=described.jsonl&time=3');
    expect([app.prompt, app.options, app.onLoan]).toEqual(['My own', own, null]);
    expect(app.run?.file).toBe('described.jsonl');
  });

  it('begin with the preset that the measurements favour, whatever run is painted first', () => {
    expect(app.options).toEqual(DEFAULTS);
  });

  it('take those of a run by a press, say so, and give them back', async () => {
    app.prompt = 'My own';
    await app.showRecorded('wide.jsonl');
    app.takeFromRun();
    expect([app.prompt, app.options.selection_threshold, app.options.removal]).toEqual([
      'She opened the letter and',
      0.05,
      'mask',
    ]);
    expect(app.onLoan?.from).toBe('the run “How it breaks”');
    app.giveBack();
    expect([app.prompt, app.options, app.onLoan]).toEqual(['My own', DEFAULTS, null]);
  });

  it('say that they hold those of a link until they are touched', async () => {
    app.prompt = 'My own';
    await applyLink(app, '#selection_threshold=0.2');
    await applyLink(app, '#prompt=The+king&max_set=3');
    expect(app.onLoan?.from).toBe('the link you opened');
    expect([app.prompt, app.options.max_set]).toEqual(['The king', 3]);
    app.giveBack();
    expect([app.prompt, app.options]).toEqual(['My own', DEFAULTS]);
    await applyLink(app, '#preset=greedy');
    app.setOption('max_steps', 9);
    expect(app.onLoan).toBeNull();
  });

  it('ask nothing of a run by standing elsewhere when it came', async () => {
    await app.showRecorded('wide.jsonl');
    app.seek(3);
    expect(app.whatIf).toBeNull();
    app.setOption('selection_threshold', 0.2);
    expect(app.whatIf).toBe(0.2);
  });
});

describe('a link to a run that is not here', () => {
  const LINK = '#prompt=She+opened+the+letter+and&max_steps=20&time=4&selected=9';

  it('pins and seeks nothing, and nothing stands in its place', async () => {
    await applyLink(app, LINK);
    expect([app.run, app.selected, app.moment.step]).toEqual([null, null, -1]);
    expect(app.linkRun).toMatchObject({ prompt: 'She opened the letter and', time: 4, selected: 9 });
    // Another run is another run.
    await app.showRecorded('once.jsonl');
    expect([app.selected, app.moment.step]).toEqual([null, app.run!.last]);
    expect(app.linkRun).not.toBeNull();
  });

  it('opens at its step and pin when the run is there', async () => {
    await applyLink(app, LINK);
    app.show(live({ max_steps: 21 }));
    expect(app.selected).toBeNull();
    app.show(live({ max_steps: 20 }));
    expect([app.linkRun, app.moment.step, app.selected]).toEqual([null, 4, 9]);
  });

  it('finds a run that was computed before', async () => {
    app.library.add(live({ max_steps: 20 }));
    await applyLink(app, LINK);
    expect([app.run?.origin, app.linkRun, app.selected]).toEqual(['live', null, 9]);
  });

  it('is not the same prompt with another model, other weights or another file', async () => {
    const hub: Setup = { ...SETUP, source: { kind: 'hub', repo: 'owner/name', revision: 'main' } };
    const q8 = `${LINK}&model=owner/name&weights=q8&hash=${'ab'.repeat(8)}`;
    const tried = async (run: Run) => {
      await applyLink(app, q8);
      app.show(run);
      return app.selected;
    };
    const most = { max_steps: 20 };
    expect(await tried(live(most))).toBeNull();
    expect(await tried(live(most, hub, 'owner/name'))).toBeNull();
    expect(await tried(live(most, { ...hub, weights: 'q8', hash: 'cd'.repeat(32) }, 'owner/name'))).toBeNull();
    expect(otherwiseWords(app.linkRun!, app.run!)).toContain('another file');
    expect(otherwiseWords(app.linkRun!, live({ max_steps: 21 }))).toBeNull();
    expect(await tried(live(most, { ...hub, weights: 'q8' }, 'owner/name'))).toBe(9);
  });

  it('is handed on as it came', async () => {
    await applyLink(app, `${LINK}&model=owner/name`);
    expect(await encodeState(sharedState(app))).toBe(
      await encodeState((await decodeState(`${LINK}&model=owner/name`)).state),
    );
  });

  it('makes room when it is dismissed', async () => {
    await applyLink(app, LINK);
    await app.dismissLinkRun();
    expect([app.linkRun, app.run?.file, app.selected]).toEqual([null, 'letter.jsonl', null]);
  });
});

it('a step without the name of a run is one of the run that the page begins with', async () => {
  await app.showRecorded('wide.jsonl');
  await applyLink(app, '#time=5&selected=9');
  expect([app.run?.file, app.moment.step, app.selected]).toEqual(['letter.jsonl', 5, 9]);
});

it('what stands where another token was meant is not pinned', async () => {
  const word = encodeURIComponent(
    script('wide')
      .steps.flatMap(({ set }) => set)
      .find(({ slot }) => slot === 9)!.text,
  );
  await applyLink(app, '#trace=wide.jsonl&time=4&selected=9&word=+zebra');
  expect([app.moment.step, app.selected]).toEqual([4, null]);
  expect(app.notices.items.map(({ code }) => code)).toEqual(['link-differs']);
  await applyLink(app, `#trace=wide.jsonl&time=4&selected=9&word=${word}`);
  expect(app.selected).toBe(9);
});

it('a recorded run that does not come leaves nothing pinned', async () => {
  await applyLink(app, '#trace=nowhere.jsonl&time=2&selected=3');
  expect([app.run?.file, app.moment.step, app.selected]).toEqual(['letter.jsonl', app.run!.last, null]);
});

describe('what a link says of a live run', () => {
  const shared = async (run: Run) => {
    app.show(run);
    app.look({ time: 4, selected: 9 });
    return encodeState(sharedState(app));
  };

  it('is enough to compute it', async () => {
    expect(await shared(live({ max_steps: 20 }))).toBe(
      '#prompt=She+opened+the+letter+and&hash=abababababababab&weights=f32&time=4&selected=9&word=+it&max_steps=20',
    );
  });

  it('has the address of its model, and keeps what may be a key to it', async () => {
    const model = async (setup: Partial<Setup>, id = 'x') => {
      return (await decodeState(await shared(live({}, { ...SETUP, ...setup }, id)))).state.model;
    };
    const hub = { kind: 'hub', repo: 'owner/name', revision: 'v2', file: 'a/b.gguf' } as const;
    expect(await model({ source: hub })).toBe('owner/name/a/b.gguf@v2');
    expect(await model({ source: { kind: 'url', base: 'https://example.org/x.gguf?token=secret' } })).toBe(
      'https://example.org/x.gguf',
    );
    expect(await model({ source: { kind: 'files', names: [] } }, 'my model')).toBe('my-model');
  });
});

it('a look of a link is shown and not kept', async () => {
  const { Preferences } = await import('./preferences.svelte');
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  } as Storage;
  const root = { dataset: {} } as HTMLElement;
  const preferences = new Preferences(storage);
  preferences.look = 'dark';
  preferences.lend('projector');
  preferences.apply(root);
  expect(root.dataset['look']).toBe('projector');
  expect(new Preferences(storage).look).toBe('dark');
  preferences.look = 'projector';
  preferences.apply(root);
  expect(new Preferences(storage).look).toBe('projector');
});

describe('a run inside a link', () => {
  const { text } = script('wide').run.prompt;
  const code = async (trace: Trace): Promise<string> => (await codesOf(trace).next()).value!.code;

  it('is shown at once at its step and pin, says that it was not recomputed, and stays apart from a run of one’s own', async () => {
    const run = live({ max_steps: 20 });
    const hash = await encodeState({
      prompt: text,
      options: { max_steps: 20 },
      time: 4,
      selected: 9,
      run: await code(run.trace),
    });
    expect(await applyLink(app, hash)).toBe(true);
    expect([app.run?.origin, app.moment.step, app.selected]).toEqual(['link', 4, 9]);
    expect(app.run?.badge).toBe('from a link: not recomputed, made with storyteller');
    expect(app.linkRun).not.toBeNull();
    // Handed on it says the same.
    expect(sharedState(app)).toMatchObject({ prompt: text, options: { max_steps: 20 }, time: 4 });
    app.show(run);
    expect([app.run?.origin, app.linkRun, app.moment.step]).toEqual(['live', null, 4]);
  });

  it('says its prompt and options itself where the link does not', async () => {
    await applyLink(app, `#run=${await code(live({ max_set: 3 }).trace)}`);
    expect([app.prompt, app.options.max_set, app.options.capacity]).toEqual([text, 3, null]);
    expect(app.run?.origin).toBe('link');
  });

  it('that is another than the link says, or none at all, is not shown', async () => {
    await applyLink(app, `#prompt=Another&run=${await code(live().trace)}`);
    expect([app.run, app.linkRun?.prompt, app.notices.items.at(-1)?.code]).toEqual([null, 'Another', 'link-run']);
    await applyLink(app, '#run=AAAA');
    expect(app.notices.items.at(-1)?.code).toBe('link-run');
  });

  it('cannot be unpacked by every browser, which says so and offers to compute it', async () => {
    const hash = `#${new URLSearchParams({ prompt: text })}&run=${await code(live().trace)}`;
    const { DecompressionStream } = globalThis;
    Reflect.deleteProperty(globalThis, 'DecompressionStream');
    await applyLink(app, hash);
    globalThis.DecompressionStream = DecompressionStream;
    expect(app.notices.items.at(-1)?.detail).toBe('this browser cannot unpack it');
    expect(app.linkRun?.prompt).toBe(text);
  });
});
