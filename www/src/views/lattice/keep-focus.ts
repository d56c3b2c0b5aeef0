// The focus stays at its place in the grid when the cells are drawn anew: another run begins, or time goes back. The browser
// drops the focus of an element that goes; here it is put on the nearest place that is left, and back when its own comes.

/** A column by its key and a row in it. */
export interface KeptPlace {
  column: number;
  row: number;
}

/** What is left for the focus to go to. */
export interface KeptColumn {
  key: number;
  slots: readonly number[];
}

/** The cell at this place, or the nearest before it; among fewer members the last one. Pure. */
export function nearest(columns: readonly KeptColumn[], place: KeptPlace): { slot: number; exact: boolean } | null {
  const filled = columns.filter(({ slots }) => slots.length > 0);
  const column = filled.findLast(({ key }) => key <= place.column) ?? filled[0];
  const slot = column?.slots[Math.min(place.row, column.slots.length - 1)];
  return slot === undefined ? null : { slot, exact: column?.key === place.column };
}

export class KeepFocus {
  /** Where the reader put the focus. */
  private place: KeptPlace | null = null;
  /** The focus was in the grid before the cells were drawn anew. */
  private had = false;
  /** It is not at its place, because that is not there yet. */
  private away = false;

  /** The reader went to a cell. What the page moves itself is no wish of the reader. */
  went(place: KeptPlace): void {
    if (this.moving) return;
    this.place = place;
    this.away = false;
  }

  private moving = false;

  before(grid: HTMLElement | undefined): void {
    this.had = grid?.contains(document.activeElement) ?? false;
  }

  /** The slot that the focus belongs to now; null where it is right, or was somewhere else. */
  after(grid: HTMLElement, columns: readonly KeptColumn[]): number | null {
    if (!this.had || this.place === null) return null;
    const active = document.activeElement;
    const isLost = active === null || active === document.body;
    if (!isLost && !(this.away && grid.contains(active))) return null;
    const found = nearest(columns, this.place);
    // On its way it waits where it is: a focus that moves with every step is read out with every step.
    if (found === null || (!isLost && !found.exact)) return null;
    this.away = !found.exact;
    return found.slot;
  }

  /** Moves the focus without taking it for the reader's wish. */
  move(act: () => void): void {
    this.moving = true;
    act();
    this.moving = false;
  }
}
