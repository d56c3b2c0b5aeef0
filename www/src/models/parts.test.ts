import { describe, expect, it } from 'vitest';
import { list, namedFiles } from './listing';
import { idOf, titleOf, withoutPart } from './names';
import { FakeServer } from './testing';
import type { OriginSource } from './source';

const PARTS = ['m-00001-of-00003.gguf', 'm-00002-of-00003.gguf', 'm-00003-of-00003.gguf'];
const never = new AbortController().signal;
const listed = async (server: FakeServer, source: OriginSource) =>
  (await list(server, source, null, async () => '', never)).weights.map(({ name }) => name);

describe('a model in several GGUF files', () => {
  it('is called without the number of a part', () => {
    expect(['a/m-00002-of-00003.gguf', 'm.GGUF', 'm'].map(withoutPart)).toEqual(['a/m', 'm', 'm']);
  });

  it('is chosen with all its files, and the missing one is named', async () => {
    const files = PARTS.map((name) => new File([name], name));
    const source: OriginSource = { kind: 'files', files: [files[2]!, files[0]!, files[1]!] };
    expect([...namedFiles(new FakeServer(), source.files).keys()]).toEqual(PARTS);
    expect(await listed(new FakeServer(), source)).toEqual(PARTS);
    expect(titleOf(source)).toBe('m.gguf');
    expect(idOf({ kind: 'files', names: PARTS }, titleOf(source))).toBe('m');
    expect(() => namedFiles(new FakeServer(), [files[0]!, files[2]!])).toThrow(
      'm-00002-of-00003.gguf is not among the chosen files',
    );
    expect(() => namedFiles(new FakeServer(), [...files, new File([''], 'z.gguf')])).toThrow('are two models');
  });

  it('comes from the address of one of them', async () => {
    const server = new FakeServer();
    for (const name of PARTS) server.put(`https://far.example/m/${name}`, new Uint8Array(8));
    const base = `https://far.example/m/${PARTS[1]}?token=1`;
    for (const name of PARTS) server.put(`https://far.example/m/${name}?token=1`, new Uint8Array(8));
    expect(await listed(server, { kind: 'url', base })).toEqual(PARTS);
  });
});
