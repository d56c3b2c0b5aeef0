// The one time that all panels share: where it stands, whether it runs by itself, whether it follows a live run.

/** Milliseconds between steps at speed 1. */
const BEAT = 700;

export interface Extent {
  /** The last step there is; -1 without any. */
  last: number;
  /** More steps are arriving. */
  live: boolean;
}

export class Moment {
  /** -1 is the prompt alone. */
  step = $state(-1);
  playing = $state(false);
  /** It plays because the page was opened; whatever the visitor does ends that. */
  opening = $state(false);
  /** It has played before, by itself or by a press. */
  played = $state(false);
  /** Shows the newest step as it arrives. */
  following = $state(true);
  speed = $state(1);
  loop = $state(false);
  private timer: ReturnType<typeof setInterval> | null = null;

  constructor(private readonly extent: () => Extent) {}

  seek(step: number): void {
    const { last } = this.extent();
    this.step = Math.max(-1, Math.min(Math.round(step), last));
    this.following = this.step === last;
  }

  /** A new step has arrived. */
  arrived(): void {
    if (this.following) this.step = this.extent().last;
  }

  toggle(): void {
    if (this.playing) {
      this.pause();
      return;
    }
    const { last, live } = this.extent();
    if (last < 0) return;
    if (this.step >= last && !live) this.seek(-1);
    this.playing = true;
    this.beat();
  }

  /** Plays from `step` on without having been asked. */
  open(step: number): void {
    this.seek(step);
    this.opening = true;
    this.playing = true;
    this.beat();
  }

  /** The visitor has begun to do something of their own. */
  interrupt(): void {
    if (this.opening) this.pause();
  }

  pause(): void {
    this.playing = false;
    this.opening = false;
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
  }

  setSpeed(speed: number): void {
    this.speed = speed;
    if (this.playing) this.beat();
  }

  private beat(): void {
    this.played = true;
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = setInterval(() => {
      const { last, live } = this.extent();
      if (this.step < last) this.seek(this.step + 1);
      else if (live) return;
      else if (this.loop) this.seek(-1);
      else this.pause();
    }, BEAT / this.speed);
  }
}
