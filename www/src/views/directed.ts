// Text that runs the way its first letters do. Written as an attribute in a component it would be written again with every
// change of the text inside, and all of that be styled anew; browsers follow the text by themselves.

/** Attachment. */
export function directed(element: HTMLElement): void {
  element.dir = 'auto';
}
