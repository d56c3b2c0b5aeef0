// The runs on the list and where they come from: recorded files of this site, files of the visitor, live ones.

import { TraceError, openTrace } from '../trace';
import { offersIn, type Offer } from './offers';
import { Run, titleOf } from './run.svelte';

/** The run that is painted first. */
export const FIRST = 'letter.jsonl';
const FOLDER = 'traces/';
/** Live runs on the list; the oldest make room. */
const MOST_RUNS = 24;

async function fetchText(address: string): Promise<string> {
  // As the preloads of index.html ask for it: WebKit's engine takes no other for the same, and would fetch it twice.
  const reply = await fetch(address, { mode: 'no-cors', credentials: 'include' });
  if (!reply.ok) throw new Error(`${address}: ${reply.status}`);
  return reply.text();
}

export class Library {
  runs: Run[] = $state.raw([]);
  offers: Offer[] = $state.raw([]);
  private listPromise: Promise<void> | null = null;

  add(run: Run): void {
    const live = this.runs.filter((other) => other.origin !== 'recorded');
    const oldest = live.length >= MOST_RUNS ? live[0] : undefined;
    this.runs = [...this.runs.filter((other) => other !== oldest), run];
  }

  /** Runs that were kept come before those of this visit. */
  bring(runs: readonly Run[]): void {
    const others = this.runs.filter((run) => !runs.includes(run));
    const recorded = others.filter(({ origin }) => origin === 'recorded');
    this.runs = [...recorded, ...runs, ...others.filter(({ origin }) => origin !== 'recorded')];
  }

  remove(runs: readonly Run[]): void {
    this.runs = this.runs.filter((run) => !runs.includes(run));
  }

  /** The list of recorded runs, asked for once. */
  list(): Promise<void> {
    this.listPromise ??= fetchText(`${FOLDER}index.json`)
      .then((text) => {
        this.offers = offersIn(JSON.parse(text));
      })
      .catch(() => {
        this.listPromise = null;
      });
    return this.listPromise;
  }

  /** A recorded run; fetched once. Throws. */
  async recorded(file: string): Promise<Run> {
    const known = this.runs.find((run) => run.file === file);
    if (known) return known;
    const [text] = await Promise.all([fetchText(FOLDER + file), this.list()]);
    const offer = this.offers.find((entry) => entry.file === file);
    const trace = await openTrace(text);
    const run = new Run({
      title: offer?.title ?? titleOf(trace.run.prompt.text),
      origin: 'recorded',
      trace,
      note: offer?.note ?? '',
      date: offer?.date ?? null,
      file,
      ordinary: offer?.ordinary ? { text: offer.ordinary, steps: null } : null,
      offer,
    });
    this.add(run);
    return run;
  }

  /** A trace from the visitor's computer. Throws a TraceError. */
  async opened(file: File): Promise<Run> {
    if (file.size > 4 * 20_000_000)
      throw new TraceError(0, `the file has ${file.size} bytes, which is too many for a trace`);
    const trace = await openTrace(await file.text());
    const title = titleOf(trace.run.prompt.text || file.name.replace(/\.jsonl?$/, ''));
    const run = new Run({ title, origin: 'file', trace, note: file.name });
    this.add(run);
    return run;
  }
}
