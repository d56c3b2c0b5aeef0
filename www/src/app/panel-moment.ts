// What a panel under the lattice shows, and what it may do. Its chain is that of the same moment as everything else.

import type { ChainProps, ViewProps } from '../views/props';

/** What the chain shows at a moment. */
type ChainShown = Pick<ChainProps, 'chain' | 'reading' | 'path' | 'kin' | 'pinned' | 'last' | 'kind'>;

export interface PanelMoment extends Omit<ViewProps, 'chained'>, ChainShown {
  /** A threshold that is tried out on the step shown. */
  whatIf: number | null;
}

export interface HeldProps extends ViewProps {
  whatIf: number | null;
}

export function chainOf({ chain, reading, path, kin, pinned, last, kind }: ChainProps): ChainShown {
  return { chain, reading, path, kin, pinned, last, kind };
}

/** The moment that is held as the props of a view; `acts` is who acts on the chain. */
export function heldProps(shown: PanelMoment, acts: ChainProps): HeldProps {
  const chained: ChainProps = {
    get chain() {
      return shown.chain;
    },
    get reading() {
      return shown.reading;
    },
    get path() {
      return shown.path;
    },
    get kin() {
      return shown.kin;
    },
    get pinned() {
      return shown.pinned;
    },
    get last() {
      return shown.last;
    },
    get kind() {
      return shown.kind;
    },
    get scored() {
      return acts.scored;
    },
    get kinds() {
      return acts.kinds;
    },
    readingOf: (kind) => acts.readingOf(kind),
    point: (slot) => acts.point(slot),
    show: (kind) => acts.show(kind),
    another: () => acts.another(),
    follow: (slots) => acts.follow(slots),
    choose: (slot) => acts.choose(slot),
    loosen: (slot) => acts.loosen(slot),
  };
  return Object.defineProperties({ chained }, Object.getOwnPropertyDescriptors(shown)) as unknown as HeldProps;
}
