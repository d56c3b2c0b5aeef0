// Puts a popover beside the button that opened it. A popover lives in the top layer, where nothing clips it,
// but it has to be told where it is; CSS anchors are not in every browser yet.

/** Attachment for an element with `popover`; its button names it in `popovertarget`. */
export function beside(element: HTMLElement): () => void {
  const place = (): void => {
    const button = document.querySelector(`[popovertarget="${CSS.escape(element.id)}"]`);
    if (button) placeBeside(element, button);
  };
  // What is inside may be fetched when it opens.
  const growth = new ResizeObserver(place);
  const toggled = (event: Event): void => {
    if (!(event instanceof ToggleEvent)) return;
    if (event.newState === 'open') growth.observe(element);
    else growth.disconnect();
  };
  element.addEventListener('toggle', toggled);
  return () => {
    element.removeEventListener('toggle', toggled);
    growth.disconnect();
  };
}

/** Below the button where there is room, else above it; never over the edge of the window. */
export function placeBeside(element: HTMLElement, button: Element): void {
  const from = button.getBoundingClientRect();
  const edge = 8;
  const own = element.getBoundingClientRect();
  const left = Math.min(from.left, document.documentElement.clientWidth - own.width - edge);
  const below = from.bottom + 4;
  const fits = below + own.height + edge <= document.documentElement.clientHeight;
  element.style.inset = 'auto';
  element.style.left = `${Math.max(edge, left)}px`;
  element.style.top = `${fits ? below : Math.max(edge, from.top - own.height - 4)}px`;
}
