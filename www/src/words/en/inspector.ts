// The words of the inspector: why a token is here, what became of it, its numbers.

/** A threshold that nothing can reach. */
export function aboveEverything(threshold: string): string {
  return `${threshold} (above everything)`;
}
export function fallback(name: string, probability: string, threshold: string): string {
  return `No token reached ${threshold}, so the most probable one was kept: ${name} with ${probability}.`;
}
/** Number `rank` of the `size` that were taken; `cut` more were above the threshold too. */
export function chosen(
  name: string,
  probability: string,
  threshold: string,
  rank: number,
  size: number,
  cut: number,
): string {
  const place = size === 1 ? 'it is the only one above' : `it is number ${rank} of ${size} above`;
  const more = cut > 0 ? `, ${cut} more were cut by a limit` : '';
  return `${name} has ${probability}, the threshold is ${threshold}: ${place}${more}.`;
}
