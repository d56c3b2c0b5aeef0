// The keys that lead from word to word of a reading: the line has one tab stop.

export function alongWords(event: KeyboardEvent, line: HTMLElement): void {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const words = [...line.querySelectorAll<HTMLElement>('.word')];
  const here = words.findIndex((word) => word === event.target);
  if (here < 0) return;
  let to: number;
  if (event.key === 'ArrowLeft') to = here - 1;
  else if (event.key === 'ArrowRight') to = here + 1;
  else if (event.key === 'Home') to = 0;
  else if (event.key === 'End') to = words.length - 1;
  else return;
  event.preventDefault();
  event.stopPropagation();
  words[to]?.focus();
}
