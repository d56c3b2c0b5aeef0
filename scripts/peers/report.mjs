// The measured runs as Markdown: ratios of times, since the times themselves are the machine's, and counts, which are not.

const COUNTS = {
  dispatches: 'dispatches',
  passes: 'compute passes',
  submits: 'submits',
  reads: 'reads',
  readBytes: 'bytes read',
  writes: 'writes',
  writeBytes: 'bytes written',
  bindGroups: 'bind groups made',
  buffers: 'buffers made',
  pipelines: 'pipelines made',
};

const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
};
const ratio = (value) => (Number.isFinite(value) ? value.toPrecision(value < 1 ? 2 : 3) : '–');
const row = (cells) => `| ${cells.join(' | ')} |`;
const head = (cells) => [row(cells), row(cells.map(() => '---'))];

export function report(result) {
  const places = [...new Set(result.competitors.map(({ on }) => on))];
  return [
    `Chromium ${result.browser}, ${result.rounds} rounds in turns. Ratios within a round, of its median steps and of its shortest`,
    'ones: the median over the rounds [least to greatest]. Below 1 the first one is faster.',
    '',
    ...head(['on', 'what', 'median steps', 'shortest steps', 'their passes alone']),
    ...places.flatMap((on) => times(result, on)),
    '',
    ...(places.includes('WebGPU') ? traffic(result) : []),
    ...agreement(result),
    ...adapters(result),
    ...result.notRun.map((what) => `NOT RUN: ${what}`),
  ].join('\n');
}

/** Rows of ratios on one device. */
function times(result, on) {
  const present = (name) => result.competitors.some((other) => other.name === name && other.on === on);
  const last = result.sets.at(-1);
  const sets = (what, one, other) => result.sets.map((set) => [`set of ${set}: ${what}`, [one, set], [other, set]]);
  const pairs = [
    ...sets('tempo f32 / ort, a batch of as many', 'tempo f32', 'ort'),
    ...sets('tempo q8 / ort', 'tempo q8', 'ort'),
    ...sets('tempo q8 / f32', 'tempo q8', 'tempo f32'),
    ...sets('tempo f32, tensor operations / fused', 'tempo tensor', 'tempo f32'),
    ...['tempo f32', 'tempo q8', 'tempo tensor', 'ort'].map((name) => [
      `${name}: ${last} / 1`,
      [name, last],
      [name, 1],
    ]),
  ].filter(([, [one], [other]]) => present(one) && present(other));
  const rows = pairs.map(([what, one, other]) => {
    const walls = compare(result.runs, on, one, other, 'walls');
    const passes = compare(result.runs, on, one, other, 'passes');
    return row([on, what, span(walls.medians), span(walls.shortest), ratio(median(passes.shortest))]);
  });
  if (present('tempo f32') && present('ort')) {
    // That of the first round compiles.
    const { medians } = compare(result.runs, on, ['tempo f32', 1], ['ort', 1], 'prefill');
    rows.push(row([on, 'the prompt: tempo f32 / ort', span(medians), '–', '–']));
  }
  return rows;
}

const span = (rounds) => `${ratio(median(rounds))} [${ratio(Math.min(...rounds))} to ${ratio(Math.max(...rounds))}]`;

/** Within each round, of the steps that both made: the ratios of medians, and of the shortest ones. */
function compare(runs, on, one, other, key) {
  const [ours, theirs] = [one, other].map(([name, set]) =>
    runs.filter((run) => run.name === name && run.on === on && run.set === set),
  );
  const shared = ours.filter(({ round }) => theirs.some((run) => run.round === round));
  const divided = (reduce) =>
    shared.map((run) => {
      const other = theirs.find(({ round }) => round === run.round);
      const [mine, yours] = [run, other].map((made) => [made[key]].flat());
      // The same steps on both sides: later ones look at a longer context.
      const both = Math.min(mine.length, yours.length);
      return reduce(mine.slice(0, both)) / reduce(yours.slice(0, both));
    });
  return { medians: divided(median), shortest: divided((values) => Math.min(...values)) };
}

/** What a step asks of WebGPU: the median over all measured steps, and the most where it is another number. */
function traffic({ runs, sets }) {
  const gpu = runs.filter(({ on }) => on === 'WebGPU');
  const names = ['tempo f32', 'tempo tensor', 'ort'].filter((name) => gpu.some((run) => run.name === name));
  const columns = names.flatMap((name) => sets.map((set) => ({ name, set })));
  const cell = ({ name, set }, key) => {
    const steps = gpu.filter((run) => run.name === name && run.set === set).flatMap(({ counted }) => counted);
    if (steps.length === 0) return '–';
    const values = steps.map((counts) => counts[key]);
    const most = Math.max(...values);
    return median(values) === most ? `${most}` : `${median(values)} [${most}]`;
  };
  return [
    ...head([
      'a step on WebGPU',
      ...columns.map(({ name, set }) => `${name}, ${name === 'ort' ? 'batch' : 'set'} of ${set}`),
    ]),
    ...Object.entries(COUNTS).map(([key, what]) => row([what, ...columns.map((column) => cell(column, key))])),
    '',
  ];
}

/** Only tempo tells what plays the graphics card; the browser gives both the same. */
function adapters({ competitors }) {
  const told = new Set(
    competitors.filter(({ by, on }) => by === 'tempo' && on === 'WebGPU').map(({ adapter }) => adapter),
  );
  return [...told].map((adapter) => `WebGPU adapter: ${adapter}.`);
}

/** Whether everybody who computes in f32 chose the same tokens greedily. */
function agreement({ runs, sets }) {
  const greedy = runs.filter(({ name, set }) => set === 1 && name !== 'tempo q8');
  if (greedy.length === 0) return [];
  const longest = greedy.map(({ ids }) => ids).reduce((one, other) => (other.length > one.length ? other : one));
  const same = greedy.every(({ ids }) => ids.every((id, at) => id === longest[at]));
  const least = Math.min(...greedy.map(({ ids }) => ids.length));
  const who = new Set(greedy.map(({ name, on }) => `${name} on ${on}`));
  const contexts = (set) => [...new Set(runs.filter((run) => run.set === set).map((run) => run.context))].join(', ');
  return [
    same
      ? `The greedy tokens are the same as far as each goes, ${least} to ${longest.length}: ${[...who].join(', ')}.`
      : `THE GREEDY TOKENS DIFFER: ${[...who].join(', ')}.`,
    `Mean context of a measured step, in rows: ${sets.map((set) => `set of ${set}: ${contexts(set)}`).join('; ')}.`,
  ];
}
