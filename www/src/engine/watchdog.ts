// Notices that a worker is dead or hangs. A killed worker says nothing, but the browser frees its lock at once; where
// there are no locks, and against a worker that lives and does not answer, pings are counted.

export interface WatchdogOptions {
  ping(): void;
  lost(why: string): void;
  /** Whether a call is under way: a step on a slow processor blocks the worker for a while, and is no reason for alarm. */
  busy(): boolean;
  /** Silence that is borne with. */
  idleMs?: number;
  busyMs?: number;
  tickMs?: number;
  locks?: LockManager | undefined;
}

export class Watchdog {
  private readonly idleTicks: number;
  private readonly busyTicks: number;
  private readonly timer: ReturnType<typeof setInterval>;
  private readonly waiting = new AbortController();
  /** Ticks, not time: a laptop that slept has not heard of its worker for hours, and neither ticked. */
  private silent = 0;

  constructor(private readonly options: WatchdogOptions) {
    const tick = options.tickMs ?? 1000;
    this.idleTicks = Math.ceil((options.idleMs ?? 15_000) / tick);
    this.busyTicks = Math.ceil((options.busyMs ?? 180_000) / tick);
    this.timer = setInterval(() => this.tick(), tick);
  }

  /** Any message of the worker. */
  reset(): void {
    this.silent = 0;
  }

  /** The worker holds this lock; that it can be had means that the worker is gone. */
  watchLock(name: string): void {
    const { locks, lost } = this.options;
    const gone = (): void => {
      if (!this.waiting.signal.aborted) lost('its process ended');
    };
    // Aborted by stop(), and by nothing else.
    locks?.request(name, { signal: this.waiting.signal }, gone).catch(() => undefined);
  }

  stop(): void {
    clearInterval(this.timer);
    this.waiting.abort();
  }

  private tick(): void {
    this.silent += 1;
    const limit = this.options.busy() ? this.busyTicks : this.idleTicks;
    if (this.silent > limit) this.options.lost('it does not answer');
    else this.options.ping();
  }
}
