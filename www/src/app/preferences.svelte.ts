// What a visitor prefers on this device: kept in local storage, shown on <html> as data attributes.

export type Look = 'auto' | 'light' | 'dark' | 'projector';
export type Motion = 'auto' | 'reduced' | 'full';
export type Verbosity = 'all' | 'branches' | 'off';

export const LOOKS: readonly Look[] = ['auto', 'light', 'dark', 'projector'];
export const MOTIONS: readonly Motion[] = ['auto', 'reduced', 'full'];
export const VERBOSITIES: readonly Verbosity[] = ['all', 'branches', 'off'];

const KEY = 'tempo-preferences';

function oneOf<T extends string>(values: readonly T[], value: unknown, fallback: T): T {
  return values.find((known) => known === value) ?? fallback;
}

/** What was kept, as far as it makes sense. Storage may be forbidden or hold anything. */
function stored(storage: Storage | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(storage?.getItem(KEY) ?? '{}');
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

export class Preferences {
  /** The visitor's own look. */
  private own: Look = $state('auto');
  /** The look of a link: shown for this visit, never kept. */
  private loan: Look | null = $state(null);
  motion: Motion = $state('auto');
  /** Single-letter keys (WCAG 2.1.4). */
  keys = $state(true);
  verbosity: Verbosity = $state('branches');
  showRemoved = $state(true);
  /** The tour was taken or left once: it need not be offered first any more. */
  toured = $state(false);
  /** For whoever knows the page: the settings of the run and the inspector stand open from the start. */
  everything = $state(false);
  /** The words over the lattice that say what is shown. */
  door = $state(true);

  constructor(private readonly storage: Storage | null) {
    const found = stored(storage);
    this.own = oneOf(LOOKS, found['look'], 'auto');
    this.motion = oneOf(MOTIONS, found['motion'], 'auto');
    this.verbosity = oneOf(VERBOSITIES, found['verbosity'], 'branches');
    this.keys = found['keys'] !== false;
    this.toured = found['toured'] === true;
    this.everything = found['everything'] === true;
    this.door = found['door'] !== false;
  }

  /** What is shown; a choice of the visitor takes the place of a link's. */
  get look(): Look {
    return this.loan ?? this.own;
  }

  set look(look: Look) {
    this.own = look;
    this.loan = null;
  }

  get isOnLoan(): boolean {
    return this.loan !== null;
  }

  /** A link asks for a look. */
  lend(look: Look): void {
    this.loan = look;
  }

  /** Puts them on the element that the styles look at, and keeps them. */
  apply(root: HTMLElement): void {
    if (this.look === 'auto') delete root.dataset['look'];
    else root.dataset['look'] = this.look;
    if (this.motion === 'auto') delete root.dataset['motion'];
    else root.dataset['motion'] = this.motion;
    const { own, motion, keys, verbosity, everything, door, toured } = this;
    try {
      this.storage?.setItem(KEY, JSON.stringify({ look: own, motion, keys, verbosity, everything, door, toured }));
    } catch {
      // Nothing is lost but the memory of it.
    }
  }
}

/** Local storage throws on access where cookies are blocked. */
export function storageOf(scope: Window): Storage | null {
  try {
    return scope.localStorage;
  } catch {
    return null;
  }
}
