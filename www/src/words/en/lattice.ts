// What stands in the lattice and under it: the marks of removed members, and how to read the whole.

/** On the edge of a member that was removed. */
export function goneAt(step: number): string {
  return `gone at ${step}`;
}

/** Judged too weak where verdicts are only reported. */
export function weakAt(step: number): string {
  return `weak at ${step}`;
}

export const LEGEND = {
  label: 'How to read the lattice',
  single: 'one likely word',
  several: 'several at the same place',
  removed: 'dropped, because what came next did not fit it',
  sample: goneAt(15),
  reading: 'one way to read it',
  percent: 'Percent: how likely the word was at its place. The number above is the place in the text.',
} as const;
