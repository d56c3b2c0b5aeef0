// A maximised panel is the whole page: everything beside it becomes inert, so that neither Tab nor a screen
// reader wanders behind it. What speaks (live regions) and what asks for it (data-beside-maximised) stays.

const STAYS = '[aria-live],[data-beside-maximised]';

/** Silences an element, or what is in it around something that stays. */
function silence(element: Element, silenced: HTMLElement[]): void {
  if (!(element instanceof HTMLElement) || element.inert || element.matches(STAYS)) return;
  if (element.querySelector(STAYS)) {
    for (const child of element.children) silence(child, silenced);
    return;
  }
  element.inert = true;
  silenced.push(element);
}

/** Attachment: while `on`, the element is alone on the page. */
export function alone(on: boolean) {
  return (element: HTMLElement): (() => void) | void => {
    if (!on) return;
    const silenced: HTMLElement[] = [];
    for (let node: HTMLElement = element; node.parentElement; node = node.parentElement) {
      for (const other of node.parentElement.children) if (other !== node) silence(other, silenced);
      if (node.parentElement === document.body) break;
    }
    return () => {
      for (const other of silenced) other.inert = false;
    };
  };
}
