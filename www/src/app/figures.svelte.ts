// How fast it is (V12): measured on the page, from the call to its answer, as a visitor feels it.

import type { AnyStep } from '../engine';

/** Steps that the figures look back on. */
const WINDOW = 32;

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export class Figures {
  /** From the opening of the page to the first live step. */
  firstStepMs: number | null = $state(null);
  /** From the press of the button to it. */
  sincePressMs: number | null = $state(null);
  private recent: { ms: number; tokens: number }[] = $state.raw([]);
  private pressTime: number | null = null;

  readonly stepMs = $derived(median(this.recent.map(({ ms }) => ms)));
  /** Of all members of the sets. */
  readonly tokensPerSecond = $derived(this.perSecond(this.recent.reduce((sum, step) => sum + step.tokens, 0)));
  /** Every step makes a reading longer by one token. */
  readonly stepsPerSecond = $derived(this.perSecond(this.recent.length));

  private perSecond(count: number): number | null {
    const ms = this.recent.reduce((sum, step) => sum + step.ms, 0);
    return ms > 0 ? (1000 * count) / ms : null;
  }

  /** The visitor has asked for something live. */
  pressed(now: number): void {
    if (this.firstStepMs === null) this.pressTime ??= now;
  }

  /** A run begins: its own steps count. The first of them holds the prompt and is left out when there are more. */
  begin(): void {
    this.recent = [];
  }

  step(event: AnyStep, ms: number, now: number): void {
    if (this.firstStepMs === null) {
      this.firstStepMs = now;
      this.sincePressMs = this.pressTime === null ? null : now - this.pressTime;
    }
    const recent = event.step === 1 && this.recent.length === 1 ? [] : this.recent;
    this.recent = [...recent, { ms, tokens: tokensOf(event) }].slice(-WINDOW);
  }
}

/** How many tokens a step was given slots for. */
function tokensOf(event: AnyStep): number {
  if (event.type === 'search') return event.chosen.slot === null ? 0 : 1;
  const tokens = event.type === 'step' ? event.set : event.type === 'beams' ? event.hypotheses : event.lanes;
  return tokens.length;
}
