// Whether things may move: the visitor's setting first, then the system's. And how much room there is.

/** True when nothing may be tweened; what changed is outlined for a moment instead. */
export function still(): boolean {
  const chosen = document.documentElement.dataset.motion;
  if (chosen === 'off' || chosen === 'reduced') return true;
  if (chosen === 'full') return false;
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}

/** Whether the window is a phone's. */
export function narrow(): boolean {
  return typeof matchMedia === 'function' && matchMedia('(max-width: 699px)').matches;
}

/** How long the outline of a changed cell stays, in milliseconds. */
export const OUTLINE_MS = 2000;

/** How long a new set takes to land (`--motion-land`), in milliseconds. */
export const LAND_MS = 150;
