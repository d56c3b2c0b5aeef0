// One bar in bytes for a whole model: what is here, what is to come, how fast, how long.

import type { Progress } from './source';

const WINDOW_MS = 5000;
const INTERVAL_MS = 100;

export class Meter {
  private programs: Progress['programs'] = null;
  private phase: Progress['phase'] = 'list';
  private file: string | null = null;
  private resumed = 0;
  private readonly totals = new Map<string, number | null>();
  private readonly here = new Map<string, number>();
  /** Arrivals of the last seconds. */
  private samples: { at: number; bytes: number }[] = [];
  private lastReport = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly emit: (progress: Progress) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** The files of the model in their order; `here` are bytes of an earlier visit. */
  plan(files: { name: string; total: number | null; here: number }[]): void {
    for (const { name, total, here } of files) {
      this.totals.set(name, total);
      this.here.set(name, here);
      this.resumed += here;
    }
    this.report(true);
  }

  total(name: string, bytes: number): void {
    this.totals.set(name, bytes);
  }

  at(name: string, bytes: number, phase: 'verify' | 'download'): void {
    const news = name !== this.file || phase !== this.phase;
    const before = this.here.get(name) ?? 0;
    this.file = name;
    this.phase = phase;
    // Verified bytes were counted as here already.
    if (phase === 'download') {
      this.here.set(name, bytes);
      if (bytes > before) this.samples.push({ at: this.now(), bytes: bytes - before });
      else this.resumed = Math.max(0, this.resumed - (before - bytes));
    }
    this.report(news);
  }

  /** Weights on their way from storage to the device: a bar of its own. */
  device(done: number, total: number): void {
    const news = this.phase !== 'device';
    this.phase = 'device';
    this.emitUnlessRecent(news || done === total, {
      ...this.snapshot(),
      done_bytes: done,
      total_bytes: total,
      rate: null,
      seconds_left: null,
    });
  }

  /** The device compiles its programs, maybe while bytes arrive. */
  compiling(done: number, total: number): void {
    this.programs = total > 0 ? { done, total } : null;
    this.report(false);
  }

  warmed(): void {
    this.programs = null;
  }

  report(now: boolean): void {
    this.emitUnlessRecent(now, this.snapshot());
  }

  private emitUnlessRecent(now: boolean, progress: Progress): void {
    const at = this.now();
    if (!now && at - this.lastReport < INTERVAL_MS) return;
    this.lastReport = at;
    this.emit(progress);
  }

  private snapshot(): Progress {
    let done = 0;
    for (const bytes of this.here.values()) done += bytes;
    let total: number | null = this.totals.size === 0 ? null : 0;
    for (const bytes of this.totals.values()) total = total === null || bytes === null ? null : total + bytes;
    const rate = this.rate();
    return {
      phase: this.phase,
      done_bytes: done,
      total_bytes: total,
      rate,
      seconds_left: rate === null || total === null ? null : Math.max(0, total - done) / rate,
      file: this.file,
      file_index: this.file === null ? 0 : [...this.totals.keys()].indexOf(this.file),
      file_count: this.totals.size,
      resumed_bytes: this.resumed,
      programs: this.programs,
    };
  }

  private rate(): number | null {
    const now = this.now();
    this.samples = this.samples.filter((sample) => now - sample.at <= WINDOW_MS);
    const first = this.samples[0];
    if (!first || now - first.at < 500) return null;
    const bytes = this.samples.reduce((sum, sample) => sum + sample.bytes, 0);
    return bytes === 0 ? null : (bytes * 1000) / (now - first.at);
  }
}
