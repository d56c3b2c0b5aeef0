// Panels take turns: while time moves, one of them is drawn anew in a frame, and all have caught up a few frames after it
// came to rest. A frame costs the lattice and one panel, however many stand in the window.

export class Turns {
  private readonly waiting = new Set<() => void>();
  private asked = false;

  /** `nextFrame` calls back in the frame that is being made, or in the next one. */
  constructor(private readonly nextFrame: (act: () => void) => unknown = (act) => requestAnimationFrame(act)) {}

  /** Who waits keeps its place and is called once; who had its turn goes to the end. */
  ask(turn: () => void): void {
    this.waiting.add(turn);
    this.plan();
  }

  has(turn: () => void): boolean {
    return this.waiting.has(turn);
  }

  leave(turn: () => void): void {
    this.waiting.delete(turn);
  }

  private plan(): void {
    if (this.asked || this.waiting.size === 0) return;
    this.asked = true;
    this.nextFrame(() => {
      this.asked = false;
      const [first] = this.waiting;
      if (!first) return;
      this.waiting.delete(first);
      // First the next frame: one that fails does not keep the others from theirs.
      this.plan();
      first();
    });
  }
}
