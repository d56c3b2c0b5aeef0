// A box that scrolls sideways fades out where there is more of it: `data-more` says on which sides.

/** Attachment; the style is the element's own business. */
export function edges(element: HTMLElement): () => void {
  let frame = 0;
  const look = (): void => {
    frame = 0;
    const left = element.scrollLeft > 4;
    const right = element.scrollWidth - element.clientWidth - element.scrollLeft > 4;
    const more = left && right ? 'both' : left ? 'left' : right ? 'right' : 'none';
    if (element.dataset.more !== more) element.dataset.more = more;
  };
  // Sizes are read once per frame: a scrub changes the content many times.
  const schedule = (): void => {
    frame ||= requestAnimationFrame(look);
  };
  const watcher = new ResizeObserver(schedule);
  watcher.observe(element);
  if (element.firstElementChild) watcher.observe(element.firstElementChild);
  element.addEventListener('scroll', schedule, { passive: true });
  return () => {
    watcher.disconnect();
    element.removeEventListener('scroll', schedule);
    cancelAnimationFrame(frame);
  };
}
