// Structural sharing: what looks as it did before is the same object as before, so that a view has nothing to do for it.
// A scrub by one step changes a few cells of several hundred.

/** Whether two plain objects have the same fields with the same values; one level deep. */
function alike(a: object, b: object): boolean {
  const [one, two] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const keys = Object.keys(one);
  return keys.length === Object.keys(two).length && keys.every((key) => Object.is(one[key], two[key]));
}

/**
 * The new list with everything replaced that equals what stood in its place before; the old list where nothing changed.
 * Fields that are lists themselves have to be shared first: `inner` gets the old and the new element.
 */
export function share<T extends object>(before: T[] | undefined, now: T[], inner?: (before: T, now: T) => T): T[] {
  if (!before) return now;
  const shared = now.map((each, i) => {
    const old = before[i];
    if (!old) return each;
    const next = inner ? inner(old, each) : each;
    return alike(old, next) ? old : next;
  });
  return shared.length === before.length && shared.every((each, i) => each === before[i]) ? before : shared;
}

/** The same for things that move to other places of their list: each is held against the one of the same key. */
export function shareKeyed<T extends object>(before: readonly T[], now: readonly T[], key: (thing: T) => unknown): T[] {
  const old = new Map(before.map((thing) => [key(thing), thing]));
  return now.map((thing) => {
    const same = old.get(key(thing));
    return same && alike(same, thing) ? same : thing;
  });
}

/** Things of a part. */
const PART = 24;

/** The list in parts of a fixed length, shared with those of before: of a long list, what has no change costs one look. */
export function shareParts<T extends object>(before: readonly T[][], now: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(now.length / PART) }, (_, i) =>
    share(before[i], now.slice(i * PART, (i + 1) * PART)),
  );
}
