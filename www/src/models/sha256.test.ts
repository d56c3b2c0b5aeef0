import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { random } from '../testing';
import { hex } from './hashes';
import { Sha256, sha256 } from './sha256';

const expected = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const next = random(3);
const noise = (length: number): Uint8Array => Uint8Array.from({ length }, () => Math.floor(256 * next()));

test('the examples of the standard', () => {
  const hash = (text: string): string => hex(sha256(new TextEncoder().encode(text)));
  expect(hash('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  expect(hash('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

test('every length around the ends of blocks', () => {
  for (let length = 0; length <= 200; length += 1) {
    const bytes = noise(length);
    expect(hex(sha256(bytes))).toBe(expected(bytes));
  }
});

test('however the bytes are cut', () => {
  for (let round = 0; round < 60; round += 1) {
    const bytes = noise(Math.floor(3000 * next()));
    const hash = new Sha256();
    for (let at = 0; at < bytes.length;) {
      const to = at + Math.floor(200 * next());
      hash.update(bytes.subarray(at, to));
      at = to;
    }
    expect(hex(hash.digest())).toBe(expected(bytes));
  }
});
