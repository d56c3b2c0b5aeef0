import { describe, expect, test } from 'vitest';
import { DEFAULTS } from './contract';
import { FIRST_DEFAULTS } from './option-rules';
import { fixtures, made, recorded } from './testing';
import { MAX_TOKENS, MAX_TRACE_LENGTH, TraceError, appendEvent, parseTrace, serializeTrace } from './trace';

const all = [...fixtures(), ...recorded()];
const events = (text: string): unknown[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

type Json = Record<string, unknown>;

describe('every fixture', () => {
  test.each(all)('$name: serialises back to the events it was read from', ({ text, trace }) => {
    const written = serializeTrace(trace);
    const [run, ...rest] = events(text) as Json[];
    // What version 1 did not have says so from now on, as do options that came later.
    const first = trace.run.version === 1 ? { decoder: 'tempo' } : {};
    const options = { ...(trace.run.version === 1 ? FIRST_DEFAULTS : DEFAULTS), ...(run?.['options'] as Json) };
    expect(events(written)).toEqual([{ ...first, ...run, options }, ...rest]);
    expect(parseTrace(written)).toEqual(trace);
  });

  test.each(all)('$name: grows event by event to the same trace', ({ trace }) => {
    let grown = appendEvent(null, trace.run);
    for (const event of [...trace.steps, ...(trace.end ? [trace.end] : [])]) {
      const before = grown;
      grown = appendEvent(grown, event);
      expect(grown).not.toBe(before);
    }
    expect(grown).toEqual(trace);
  });
});

/** A small run: a pair, then one token with a verdict on each of the pair. */
const good = made({ removal: 'mask' }, [
  {
    set: [
      [' cat', 0.5],
      [' dog', 0.3],
    ],
  },
  { set: [[' sat', 0.9]], verdicts: [{ slot: 2 }, { slot: 3, keep: false }], event: { live: 4 } },
]);
const end = {
  type: 'end',
  reason: 'max-steps',
  text: ' cat sat',
  brackets: ' cat sat',
  stats: { steps: 2, tokens: 3, mean_set: 1.5, removed: 1 },
};

/** The small run with one thing changed: `line` 1 is the run, 2 and 3 are the steps, 4 is the end. */
function spoilt(line: number, change: (event: Json) => void): string {
  const lines = [...events(serializeTrace(good)), structuredClone(end)] as Json[];
  change(lines[line - 1] ?? expect.fail());
  return lines.map((event) => JSON.stringify(event)).join('\n');
}

/** Walks to `path` and sets what is there; undefined takes the key out. */
function put(event: Json, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const place = keys.reduce<Json>((at, key) => at[key] as Json, event);
  if (value === undefined) delete place[last];
  else place[last] = value;
}

function refusal(text: string): TraceError {
  try {
    parseTrace(text);
  } catch (error) {
    expect(error).toBeInstanceOf(TraceError);
    return error as TraceError;
  }
  return expect.fail('it was accepted');
}

describe('what is accepted', () => {
  test('the small run itself', () => {
    expect(parseTrace(spoilt(4, () => undefined))).toEqual({ ...good, end });
  });

  test('a run that is not over, blank lines, a byte order mark, carriage returns', () => {
    const text = `\ufeff${serializeTrace(good).replaceAll('\n', '\r\n\r\n')}  \n`;
    expect(parseTrace(text)).toEqual(good);
  });

  test('a run alone', () => {
    expect(parseTrace(JSON.stringify(good.run)).steps).toEqual([]);
  });

  test('keys that nobody knows, which go nowhere', () => {
    const text = spoilt(2, (event) => {
      event['tomorrow'] = { any: 'thing' };
    });
    expect(parseTrace(text)).toEqual({ ...good, end });
  });

  test('options that a later version added or an older one did not have', () => {
    const text = spoilt(1, (event) => {
      const options = event['options'] as Json;
      delete options['eos'];
      options['mood'] = 'bright';
    });
    expect(parseTrace(text).run.options).toEqual({ ...FIRST_DEFAULTS, removal: 'mask' });
  });

  test('markup, which stays text', () => {
    const markup = '<img src=x onerror=alert(1)>"\'&\u202e';
    const text = spoilt(2, (event) => put(event, 'set.0.text', markup));
    expect(parseTrace(text).steps[0]?.set[0]?.text).toBe(markup);
  });

  test('optional keys of the contract', () => {
    const text = spoilt(3, (event) => {
      event['timing'] = { forward_ms: 1.5, total_ms: 2 };
      event['over_budget'] = [0];
      put(event, 'verdicts.0.unattended', true);
    });
    const step = parseTrace(text).steps[1];
    expect(step).toMatchObject({ timing: { forward_ms: 1.5 }, over_budget: [0], verdicts: [{ unattended: true }, {}] });
  });
});

describe('prototypes', () => {
  test('are not polluted, and inherited keys are no keys', () => {
    const line = JSON.stringify(good.run);
    const text = [
      line.replace('{"type"', '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"type"'),
      ...serializeTrace(good).trim().split('\n').slice(1),
    ].join('\n');
    const trace = parseTrace(text);
    expect(trace).toEqual(good);
    expect(({} as Json)['polluted']).toBeUndefined();
    expect(Object.getPrototypeOf(trace.run)).toBe(Object.prototype);
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('options named %s are passed over', (name) => {
    const line = JSON.stringify(good.run).replace('"options":{', `"options":{"${name}":{"temperature":0},`);
    expect(parseTrace(line).run.options).toEqual(good.run.options);
  });

  test('an event that gives its type through __proto__ has none', () => {
    expect(refusal('{"__proto__":{"type":"run"}}').message).toContain('type');
  });
});

describe('one value that is wrong', () => {
  const wrong: [line: number, path: string, value: unknown][] = [
    [1, 'type', 'walk'],
    [1, 'version', 3],
    [1, 'version', 0],
    [1, 'version', '1'],
    [1, 'model', null],
    [1, 'model.layers', 0],
    [1, 'model.vocab', 1.5],
    [1, 'model.id', 7],
    [1, 'model.id', 'x'.repeat(10_000)],
    [1, 'model.rope_theta', null],
    [1, 'options', []],
    [1, 'options.visibility', 'blind'],
    [1, 'options.visibility', 'toString'],
    [1, 'options.temperature', 0],
    [1, 'options.selection_threshold', null],
    [1, 'options.selection_threshold', '0.1'],
    [1, 'options.max_set', -1],
    [1, 'options.max_set', 2.5],
    [1, 'options.capacity', 0],
    [1, 'prompt.text', undefined],
    [1, 'prompt.text', 'x'.repeat(300_000)],
    [1, 'prompt.tokens', []],
    [1, 'prompt.tokens', {}],
    [1, 'prompt.tokens.1.slot', 0],
    [1, 'prompt.tokens.1.slot', 5],
    [1, 'prompt.tokens.1.position', 9],
    [1, 'prompt.tokens.0.text', null],
    [2, 'type', ['step']],
    [2, 'step', 1],
    [2, 'step', -1],
    [2, 'threshold', null],
    [2, 'entropy', -3],
    [2, 'above', 1e300],
    [2, 'fallback', 'false'],
    [2, 'candidates', undefined],
    [2, 'candidates.1.probability', 0.9],
    [2, 'set', []],
    [2, 'set', 'cat'],
    [2, 'set.0', null],
    [2, 'set.0.slot', 3],
    [2, 'set.1.slot', 2],
    [2, 'set.1.slot', '3'],
    [2, 'set.1.slot', 4_000_000_000],
    [2, 'set.1.position', 3],
    [2, 'set.1.position', -0.5],
    [2, 'set.0.probability', 1.5],
    [2, 'set.0.probability', -0.1],
    [2, 'set.0.probability', null],
    [2, 'set.0.probability', 0.2],
    [2, 'set.0.text', 'x'.repeat(5000)],
    [2, 'set.0.text', { toString: 'cat' }],
    [2, 'set.0.id', 2 ** 40],
    [2, 'received', [0.5]],
    [2, 'received', [0.25, 0.25, 0.25, null]],
    [2, 'received', [0.25, 0.25, 0.25, -0.25]],
    [2, 'received', [0.25, 0.25, 0.25, 7]],
    [2, 'slots', 5],
    [2, 'live', 5],
    [2, 'timing', { forward_ms: -1, total_ms: 1 }],
    [2, 'timing', 3],
    [2, 'over_budget', [2]],
    [3, 'over_budget', [0, 0]],
    [3, 'over_budget', [99]],
    [3, 'verdicts.0.slot', 0],
    [3, 'verdicts.0.slot', 3],
    [3, 'verdicts.0.slot', 4],
    [3, 'verdicts.0.slot', 77],
    [3, 'verdicts.0.score', null],
    [3, 'verdicts.0.limit', null],
    [3, 'verdicts.0.keep', 1],
    [3, 'verdicts.0.effect', 'off'],
    [3, 'verdicts.0.effect', 'burn'],
    [3, 'verdicts.0.unattended', 'yes'],
    [4, 'reason', 'bored'],
    [4, 'text', null],
    [4, 'brackets', 'x'.repeat(2_000_000)],
    [4, 'stats', null],
    [4, 'stats.removed', -1],
    [4, 'stats.seconds', null],
  ];
  test.each(wrong)('line %i, %s', (line, path, value) => {
    const error = refusal(spoilt(line, (event) => put(event, path, value)));
    expect(error.line).toBe(line);
    expect(error.message.length).toBeLessThan(400);
  });

  test('numbers too large for a double', () => {
    const text = JSON.stringify(good.run).replace('"rope_theta":10000', '"rope_theta":1e999');
    expect(refusal(text).message).toContain('model.rope_theta is not a finite number');
  });
});

describe('a whole that is wrong', () => {
  const lines = [...serializeTrace(good).trim().split('\n'), JSON.stringify(end)];
  const [run = '', first = '', second = '', last = ''] = lines;

  test.each([
    ['nothing', '', 0],
    ['blank lines', '\n \n', 0],
    ['no JSON', 'once upon a time', 1],
    ['half a line', run.slice(0, 40), 1],
    ['a number', '7', 1],
    ['null', 'null', 1],
    ['a list', `[${run}]`, 1],
    ['a step first', [first, run].join('\n'), 1],
    ['an end first', last, 1],
    ['two runs', [run, run].join('\n'), 2],
    ['a step twice', [run, first, first].join('\n'), 3],
    ['steps out of order', [run, second, first].join('\n'), 2],
    ['a step left out', [run, second].join('\n'), 2],
    ['a step after the end', [run, first, last, second].join('\n'), 4],
    ['two ends', [run, last, last].join('\n'), 3],
    ['an event of another kind', [run, '{"type":"dance"}'].join('\n'), 2],
    ['deep nesting', '['.repeat(1_000_000), 1],
  ])('%s', (_what, text, line) => {
    expect(refusal(text).line).toBe(line);
  });

  test('too many characters are not read at all', () => {
    expect(refusal(' '.repeat(MAX_TRACE_LENGTH + 1)).message).toContain('20 million');
  });

  test('lines are counted with the blank ones', () => {
    expect(refusal([run, '', '', 'oops'].join('\n')).line).toBe(4);
  });

  test('a verdict on somebody who is gone', () => {
    const trace = made({ removal: 'mask' }, [
      ...good.steps.map((event) => ({
        set: event.set.map((member): [string, number] => [member.text, member.probability]),
        verdicts: event.verdicts,
      })),
      { set: [['.', 1]], verdicts: [{ slot: 3 }] },
    ]);
    expect(refusal(serializeTrace(trace)).message).toContain('which is removed');
  });

  test('more tokens than a page can show', () => {
    const tokens = Array.from({ length: MAX_TOKENS + 1 }, (_, slot) => ({ slot, position: slot, id: 1, text: '' }));
    const text = JSON.stringify({ ...good.run, prompt: { text: '', tokens } });
    expect(refusal(text).message).toContain('tokens');
    tokens.pop();
    expect(parseTrace(JSON.stringify({ ...good.run, prompt: { text: '', tokens } })).steps).toEqual([]);
  });
});

describe('version 2', () => {
  const chained = made(
    { removal: 'mask' },
    [
      {
        set: [
          [' cat', 0.5],
          [' dog', 0.3],
        ],
      },
      { set: [[' sat', 0.9]], chain: [[0.9, 0.4]] },
      { set: [[' down', 0.9]], chain: [[0.9]] },
    ],
    ['A'],
  );
  const ending = {
    ...end,
    readings: [{ kind: 'viterbi', text: ' cat sat down', ids: [101, 103, 104], log_probability: -0.9 }],
    work: { passes: 4, rows: 5, peak_rows: 5, cache_bytes: 4096 },
  };
  const lines = [...events(serializeTrace(chained)), ending] as Json[];
  const text = (change: (lines: Json[]) => void = () => undefined): string => {
    const copy = structuredClone(lines);
    change(copy);
    return copy.map((event) => JSON.stringify(event)).join('\n');
  };

  test('its keys come through', () => {
    expect(parseTrace(text())).toEqual({ ...chained, end: ending });
    expect(parseTrace(text()).run).toMatchObject({ version: 2, decoder: 'tempo', options: { weighting: 'kin' } });
  });

  test('an option that is missing has the default of its version', () => {
    const bare = (version: number): string => {
      const run = structuredClone(version === 1 ? good.run : chained.run) as unknown as Json;
      run['options'] = {};
      return JSON.stringify(run);
    };
    expect(parseTrace(bare(1)).run.options).toMatchObject({ weighting: 'none', removal_score: 'share' });
    expect(parseTrace(bare(2)).run.options).toMatchObject({ weighting: 'kin', removal_score: 'posterior' });
  });

  const wrong: [line: number, path: string, value: unknown][] = [
    [1, 'decoder', undefined],
    [1, 'decoder', 'beam'],
    [1, 'decoder', 'dice'],
    [1, 'options.weighting', 'blood'],
    [1, 'options.seed', -1],
    [2, 'chain', [[1], [1]]],
    [3, 'chain', undefined],
    [3, 'chain', null],
    [3, 'chain', []],
    [3, 'chain', [0.5, 0.5]],
    [3, 'chain', [[0.5]]],
    [3, 'chain', [[0.5, 0.5, 0.5]]],
    [3, 'chain', [[0.5, -0.5]]],
    [3, 'chain', [[0.5, 1.5]]],
    [3, 'chain', [[0.5, null]]],
    [3, 'chain', [[0.5, 0.5], [0.5, 0.5]]], // prettier-ignore
    [5, 'readings', {}],
    [5, 'readings.0.kind', 'best'],
    [5, 'readings.0.ids', ['1']],
    [5, 'readings.0.log_probability', null],
    [5, 'work.rows', -1],
  ];
  test.each(wrong)('line %i, %s', (line, path, value) => {
    const error = refusal(text((copy) => put(copy[line - 1]!, path, value)));
    expect(error.line).toBe(line);
    expect(error.message.length).toBeLessThan(400);
  });

  test('a chain in version 1 is refused', () => {
    const error = refusal(spoilt(3, (event) => put(event, 'chain', [[0.5, 0.5]])));
    expect([error.line, error.message]).toEqual([3, 'step 1: a chain where there is none']);
  });
});
