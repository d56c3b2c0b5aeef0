// Words for what travels to others: a link, a link with the run inside, a file.

import { count } from '../../format';

export const SHARE = {
  title: 'Share this run',
  link: 'A link',
  copy: 'Copy the link',
  inside: 'A link with the run inside',
  copyInside: 'Copy the link with the run inside',
  wait: 'Looking whether the run fits into a link.',
  long: 'This run is too long for a link that chat programs and mail carry. Share the file instead.',
  file: 'A file',
  fileWhat: 'The whole run with all its numbers, to be dropped on this page anywhere.',
  save: 'Save the file',
  copied: '✓ Copied.',
  inAddress: 'The address bar holds the link; copy it from there.',
  saved: '✓ Saved.',
  tooLong: 'The prompt is too long for a link. Share the file instead.',
  never: 'What stands in a link reaches no server.',
} as const;

/** What whoever opens the short link will see. */
export function linkWhat(origin: string, model: string): string {
  const travels = `Prompt, options, step and pinned token travel, the run itself does not: whoever opens it computes it with ${model}`;
  return origin === 'file' ? `${travels}. The name of your file stays here.` : `${travels}, on their own device.`;
}

export function insideWhat(length: number, candidates: number | null): string {
  const size = `${count(length)} characters. It shows this run at once, without a model, with numbers rounded`;
  if (candidates === null) return `${size}.`;
  const left =
    candidates === 0 ? 'without the words that were not chosen' : `with the ${candidates} likeliest words a step`;
  return `${size} and ${left}, so that it fits.`;
}

/** Over the run that came inside a link. */
export const INSIDE_LINK = {
  title: 'This run came inside the link',
  what: 'It is shown as the link says it and was not recomputed here. Computing it shows whether it comes out the same.',
} as const;

/** What of the run is missing in the link that it came by. */
export function trimmed(most: number, asked: number): string {
  return most < asked
    ? `The link has ${most} of the ${asked} likeliest words a step, and rounded numbers.`
    : 'Its numbers are rounded.';
}
