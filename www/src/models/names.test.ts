import { describe, expect, it } from 'vitest';
import { ggufAt, ggufName, idOf, isFileName, isGguf, keyOf, titleOf } from './names';
import type { ModelSource } from './source';

describe('file names and keys', () => {
  it('lets no name out of its folder', () => {
    for (const name of ['config.json', 'model-00001-of-00002.safetensors']) expect(isFileName(name)).toBe(true);
    for (const name of ['', '.', '..', '../a', 'a/b', 'a\\b', '_record-0.json', '.git', 'a..b', 'a b', 'a\0']) {
      expect(isFileName(name), name).toBe(false);
    }
  });

  it('makes a file name of any name', () => {
    for (const name of [
      'my model (1).gguf',
      '../../x.gguf',
      '.gguf',
      '...gguf',
      'a..b.gguf',
      `${'é'.repeat(300)}.gguf`,
    ]) {
      expect(isFileName(ggufName(name)), name).toBe(true);
      expect(isGguf(ggufName(name)), name).toBe(true);
    }
    expect(ggufAt('https://a.example/m/my%20model.gguf?x=y.z')).toBe('my-model.gguf');
    expect(ggufAt('https://a.example/m/%zz.gguf')).toBe('zz.gguf');
    expect(ggufAt('https://a.example/x.gguf/')).toBeNull();
  });

  const sources: Exclude<ModelSource, { kind: 'stored' }>[] = [
    { kind: 'embedded', id: 'storyteller' },
    { kind: 'hub', repo: 'Owner/Name', revision: 'main' },
    { kind: 'hub', repo: 'Owner/Name', revision: 'v2' },
    { kind: 'hub', repo: 'owner/name', revision: 'main' },
    { kind: 'url', base: 'https://a.example/m/' },
    { kind: 'url', base: `https://a.example/${'long/'.repeat(100)}` },
    { kind: 'url', base: 'https://a.example/m/x.gguf' },
    { kind: 'hub', repo: 'owner/name', revision: 'main', file: 'x.gguf' },
    { kind: 'hub', repo: 'owner/name', revision: 'main', quantisation: 'Q8_0' },
    { kind: 'files', files: [new File(['a'], 'config.json', { lastModified: 1 })] },
    { kind: 'files', files: [new File(['a'], 'config.json', { lastModified: 2 })] },
  ];

  it('gives every source a folder name of its own', () => {
    const keys = sources.map(keyOf);
    expect(new Set(keys.map((key) => key.toLowerCase())).size).toBe(keys.length);
    for (const key of keys) expect(key).toMatch(/^[a-z]+-[A-Za-z0-9-]+$/);
    expect(keyOf(sources[0]!)).toBe(keyOf({ kind: 'embedded', id: 'storyteller' }));
  });

  it('has words for every source', () => {
    expect(titleOf(sources[1]!)).toBe('Owner/Name');
    expect(titleOf(sources[2]!)).toBe('Owner/Name@v2');
    expect(titleOf(sources[7]!)).toBe('owner/name/x.gguf');
    expect(titleOf(sources[8]!)).toBe('owner/name:Q8_0');
    expect(titleOf(sources[9]!)).toBe('local files');
    expect(titleOf({ kind: 'files', files: [new File(['a'], 'x y.gguf')] })).toBe('x y.gguf');
    expect(titleOf({ kind: 'url', base: 'https://a.example/m/x.gguf?key=1' })).toBe('https://a.example/m/x.gguf');
    expect(idOf({ kind: 'url', base: 'https://a.example/x/smol/' }, '')).toBe('smol');
    expect(idOf({ kind: 'url', base: 'https://a.example/' }, '')).toBe('a.example');
    expect(idOf({ kind: 'url', base: 'https://a.example/m/x.gguf?key=1' }, '')).toBe('x');
    expect(idOf({ kind: 'hub', repo: 'owner/name', revision: 'main', file: 'Q8_0/x.gguf' }, '')).toBe('x');
    expect(idOf({ kind: 'hub', repo: 'owner/name', revision: 'main', quantisation: 'Q8_0' }, '')).toBe(
      'owner/name:Q8_0',
    );
    expect(idOf({ kind: 'files', names: ['x.gguf'] }, 'x.gguf')).toBe('x');
  });
});
