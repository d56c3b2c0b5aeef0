// What stands around the description of the trace format, which is in trace-format.ts.

export const words = {
  /** Of a key that is not in every trace; empty for the others. */
  about: (since: number | undefined, optional: boolean) => {
    const parts = [since ? `from version ${since} on` : '', optional ? 'may be missing' : ''].filter(Boolean);
    return parts.length === 0 ? '' : `(${parts.join(', ')})`;
  },
  versions: 'Versions',
  inPython: 'In Python',
  example: 'Example in Python',
  asCsv: 'As CSV',
};
