// Random numbers that are the same everywhere: SplitMix64 (LAB.md L2).

const MASK = (1n << 64n) - 1n;

/** A stream of numbers in [0, 1), multiples of 2^-53, that follows from its seed alone. */
export function splitMix64(seed: number): () => number {
  let state = BigInt(seed);
  return () => {
    state = (state + 0x9e37_79b9_7f4a_7c15n) & MASK;
    let z = state;
    z = ((z ^ (z >> 30n)) * 0xbf58_476d_1ce4_e5b9n) & MASK;
    z = ((z ^ (z >> 27n)) * 0x94d0_49bb_1331_11ebn) & MASK;
    z ^= z >> 31n;
    return Number(z >> 11n) / 2 ** 53;
  };
}
