// What a step left out, in the lattice under the dashed rule.

const WHY = { below: '', cut: ', over the threshold, left out by another limit', ended: ', end of text' } as const;

export const GHOSTS = {
  below: (threshold: string): string => `below ${threshold}`,
  more: (n: number): string => `${n} more`,
  /** Beside the number. */
  sign: { below: '', cut: ' cut', ended: ' end' },
  said: (name: string, share: string, why: keyof typeof WHY): string => `${name} ${share}${WHY[why]}`,
  label: (said: readonly string[], more: number): string =>
    `Left out: ${said.join('; ')}${more > 0 ? `; and ${more} more on record` : ''}`,
} as const;
