// Buttons of a group come and go with what is possible. One that goes while it has the focus hands it to a neighbour: the
// browser would leave it on the page, and the next key would do nothing. Switches are no neighbours of buttons.

/** Attachment for the group. */
export function keepInside(group: HTMLElement): () => void {
  let last: Element | null = null;
  const enter = (event: FocusEvent): void => {
    last = event.target instanceof Element ? event.target : null;
  };
  const leave = (event: FocusEvent): void => {
    // An element that is taken out leaves the focus to nobody; whoever goes elsewhere takes it along.
    if (event.relatedTarget !== null) last = null;
  };
  const observer = new MutationObserver(() => {
    if (!last || last.isConnected || document.activeElement !== document.body) return;
    last = null;
    group.querySelector<HTMLElement>('button:not(:disabled, [aria-disabled=true], [aria-pressed])')?.focus();
  });
  group.addEventListener('focusin', enter);
  group.addEventListener('focusout', leave);
  observer.observe(group, { childList: true, subtree: true });
  return () => {
    observer.disconnect();
    group.removeEventListener('focusin', enter);
    group.removeEventListener('focusout', leave);
  };
}
