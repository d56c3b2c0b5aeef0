// What the chain shows at the moment: the reading, and the kin of the member that is pinned or pointed at.

import { chainAt, kinOf, type Chain, type Kin } from '../chain';
import type { ReadingKind, Slot } from '../contract';
import { readingName, readingOf, readingText, scoredOf, type Scored, type ShownReading } from '../describe/reading';
import type { Trace, ViewState } from '../view-state';
import { NO_OTHER, readingSaid } from '../words/en/reading';

/** Links on either side that a pointer lights up: as many as are in sight. A pin lights up all of them. */
const REACH = 60;

export interface ChainHost {
  trace(): Trace | null;
  view(): ViewState | null;
  selected(): Slot | null;
  /** Says aloud what a press has changed. */
  say(text: string): void;
}

export class ChainView {
  private readonly host: ChainHost;
  /** The member that the pointer or the focus is at. */
  pointed: Slot | null = $state(null);
  /** The reading that was asked for. */
  kind: ReadingKind = $state('viterbi');
  /** Members that the reading is made to go through; of a position, one. */
  wish: readonly Slot[] = $state.raw([]);
  /** How many readings were drawn, less one: each takes the next seed. */
  private draw = $state(-1);

  readonly chain: Chain | null = $derived.by(() => {
    const [trace, view] = [this.host.trace(), this.host.view()];
    return trace && view ? chainAt(trace, view) : null;
  });

  readonly scored: Scored | null = $derived.by(() => {
    const trace = this.host.trace();
    return trace && scoredOf(trace);
  });

  readonly kinds: readonly ReadingKind[] = $derived(
    this.scored ? ['viterbi', 'probable', 'scored'] : ['viterbi', 'probable'],
  );

  readonly reading: ShownReading = $derived.by(() => this.readingOf(this.kind, this.wish));

  /** The members of the reading. */
  readonly path: ReadonlySet<Slot> = $derived(new Set(this.reading.words.map((word) => word.slot)));

  /** A pinned member keeps its kin in sight; else the one pointed at shows its own. */
  readonly kin: Kin | null = $derived.by(() => {
    const selected = this.host.selected();
    const slot = selected ?? this.pointed;
    return this.chain && slot !== null ? kinOf(this.chain, slot, selected === null ? REACH : Infinity) : null;
  });

  /** Whether the kin are those of a pinned member. */
  readonly pinned: boolean = $derived.by(() => this.kin !== null && this.host.selected() !== null);

  constructor(host: ChainHost) {
    this.host = host;
  }

  readingOf(kind: ReadingKind, wish: readonly Slot[] = []): ShownReading {
    const [trace, view] = [this.host.trace(), this.host.view()];
    if (!trace || !view)
      return { kind: 'probable', seed: 0, chosen: new Set(), words: [], logProbability: null, scored: null };
    const seed = trace.run.options.seed + Math.max(0, this.draw);
    return readingOf(view, this.chain, kind, seed, wish, this.scored);
  }

  point(slot: Slot | null): void {
    this.pointed = slot;
  }

  show(kind: ReadingKind): void {
    this.kind = kind;
    this.wish = [];
    this.say();
  }

  another(): void {
    if (!this.chain) return this.host.say(NO_OTHER);
    this.draw += 1;
    this.show('drawn');
  }

  /** The reading goes through these members and is the best that does; null: through none in particular. Nothing is said. */
  follow(slots: readonly Slot[] | null): void {
    this.wish = slots ?? [];
  }

  /** It goes through this one too, in the place of another of its position. */
  choose(slot: Slot): void {
    this.follow([...this.besides(slot), slot]);
    this.say();
  }

  /** At the position of this member the fit decides again. */
  loosen(slot: Slot): void {
    this.follow(this.besides(slot));
    if (this.wish.length === 0) this.kind = 'viterbi';
    this.say();
  }

  get last(): Slot | null {
    return this.wish.at(-1) ?? null;
  }

  /** What a link says of the reading that was chosen; undefined of the best one. */
  get code(): string | undefined {
    if (this.wish.length > 0) return this.wish.join(',');
    if (this.kind === 'drawn') return `drawn-${Math.max(0, this.draw)}`;
    return this.kind === 'viterbi' ? undefined : this.kind;
  }

  /** The reading that a link says. Members that are not there are passed over. */
  restore(code: string): void {
    const tokens = this.host.view()?.tokens;
    this.kind = code === 'probable' || code === 'scored' ? code : code.startsWith('drawn-') ? 'drawn' : 'viterbi';
    if (this.kind === 'drawn') this.draw = Number(code.slice(6));
    this.follow(
      this.kind === 'viterbi'
        ? code
            .split(',')
            .map(Number)
            .filter((slot) => tokens?.[slot])
        : [],
    );
  }

  private besides(slot: Slot): Slot[] {
    const view = this.host.view();
    const column = view?.tokens[slot]?.column;
    return this.wish.filter((other) => view?.tokens[other]?.column !== column);
  }

  private say(): void {
    this.host.say(readingSaid(readingName(this.reading), readingText(this.reading)));
  }
}
