// SHA-256 (FIPS 180-4) that goes on as bytes arrive: crypto.subtle wants all of them at once, and pages that are served
// without TLS have none.

/** The first 64 primes' fractional parts: of cube roots the round constants, of the first 8 square roots the start. */
const CONSTANTS = new Int32Array(64);
const START = new Int32Array(8);
for (let prime = 2, at = 0; at < 64; prime += 1) {
  if (Array.from({ length: prime - 2 }, (_, i) => i + 2).some((divisor) => prime % divisor === 0)) continue;
  if (at < 8) START[at] = (prime ** 0.5 % 1) * 2 ** 32;
  CONSTANTS[at++] = (prime ** (1 / 3) % 1) * 2 ** 32;
}
const BLOCK = 64;

export class Sha256 {
  private readonly state = START.slice();
  private readonly words = new Int32Array(64);
  private readonly block = new Uint8Array(BLOCK);
  private filled = 0;
  private length = 0;

  update(bytes: Uint8Array): this {
    this.length += bytes.length;
    let at = 0;
    if (this.filled > 0) {
      at = Math.min(BLOCK - this.filled, bytes.length);
      this.block.set(bytes.subarray(0, at), this.filled);
      this.filled += at;
      if (this.filled < BLOCK) return this;
      this.take(this.block, 0);
      this.filled = 0;
    }
    for (; at + BLOCK <= bytes.length; at += BLOCK) this.take(bytes, at);
    this.block.set(bytes.subarray(at));
    this.filled = bytes.length - at;
    return this;
  }

  digest(): Uint8Array {
    const bits = 8 * this.length;
    const rest = new Uint8Array(this.filled < 56 ? BLOCK - this.filled : 2 * BLOCK - this.filled);
    rest[0] = 0x80;
    const end = new DataView(rest.buffer);
    end.setUint32(rest.length - 8, bits / 2 ** 32);
    end.setUint32(rest.length - 4, bits);
    this.update(rest);
    const digest = new DataView(new ArrayBuffer(32));
    for (const [i, word] of this.state.entries()) digest.setUint32(4 * i, word);
    return new Uint8Array(digest.buffer);
  }

  private take(bytes: Uint8Array, from: number): void {
    const { words: w, state } = this;
    for (let i = 0, at = from; i < 16; i += 1, at += 4)
      w[i] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
    for (let i = 16; i < 64; i += 1) {
      const x = w[i - 15]!;
      const y = w[i - 2]!;
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[i] = w[i - 16]! + s0 + w[i - 7]! + s1;
    }
    // One by one: to take a typed array apart asks its iterator, for every block of a gigabyte.
    let a = state[0]!;
    let b = state[1]!;
    let c = state[2]!;
    let d = state[3]!;
    let e = state[4]!;
    let f = state[5]!;
    let g = state[6]!;
    let h = state[7]!;
    for (let i = 0; i < 64; i += 1) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const one = (h + s1 + ((e & f) ^ (~e & g)) + CONSTANTS[i]! + w[i]!) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + one) | 0;
      d = c;
      c = b;
      b = a;
      a = (one + two) | 0;
    }
    state[0]! += a;
    state[1]! += b;
    state[2]! += c;
    state[3]! += d;
    state[4]! += e;
    state[5]! += f;
    state[6]! += g;
    state[7]! += h;
  }
}

export function sha256(bytes: Uint8Array): Uint8Array {
  return new Sha256().update(bytes).digest();
}
