export function renameImports(wasm: Uint8Array, rename: (name: string) => string): Uint8Array;
export function shortNames(wasm: Uint8Array<ArrayBuffer>, glue: string): { wasm: Uint8Array; glue: string };
