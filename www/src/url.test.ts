import { describe, expect, test } from 'vitest';
import { CHOICES, DEFAULTS, type GenerationOptions } from './contract';
import { OPTION_KEYS } from './option-rules';
import { random } from './testing';
import { LONGEST_HASH, LinkTooLong, decodeState, encodeState, type SharedState } from './url';
import { deflated, toBase64url } from './url-bytes';

const packed = async (json: string): Promise<string> =>
  `#v1.${toBase64url(await deflated(new TextEncoder().encode(json)))}`;
const raw = (json: string): string => `#v1r.${toBase64url(new TextEncoder().encode(json))}`;

describe('the readable form', () => {
  test('is what simple states are written in', async () => {
    const state: SharedState = {
      prompt: 'Once upon a time',
      options: { selection_threshold: 0.2, visibility: 'visible' },
    };
    expect(await encodeState(state)).toBe('#prompt=Once+upon+a+time&selection_threshold=0.2&visibility=visible');
  });
  test('can be written by hand', async () => {
    const { state, problems } = await decodeState(
      '#prompt=The%20king&max_set=3&look=dark&device=cpu&kernels=tensor&panels=strip,matrix&time=-1&capacity=64',
    );
    expect(problems).toEqual([]);
    expect(state).toEqual({
      prompt: 'The king',
      look: 'dark',
      device: 'cpu',
      kernels: 'tensor',
      panels: ['strip', 'matrix'],
      time: -1,
      options: { max_set: 3, capacity: 64 },
    });
  });
  test('may name a preset, of today or of before', async () => {
    const options = async (hash: string) => (await decodeState(hash)).state.options;
    expect(await options('#preset=as-described')).toEqual({ weighting: 'none' });
    expect(await options('#preset=coherent')).toBeUndefined();
    expect(await options('#preset=classic')).toEqual({ weighting: 'none' });
    expect(await options('#preset=pruning&relative=0.8')).toEqual({ removal: 'mask', relative: 0.8 });
    expect(await options(raw('{"preset":"greedy"}'))).toEqual({ max_set: 1 });
    const { state, problems } = await decodeState('#preset=toString&max_steps=9');
    expect(state.options).toEqual({ max_steps: 9 });
    expect(problems.join()).toContain('preset');
  });
  test('model names and addresses stay readable', async () => {
    const state = { model: 'HuggingFaceTB/SmolLM2-135M-Instruct' };
    expect(await encodeState(state)).toBe('#model=HuggingFaceTB/SmolLM2-135M-Instruct');
    const address = { model: 'http://localhost:8000/models/x?y=1&z=2#w' };
    expect((await decodeState(await encodeState(address))).state).toEqual(address);
  });
  test('the hash may come without its sign', async () => {
    expect((await decodeState('prompt=a')).state).toEqual({ prompt: 'a' });
  });
  test('defaults are not written, and not read as changes', async () => {
    expect(await encodeState({ options: { max_steps: 40, temperature: 1 } })).toBe('');
    expect((await decodeState('#max_steps=40')).state).toEqual({});
  });
  test.each(['', '#', '#lattice', '#lesson=3&beat=2', '#&&==&'])('%j says nothing and is no problem', async (hash) => {
    expect(await decodeState(hash)).toEqual({ state: {}, problems: [] });
  });
  test('what cannot be is named and the rest is used', async () => {
    const { state, problems } = await decodeState(
      '#prompt=a&temperature=hot&max_set=2.5&visibility=blind&look=neon&device=quantum&kernels=none&trace=../../etc/passwd&time=1e99&top_p=NaN&relu_at=0x1&panels=a,B<',
    );
    expect(state).toEqual({ prompt: 'a' });
    expect(problems).toHaveLength(11);
    expect(problems.join(' ')).toContain('visibility is none of isolated, visible, ordered');
  });
  test('a percent sign that escapes nothing is no catastrophe', async () => {
    expect((await decodeState('#prompt=100%&max_set=%zz')).state).toEqual({ prompt: '100%' });
  });
});

describe('the packed form', () => {
  const branching: SharedState = {
    prompt: 'Once',
    branch: [
      { step: 4, options: { selection_threshold: 0.05, max_steps: 40 } },
      { step: 9, options: { removal: 'mask', capacity: null } },
    ],
  };
  test('holds branches, defaults in them too', async () => {
    const hash = await encodeState(branching);
    expect(hash).toMatch(/^#v1r?\.[\w-]+$/);
    expect(await decodeState(hash)).toEqual({ state: branching, problems: [] });
  });
  test('is raw where deflating gains nothing, and deflated where it does', async () => {
    expect(await encodeState({ prompt: 'a', branch: [{ step: 0, options: {} }] })).toMatch(/^#v1r\./);
    expect(await encodeState({ prompt: 'the cat sat on the mat '.repeat(40) })).toMatch(/^#v1\./);
  });
  test('links of the first version stay readable', async () => {
    // Written once and kept: whoever changes the format has to go on reading these.
    expect(await decodeState('#v1r.eyJwcm9tcHQiOiJPbmNlIiwib3B0aW9ucyI6eyJtYXhfc2V0IjozfX0')).toEqual({
      state: { prompt: 'Once', options: { max_set: 3 } },
      problems: [],
    });
    expect(await decodeState('#v1.q1YqKMrPLShRslLyz0tOVdJRyi8oyczPK1ayqlbKTayIL04tUbIyrq0FAA')).toEqual({
      state: { prompt: 'Once', options: { max_set: 3 } },
      problems: [],
    });
  });
  test('unknown keys are passed over', async () => {
    expect(await decodeState(raw('{"prompt":"a","mood":1,"options":{"mood":2}}'))).toEqual({
      state: { prompt: 'a' },
      problems: [],
    });
  });
});

const NAMES = ['lattice', 'strip', 'matrix', 'received', 'more'];

function someState(next: () => number): SharedState {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)] as T;
  const chance = (p: number): boolean => next() < p;
  const letters = [
    'a',
    ' ',
    '&',
    '=',
    '#',
    '+',
    '%',
    '\u00e9',
    '\u4e2d',
    '\u{1f600}',
    '\n',
    '\r',
    '"',
    '<',
    '\u0000',
    '/',
    ',',
    '\ud800',
  ];
  const word = (length: number): string => Array.from({ length }, () => pick(letters)).join('');
  const options = (): Partial<GenerationOptions> => {
    const some: Record<string, unknown> = {};
    for (const key of OPTION_KEYS) {
      if (!chance(0.2)) continue;
      if (key === 'decoder') some[key] = pick([...CHOICES.decoder]);
      else if (Object.hasOwn(CHOICES, key)) some[key] = pick(CHOICES[key as keyof typeof CHOICES] as readonly string[]);
      else if (['capacity', 'samples', 'beams', 'simulations', 'branching'].includes(key))
        some[key] = 1 + Math.floor(next() * 64);
      else if (['min_p', 'top_p', 'relu_at', 'removal_at'].includes(key)) some[key] = next();
      else if (Number.isInteger(DEFAULTS[key]) && !/threshold|temperature|penalty|steepness|final/.test(key))
        some[key] = Math.floor(next() * 100);
      else some[key] = 1e-9 + next() ** 8;
    }
    return some as Partial<GenerationOptions>;
  };
  const state: SharedState = {};
  if (chance(0.7)) state.prompt = word(Math.floor(next() * (chance(0.4) ? 900 : 20)));
  if (chance(0.7)) state.options = options();
  if (chance(0.3)) state.model = pick(['storyteller', 'a/b-c_d.e', 'https://example.org/x?y=%20&z']);
  if (chance(0.3)) state.hash = pick(['0123456789abcdef', 'f'.repeat(64)]);
  if (chance(0.3)) state.weights = pick(['f32', 'f16', 'q8', 'q4']);
  if (chance(0.3)) state.trace = pick(['once.jsonl', 'wide_2.jsonl']);
  if (chance(0.3)) state.time = Math.floor(next() * 40) - 1;
  if (chance(0.3)) state.selected = Math.floor(next() * 100);
  if (chance(0.3)) state.path = pick(['probable', 'drawn-3', '7', '12,15,900']);
  if (state.selected !== undefined && chance(0.5)) state.word = word(Math.floor(next() * 9));
  if (chance(0.3)) state.look = pick(['light', 'dark', 'projector']);
  if (chance(0.3)) state.device = pick(['auto', 'gpu', 'cpu']);
  if (chance(0.3)) state.panels = NAMES.filter(() => chance(0.4));
  if (chance(0.3)) state.hide = NAMES.filter(() => chance(0.4));
  if (chance(0.3)) state.branch = [3, 3, 17].filter(() => chance(0.6)).map((step) => ({ step, options: options() }));
  return state;
}

/** What a state means: defaults and empty parts left out. */
function meaning(state: SharedState): SharedState {
  const { options, branch, ...rest } = state;
  const changed = Object.entries(options ?? {}).filter(
    ([key, value]) => DEFAULTS[key as keyof GenerationOptions] !== value,
  );
  return {
    ...rest,
    ...(changed.length > 0 ? { options: Object.fromEntries(changed) } : {}),
    ...(branch && branch.length > 0 ? { branch } : {}),
  };
}

test('decode(encode(x)) = x, and a second time', async () => {
  const next = random(2026);
  const forms = { readable: 0, raw: 0, deflated: 0 };
  for (let round = 0; round < 900; round += 1) {
    const state = someState(next);
    const hash = await encodeState(state);
    forms[hash.startsWith('#v1r.') ? 'raw' : hash.startsWith('#v1.') ? 'deflated' : 'readable'] += 1;
    const decoded = await decodeState(hash);
    expect(decoded).toEqual({ state: meaning(state), problems: [] });
    expect(await encodeState(decoded.state)).toBe(hash);
    // What an address bar does to it changes nothing.
    expect(await decodeState(new URL(hash, 'https://example.org/').hash)).toEqual(decoded);
  }
  expect(Math.min(forms.readable, forms.deflated)).toBeGreaterThan(50);
  expect(forms.raw).toBeGreaterThan(3);
});

describe('too much for a link', () => {
  test('a prompt', async () => {
    await expect(encodeState({ prompt: 'x'.repeat(10_001) })).rejects.toBeInstanceOf(LinkTooLong);
    expect((await decodeState(await encodeState({ prompt: 'x'.repeat(10_000) }))).state.prompt).toHaveLength(10_000);
  });
  test('a prompt that cannot be packed', async () => {
    const next = random(5);
    const noise = Array.from({ length: 10_000 }, () => String.fromCharCode(0x4e00 + Math.floor(next() * 20_000))).join(
      '',
    );
    await expect(encodeState({ prompt: noise })).rejects.toBeInstanceOf(LinkTooLong);
  });
});

describe('a hostile hash never throws', () => {
  const refused = async (hash: string, why = ''): Promise<void> => {
    const { state, problems } = await decodeState(hash);
    expect(state).toEqual({});
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^The link /);
    expect(problems[0]).toContain(why);
  };
  test.each([
    ['no base64', '#v1.%%%'],
    ['no deflate', '#v1.AAAAAAAA'],
    ['no length of base64', '#v1.A'],
    ['nothing', '#v1.'],
    ['nothing raw', '#v1r.'],
    ['no JSON', raw('{')],
    ['no object', raw('[1]')],
    ['null', raw('null')],
    ['no UTF-8', '#v1r._w'],
    ['a later version', '#v2.abc', 'newer version'],
    ['a much later version', '#v99999999999999999999r.abc', 'newer version'],
    ['markup', '#v1.<script>alert(1)</script>'],
    ['too long', `#prompt=${'x'.repeat(LONGEST_HASH)}`, 'too long'],
    ['deep nesting', raw('['.repeat(9000))],
  ])('%s', async (_what, hash, why = '') => refused(hash, why));

  test('a bomb is not unpacked', async () => {
    const bomb = await packed(`{"prompt":"${'x'.repeat(8_000_000)}"}`);
    expect(bomb.length).toBeLessThan(LONGEST_HASH);
    await refused(bomb, 'unpacks to more');
  });
  test('cut short', async () => {
    const whole = await packed(JSON.stringify({ prompt: 'the cat sat on the mat '.repeat(9) }));
    expect((await decodeState(whole)).problems).toEqual([]);
    for (const cut of [2, 6, 10]) await refused(whole.slice(0, -cut));
  });
  test('prototypes are not polluted', async () => {
    const json =
      '{"__proto__":{"polluted":1},"options":{"__proto__":{"polluted":1},"constructor":1,"toString":2},"prompt":"a"}';
    const { state } = await decodeState(raw(json));
    expect(state).toEqual({ prompt: 'a' });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect((await decodeState('#__proto__=1&constructor=2&toString=3')).state).toEqual({});
  });
  test.each([
    ['prompt', 7],
    ['prompt', 'x'.repeat(10_001)],
    ['model', 'a b'],
    ['model', '"><script>'],
    ['model', ''],
    ['hash', 'ABCDEF0123'],
    ['hash', '0123'],
    ['weights', 'q5'],
    ['word', 'x'.repeat(201)],
    ['path', 'best'],
    ['path', '1,,2'],
    ['trace', '.hidden'],
    ['trace', 'a/b.jsonl'],
    ['time', '3'],
    ['time', 1.5],
    ['time', -2],
    ['selected', 1e9],
    ['selected', null],
    ['look', 'toString'],
    ['device', 'GPU'],
    ['panels', 'lattice'],
    ['panels', [7]],
    ['panels', ['<b>']],
    ['hide', Array.from({ length: 100 }, () => 'a')],
    ['options', []],
    ['options', { max_steps: 1e9 }],
    ['options', { candidates: 5000 }],
    ['options', { temperature: null }],
    ['options', { temperature: '1' }],
    ['options', { removal: 'toString' }],
    ['options', { capacity: 0 }],
    ['options', { relu_at: 2 }],
    ['options', { top_p: -0.1 }],
    ['branch', {}],
    ['branch', [{ step: 1 }]],
    [
      'branch',
      [
        { step: 2, options: {} },
        { step: 1, options: {} },
      ],
    ],
    ['branch', Array.from({ length: 51 }, () => ({ step: 1, options: {} }))],
  ])('%s: %j', async (key, value) => refused(raw(JSON.stringify({ [key]: value }))));

  test('random bytes', async () => {
    const next = random(99);
    for (let round = 0; round < 500; round += 1) {
      const bytes = Uint8Array.from({ length: Math.floor(next() * 60) }, () => Math.floor(next() * 256));
      const form = ['#v1.', '#v1r.', '#'][Math.floor(next() * 3)] ?? '';
      const text = next() < 0.5 ? toBase64url(bytes) : String.fromCharCode(...bytes);
      const { state } = await decodeState(form + text);
      expect(typeof state).toBe('object');
    }
  });
  test('random damage of a good one', async () => {
    const next = random(100);
    const good = await encodeState({ prompt: 'the cat sat on the mat '.repeat(30), options: { max_set: 3 } });
    for (let round = 0; round < 300; round += 1) {
      const at = 4 + Math.floor(next() * (good.length - 4));
      const hash = good.slice(0, at) + String.fromCharCode(33 + Math.floor(next() * 90)) + good.slice(at + 1);
      const { state, problems } = await decodeState(hash);
      expect(Object.keys(state).length + problems.length).toBeGreaterThan(0);
    }
  });
});

test('asks for every decoder, and for no other', async () => {
  const { state, problems } = await decodeState('#decoder=sample&max_steps=9');
  expect([state.options?.decoder, problems]).toEqual(['sample', []]);
  expect((await decodeState('#decoder=dice')).problems.join()).toContain('decoder is none of tempo, greedy, sample');
});
