// What the wasm imports gets short names, in the wasm and in its glue alike.

import { expect, it } from 'vitest';
import { shortNames } from '../../scripts/short-names.mjs';

const LONG = '__wbg_seven_0123456789abcdef';
const PLAIN = '__wbindgen_init_externref_table';

const text = (value: string): number[] => [value.length, ...new TextEncoder().encode(value)];
const section = (id: number, body: number[]): number[] => [id, body.length, ...body];
/** Imports a function of each name, of no argument and one i32; exports what the first of them says. */
function program(...names: string[]): Uint8Array<ArrayBuffer> {
  const imports = names.flatMap((name) => [...text('./glue.js'), ...text(name), 0, 0]);
  return new Uint8Array([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 0, 1, 0x7f]),
    ...section(2, [names.length, ...imports]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...text('say'), 0, names.length]),
    ...section(10, [1, 4, 0, 0x10, 0, 0x0b]),
  ]);
}
const namesOf = (wasm: Uint8Array): string[] =>
  WebAssembly.Module.imports(new WebAssembly.Module(new Uint8Array(wasm))).map(({ name }) => name);

it('renames in both files what has a hash in its name, and the program still runs', () => {
  const short = shortNames(program(LONG, PLAIN), `{ ${LONG}: () => 7, ${PLAIN}: () => 8 }`);
  expect(namesOf(short.wasm)).toEqual(['_0', PLAIN]);
  expect(short.glue).toBe(`{ _0: () => 7, ${PLAIN}: () => 8 }`);
  const imports = { './glue.js': { _0: () => 7, [PLAIN]: () => 8 } };
  const instance = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(short.wasm)), imports);
  expect((instance.exports['say'] as () => number)()).toBe(7);
});

it('leaves alone what is short already', () => {
  const once = shortNames(program(LONG, PLAIN), `{ ${LONG}, ${PLAIN} }`);
  const twice = shortNames(new Uint8Array(once.wasm), once.glue);
  expect(twice.glue).toBe(once.glue);
  expect(twice.wasm).toEqual(new Uint8Array(once.wasm));
});

it('refuses glue of another program', () => {
  expect(() => shortNames(program(LONG), `{ ${LONG}0 }`)).toThrow(`the glue does not have ${LONG}`);
});
