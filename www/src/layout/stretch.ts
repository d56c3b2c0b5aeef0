// Of a long row of things only those in and around the box that shows it are drawn: a run of 500 steps costs what one of
// 50 does.

/** From here to there, in px of the content. */
export type Stretch = readonly [from: number, to: number];

export const WHOLE: Stretch = [-Infinity, Infinity];

/** The least width that is taken for a box, so that one which has not been measured draws something. */
const LEAST_BOX = 400;
/** Content of up to so many boxes is drawn as a whole. */
const FEW = 3;
/** A stretch moves by such parts of a box. */
const PARTS = 2;

/** Which part of the content the scroll position is in, counted in halves of a box. */
export function boxPartAt(place: number, box: number): number {
  return Math.floor((PARTS * place) / Math.max(LEAST_BOX, box));
}

/** What is in sight from there, and half a box on either side; it changes twice in a box of scrolling. */
export function stretchAround(at: number, box: number, content: number): Stretch {
  const size = Math.max(LEAST_BOX, box);
  const part = size / PARTS;
  return content <= FEW * size ? WHOLE : [(at - 1) * part, (at + PARTS + 2) * part];
}

interface Placed {
  x: number;
  width: number;
}

/** Indexes from .. to (not included) of the things that reach into the stretch. They stand in order, side by side. */
export function within(things: readonly Placed[], [left, right]: Stretch): [from: number, to: number] {
  const first = (passes: (thing: Placed) => boolean): number => {
    let [low, high] = [0, things.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (passes(things[middle]!)) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  const from = first((thing) => thing.x + thing.width > left);
  return [
    from,
    Math.max(
      from,
      first((thing) => thing.x >= right),
    ),
  ];
}

/** The things of a stretch, and those at the places in `always` wherever they stand: what has the focus, what is pinned. */
export function drawn<T extends Placed>(things: readonly T[], stretch: Stretch, always: readonly number[]): T[] {
  const [from, to] = within(things, stretch);
  const kept = [...new Set(always)].filter((at) => at in things && (at < from || at >= to)).sort((a, b) => a - b);
  if (kept.length === 0) return things.slice(from, to);
  const pick = (side: (at: number) => boolean): T[] => kept.filter(side).map((at) => things[at]!);
  return [...pick((at) => at < from), ...things.slice(from, to), ...pick((at) => at >= to)];
}
