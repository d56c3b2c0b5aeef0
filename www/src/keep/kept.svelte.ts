// What stays on this device of a visitor's work, for the page: runs come back into the list, the one that was open is open
// again, prompt and options are as they were. Fetched after the first picture.

import { untrack } from 'svelte';
import type { App } from '../app.svelte';
import { FIRST } from '../app/library.svelte';
import { Run } from '../app/run.svelte';
import type { GenerationOptions } from '../contract';
import { cutAt } from '../words/en/keeping';
import { readDraft, writeDraft, type Opened } from './draft';
import { openStore } from './idb';
import { Keeper } from './keeper.svelte';
import { DRAFT } from './had-open';
import type { RunRecord } from './record';
import { lastOf } from '../view-state';

const CHANNEL = 'tempo-runs';
const WRITE_MS = 200;

/** How the page began, before anything was kept or typed. */
export interface Beginning {
  prompt: string;
  options: GenerationOptions;
  /** The run that was painted first. */
  run: Run | null;
  /** A link says what is to be seen: nothing else takes its place. */
  isNamed: boolean;
}

/** Small storages may be forbidden: then nothing is kept, and nothing fails. */
function storage(which: 'sessionStorage' | 'localStorage'): Storage | null {
  try {
    return window[which];
  } catch {
    return null;
  }
}

function put(where: Storage | null, text: string | null): void {
  try {
    if (text === null) where?.removeItem(DRAFT);
    else where?.setItem(DRAFT, text);
  } catch {
    // No room, or not allowed.
  }
}

function isRemoval(value: unknown): value is { removed: string[] } {
  const removed = typeof value === 'object' && value !== null && 'removed' in value ? value.removed : null;
  return Array.isArray(removed) && removed.every((key) => typeof key === 'string');
}

export class Kept {
  readonly keeper: Keeper;
  /** False where the browser keeps nothing; null while nobody knows. */
  works: boolean | null = $state(null);
  private readonly tab = storage('sessionStorage');
  private readonly lasting = storage('localStorage');
  private readonly channel = 'BroadcastChannel' in window ? new BroadcastChannel(CHANNEL) : null;
  private written: string | null = null;
  /** Noted, and not written yet. */
  private waiting: { tab: string | null; lasting: string | null } | null = null;
  private timer = 0;
  /** What was open before, until it is open again. */
  private pending: Opened | null = $state.raw(null);

  /** The visitor's runs: live ones and those of files. */
  readonly runs: readonly Run[] = $derived.by(() => this.app.library.runs.filter(({ origin }) => isKept(origin)));
  /** Runs that would be gone after a reload. */
  readonly atRisk: readonly Run[] = $derived.by(() =>
    this.runs.filter((run) => run.origin === 'live' && run.last >= 0 && this.refusal(run) !== null),
  );

  constructor(
    private readonly app: App,
    private readonly beginning: Beginning,
  ) {
    const opening = openStore();
    opening.then(
      () => (this.works = true),
      () => (this.works = false),
    );
    this.keeper = new Keeper(opening, {
      refused: (why) => app.notices.notify(why === 'large' ? 'run-too-large' : 'runs-not-kept'),
    });
    this.channel?.addEventListener('message', ({ data }) => {
      if (isRemoval(data)) void this.leave(this.keeper.lose(data.removed));
    });
  }

  /** Brings back what was kept, and keeps from now on. */
  async start(): Promise<void> {
    const own = readDraft(this.tab?.getItem(DRAFT) ?? null);
    const last = readDraft(this.lasting?.getItem(DRAFT) ?? null);
    this.takeUp(own.prompt ?? last.prompt, own.options ?? last.options);
    const opened = this.beginning.isNamed ? null : own.opened;
    this.pending = opened;
    this.watch();
    if (opened?.file !== undefined && this.isUntouched && (await this.app.showRecorded(opened.file)))
      this.goTo(opened.step);
    await this.bringBack(opened).catch(() => undefined);
    this.pending = null;
  }

  /** What the visitor has touched meanwhile stays. */
  private takeUp(prompt: string | null, options: GenerationOptions | null): void {
    const { app, beginning } = this;
    const { mine } = app;
    const isOwn = { prompt: mine.prompt !== beginning.prompt, options: mine.options !== beginning.options };
    if ((prompt === null || isOwn.prompt) && (options === null || isOwn.options)) return;
    app.mine = {
      prompt: isOwn.prompt ? mine.prompt : (prompt ?? mine.prompt),
      options: isOwn.options ? mine.options : (options ?? mine.options),
    };
  }

  /** Nobody has looked at anything but the first picture yet. */
  private get isUntouched(): boolean {
    const { run, linkRun, selected, generation, live, tour } = this.app;
    const isBusy = generation.running || live.busy;
    return run === this.beginning.run && !linkRun && !tour && selected === null && !isBusy;
  }

  private goTo(step: number | null): void {
    this.app.seek(step ?? Infinity);
  }

  /** Opens what was open; the other runs follow in their own time. */
  private async bringBack(opened: Opened | null): Promise<void> {
    const records = await this.keeper.list();
    const runs = new Map<string, Run>();
    const first = records.find(({ key }) => key === opened?.key);
    const run = first && (await this.read(first));
    if (run) {
      runs.set(first.key, run);
      this.app.library.bring([run]);
      if (this.isUntouched) {
        this.app.show(run);
        this.goTo(opened?.step ?? null);
      }
    }
    void this.bringOthers(records, runs).catch(() => undefined);
  }

  /** One at a time, so that the page stays alive. */
  private async bringOthers(records: readonly RunRecord[], runs: Map<string, Run>): Promise<void> {
    const { app } = this;
    for (const record of records) {
      if (runs.has(record.key)) continue;
      const run = await this.read(record);
      if (run) runs.set(record.key, run);
      await new Promise((resolve) => setTimeout(resolve));
    }
    app.library.bring(records.flatMap(({ key }) => runs.get(key) ?? []));
    const linked = app.run ? undefined : app.library.runs.find((run) => app.linkRun?.is(run));
    if (linked) app.show(linked);
  }

  private async read(record: RunRecord): Promise<Run | null> {
    const kept = await this.keeper.read(record);
    if (!kept) return null;
    const { facts, cut } = kept;
    const last = lastOf(facts.trace);
    const run = new Run(cut ? { ...facts, note: cutAt(facts.note ?? '', last) } : facts);
    this.keeper.adopt(run, record);
    return run;
  }

  private watch(): void {
    addEventListener('pagehide', () => {
      this.write();
      void this.keeper.flush();
    });
    $effect.root(() => {
      $effect(() => {
        for (const run of this.runs) {
          // Whatever a run gets comes as another trace.
          void run.trace;
          untrack(() => this.keeper.follow(run));
        }
      });
      $effect(() => this.writeDown());
      $effect(() => {
        if (this.atRisk.length === 0) return;
        const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
        addEventListener('beforeunload', ask);
        return () => removeEventListener('beforeunload', ask);
      });
    });
  }

  /** Prompt and options for this tab and for later visits; what is open for this tab. */
  private writeDown(): void {
    const { prompt, options } = this.app.mine;
    const { beginning } = this;
    const draft = {
      prompt: prompt === beginning.prompt ? null : prompt,
      options: options === beginning.options ? null : options,
    };
    const isEmpty = draft.prompt === null && draft.options === null;
    const text = writeDraft({ ...draft, opened: this.pending ?? this.openedNow() });
    if (text === this.written) return;
    this.written = text;
    this.waiting = { tab: text, lasting: isEmpty ? null : writeDraft({ ...draft, opened: null }) };
    // A scrub moves through many steps; storage waits for the disk.
    this.timer ||= window.setTimeout(() => this.write(), WRITE_MS);
  }

  /** What was noted since the last time. */
  private write(): void {
    clearTimeout(this.timer);
    this.timer = 0;
    if (!this.waiting) return;
    put(this.tab, this.waiting.tab);
    put(this.lasting, this.waiting.lasting);
    this.waiting = null;
  }

  private openedNow(): Opened | null {
    const { run, moment } = this.app;
    if (!run || run.file === FIRST) return null;
    const step = moment.step === run.last ? null : moment.step;
    if (run.file !== null) return { file: run.file, step };
    const key = isKept(run.origin) ? this.keeper.key(run) : null;
    return key === null ? null : { key, step };
  }

  /** Why a run will not be there after a reload; null where it will. */
  refusal(run: Run): 'large' | 'failed' | null {
    const standing = this.keeper.standing(run);
    return standing === 'large' || standing === 'failed' ? standing : null;
  }

  /** Bytes of all runs that are kept. */
  get bytes(): number {
    return this.runs.reduce((sum, run) => sum + this.keeper.bytes(run), 0);
  }

  get count(): number {
    return this.runs.filter((run) => this.keeper.standing(run) === 'kept').length;
  }

  /** Deletes a run, here and in other tabs. */
  async remove(run: Run): Promise<void> {
    if (this.app.generation.active === run) await this.app.generation.stop();
    await this.forget(this.keeper.remove([run]), [run]);
  }

  /** Deletes all runs of the visitor. */
  async removeAll(): Promise<void> {
    if (this.app.generation.paused) await this.app.generation.stop();
    await this.forget(this.keeper.removeAll(), this.runs);
  }

  /** Prompt and options as they were at the very first visit. */
  resetDraft(): void {
    const { prompt, options } = this.beginning;
    this.app.mine = { prompt, options };
  }

  private async forget(removing: Promise<string[]>, runs: readonly Run[]): Promise<void> {
    // Where nothing is kept there is only the list.
    const removed = await removing.catch(() => []);
    this.channel?.postMessage({ removed });
    await this.leave(runs);
  }

  /** Takes runs from the list; one that is on the screen makes room for the first run, one under way stays. */
  private async leave(runs: readonly Run[]): Promise<void> {
    const { app } = this;
    const gone = runs.filter((run) => run !== app.generation.active);
    app.library.remove(gone);
    if (app.run && gone.includes(app.run)) await app.showRecorded(FIRST);
  }
}

function isKept(origin: Run['origin']): boolean {
  return origin === 'live' || origin === 'file';
}
