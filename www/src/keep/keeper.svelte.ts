// Keeps the visitor's runs while they grow: steps are written in small parts, each run under its own key, so that a
// reload in the middle loses little and two tabs destroy nothing of each other's.

import { SvelteMap } from 'svelte/reactivity';
import type { Run, RunFacts } from '../app/run.svelte';
import { BOUNDS, type Bounds } from './bounds';
import { eventCount, factsOf, isNewer, keyOf, linesFrom, readRecord, recordOf, type RunRecord } from './record';
import type { RunStore } from './store';

/** Events that are written together; fewer wait this long. */
const EVENTS = 4;
const WAIT_MS = 1000;

/** What became of a run: written, too large, refused by storage, deleted in another tab. */
export type Standing = 'kept' | 'large' | 'failed' | 'gone';

class Entry {
  /** Null until the first part is written. */
  standing: Standing | null = $state(null);
  bytes = $state(0);
  events = 0;
  parts = 0;
  isWriting = false;
  timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    readonly key: string,
    readonly begun: number,
  ) {}
}

export interface KeeperHost {
  /** Something of the visitor's cannot be kept: said once for each reason. */
  refused(why: 'large' | 'failed'): void;
  bounds?: Bounds;
  now?(): number;
}

function newKey(begun: number): string {
  const random = crypto.getRandomValues(new Uint32Array(2));
  return `${begun.toString(36)}-${random[0]!.toString(36)}${random[1]!.toString(36)}`;
}

export interface KeptRun {
  facts: RunFacts;
  /** The page was left while it ran. */
  cut: boolean;
}

export class Keeper {
  private readonly entries = new SvelteMap<Run, Entry>();
  private readonly said = new Set<string>();
  private readonly bounds: Bounds;
  private readonly now: () => number;

  constructor(
    private readonly opening: Promise<RunStore>,
    private readonly host: KeeperHost,
  ) {
    this.bounds = host.bounds ?? BOUNDS;
    this.now = host.now ?? Date.now;
    // Said when there is something to lose, not before.
    opening.catch(() => undefined);
  }

  standing(run: Run): Standing | null {
    return this.entries.get(run)?.standing ?? null;
  }

  key(run: Run): string | null {
    return this.entries.get(run)?.key ?? null;
  }

  /** Bytes kept of this run. */
  bytes(run: Run): number {
    const entry = this.entries.get(run);
    return entry?.standing === 'kept' ? entry.bytes : 0;
  }

  /** A run has something new, or may have. */
  follow(run: Run): void {
    const entry = this.entries.get(run) ?? this.enter(run);
    const waiting = eventCount(run.trace) - entry.events;
    if (waiting <= 0 || entry.isWriting || (entry.standing !== null && entry.standing !== 'kept')) return;
    if (entry.parts === 0 || waiting >= EVENTS || run.trace.end) void this.write(run, entry);
    else entry.timer ??= setTimeout(() => void this.write(run, entry), WAIT_MS);
  }

  /** What is left to write is written now. */
  async flush(): Promise<void> {
    await Promise.all([...this.entries].map(([run, entry]) => this.write(run, entry)));
  }

  private enter(run: Run): Entry {
    const begun = this.now();
    const entry = new Entry(newKey(begun), begun);
    this.entries.set(run, entry);
    return entry;
  }

  private async write(run: Run, entry: Entry): Promise<void> {
    if (entry.timer !== null) clearTimeout(entry.timer);
    entry.timer = null;
    if (entry.isWriting || (entry.standing !== null && entry.standing !== 'kept')) return;
    entry.isWriting = true;
    try {
      const store = await this.opening;
      // What has come meanwhile goes along.
      while (eventCount(run.trace) > entry.events) if (!(await this.writePart(store, run, entry))) return;
    } catch {
      entry.standing = 'failed';
      this.refuse(run, 'failed');
    } finally {
      entry.isWriting = false;
    }
  }

  private async writePart(store: RunStore, run: Run, entry: Entry): Promise<boolean> {
    const events = eventCount(run.trace);
    const part = linesFrom(run.trace, entry.events);
    const bytes = entry.bytes + part.length;
    if (bytes > this.bounds.run) {
      entry.standing = 'large';
      this.refuse(run, 'large');
      await store.remove([entry.key]);
      return false;
    }
    const record = recordOf(run, entry.key, entry.begun, bytes);
    if (!(await this.makeRoomAnd(store, entry.key, () => store.write(record, entry.parts, part, this.bounds)))) {
      entry.standing = 'gone';
      return false;
    }
    // Deleted while it was being written.
    if (entry.standing === 'gone') {
      await store.remove([entry.key]);
      return false;
    }
    entry.events = events;
    entry.bytes = bytes;
    entry.parts += 1;
    entry.standing = 'kept';
    return true;
  }

  /** Where the disk is full, the oldest of the other runs go until this one fits. */
  private async makeRoomAnd<T>(store: RunStore, key: string, act: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await act();
      } catch (error) {
        const isFull = (error as { name?: unknown } | null)?.name === 'QuotaExceededError';
        const others = isFull ? (await store.records()).map(keyOf).filter((found) => found !== null) : [];
        const oldest = others.sort().find((other) => other !== key);
        if (oldest === undefined) throw error;
        await store.remove([oldest]);
      }
    }
  }

  private refuse(run: Run, why: 'large' | 'failed'): void {
    // What came from a file is on the disk already.
    if (run.origin !== 'live' || this.said.has(why)) return;
    this.said.add(why);
    this.host.refused(why);
  }

  /** What lies there and can be read, the oldest first. What a newer page wrote stays where it is. */
  async list(): Promise<RunRecord[]> {
    const store = await this.opening;
    const found: RunRecord[] = [];
    const damaged: string[] = [];
    for (const value of await store.records()) {
      try {
        if (!isNewer(value)) found.push(readRecord(value));
      } catch {
        const key = keyOf(value);
        if (key !== null) damaged.push(key);
      }
    }
    if (damaged.length > 0) await store.remove(damaged);
    return found.sort((a, b) => a.begun - b.begun);
  }

  /** A run as it was kept; null where it has no step yet, or cannot be read: then it is thrown away. */
  async read(record: RunRecord): Promise<KeptRun | null> {
    const store = await this.opening;
    try {
      return await factsOf(record, await store.parts(record.key));
    } catch {
      await store.remove([record.key]);
      return null;
    }
  }

  /** A run that was kept is on the list again: nothing of it is written twice. */
  adopt(run: Run, { key, begun, bytes }: RunRecord): void {
    const entry = new Entry(key, begun);
    entry.events = Infinity;
    entry.bytes = bytes;
    entry.standing = 'kept';
    this.entries.set(run, entry);
  }

  /** Deleted in another tab: nothing more of these is written. Returns the runs. */
  lose(keys: readonly string[]): Run[] {
    const lost = [...this.entries].filter(([, entry]) => keys.includes(entry.key));
    for (const [, entry] of lost) entry.standing = 'gone';
    return lost.map(([run]) => run);
  }

  /** Deletes runs for good; returns their keys. */
  async remove(runs: readonly Run[]): Promise<string[]> {
    const keys = runs.flatMap((run) => this.key(run) ?? []);
    this.lose(keys);
    await (await this.opening).remove(keys);
    return keys;
  }

  /** Deletes everything that lies there, also what this page cannot read. */
  async removeAll(): Promise<string[]> {
    const store = await this.opening;
    const keys = [...new Set([...(await store.records()).flatMap((value) => keyOf(value) ?? []), ...this.keys()])];
    this.lose(keys);
    await store.remove(keys);
    return keys;
  }

  private keys(): string[] {
    return [...this.entries.values()].map(({ key }) => key);
  }
}
