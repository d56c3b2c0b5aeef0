// Hashes of a file while it streams past: one per piece by the browser's own sha-256, and one of the whole by a
// streaming one, because crypto.subtle cannot continue a hash.

import { Sha256, sha256 } from './sha256';
import type { Bytes } from './store';

export const PIECE_BYTES = 4 * 1024 * 1024;

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export async function hashPiece(bytes: Bytes): Promise<string> {
  // Pages that are served without TLS have no crypto.subtle.
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined;
  return hex(subtle ? new Uint8Array(await subtle.digest('SHA-256', bytes)) : sha256(bytes));
}

export class FileHasher {
  /** Of the whole pieces so far, and after finish() of the last one too. */
  readonly hashes: string[] = [];
  private readonly buffer: Bytes;
  private filled = 0;
  private readonly whole: Sha256 | null;

  constructor(
    readonly piece: number,
    whole: boolean,
  ) {
    this.buffer = new Uint8Array(piece);
    this.whole = whole ? new Sha256() : null;
  }

  /** True when a piece became full. */
  async update(bytes: Bytes): Promise<boolean> {
    this.whole?.update(bytes);
    const before = this.hashes.length;
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + this.piece - this.filled);
      this.buffer.set(part, this.filled);
      this.filled += part.length;
      at += part.length;
      if (this.filled === this.piece) await this.closePiece();
    }
    return this.hashes.length > before;
  }

  /** The hash of the whole file, when it was asked for. */
  async finish(): Promise<string | null> {
    if (this.filled > 0) await this.closePiece();
    return this.whole ? hex(this.whole.digest()) : null;
  }

  private async closePiece(): Promise<void> {
    this.hashes.push(await hashPiece(this.buffer.subarray(0, this.filled)));
    this.filled = 0;
  }
}
