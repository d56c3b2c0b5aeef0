// The way to the explanation of a token and back: a key leads there, Escape returns to where the reader was.

import { tick } from 'svelte';

export class Explanation {
  /** Somebody wants to be led to it; it opens, takes the focus, and this is over. */
  wanted = $state(false);
  private from: HTMLElement | null = null;

  ask(from: Element | null): void {
    this.from = from instanceof HTMLElement && from !== document.body ? from : null;
    this.wanted = true;
  }

  /** The explanation stands: the focus goes to it. */
  async show(place: HTMLElement | null): Promise<void> {
    this.wanted = false;
    await tick();
    place?.focus();
    place?.scrollIntoView({ block: 'nearest' });
  }

  /** Back to where the reader came from; false where nobody was led here. */
  leave(): boolean {
    const { from } = this;
    this.from = null;
    if (!from) return false;
    const cell = document.querySelector<HTMLElement>('#lattice [role=grid] [tabindex="0"]');
    (from.isConnected ? from : cell)?.focus();
    return true;
  }
}
