// What every view is given. A view draws and asks; it computes nothing.

import type { Chain, Kin } from '../chain';
import type { ReadingKind, Slot } from '../contract';
import type { Scored, ShownReading } from '../describe/reading';
import type { Trace, ViewState } from '../view-state';

/** What the chain shows; one object for good, so that pointing at a token draws nothing else anew. */
export interface ChainProps {
  /** Null in a recording without one. */
  readonly chain: Chain | null;
  readonly reading: ShownReading;
  /** The one that the run has scored as text; null where it has none. */
  readonly scored: Scored | null;
  /** The kinds that there is one of each. */
  readonly kinds: readonly ReadingKind[];
  readingOf(kind: ReadingKind): ShownReading;
  /** The members of the reading. */
  readonly path: ReadonlySet<Slot>;
  /** Of the member that is pinned, else of the one pointed at. */
  readonly kin: Kin | null;
  readonly pinned: boolean;
  /** The member that was chosen last for the reading. */
  readonly last: Slot | null;
  readonly kind: ReadingKind;
  point(slot: Slot | null): void;
  show(kind: ReadingKind): void;
  another(): void;
  /** The reading goes through these members and is the best that does; null lets it go. */
  follow(slots: readonly Slot[] | null): void;
  /** Through this one too; the other lets the fit decide at its position again. */
  choose(slot: Slot): void;
  loosen(slot: Slot): void;
}

export interface ViewProps {
  trace: Trace;
  view: ViewState;
  selected: Slot | null;
  compared: Slot | null;
  select(slot: Slot | null, how?: 'pin' | 'compare'): void;
  seek(step: number): void;
  chained: ChainProps;
}
