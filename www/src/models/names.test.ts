import { describe, expect, it } from 'vitest';
import { checkBase, idOf, isFileName, keyOf, parseRepo, titleOf } from './names';
import type { ModelSource } from './source';

describe('the name of a repository', () => {
  it.each([
    ['HuggingFaceTB/SmolLM2-135M-Instruct', 'HuggingFaceTB/SmolLM2-135M-Instruct', 'main'],
    [' owner/name.v1@refs/pr/3 ', 'owner/name.v1', 'refs/pr/3'],
    ['https://huggingface.co/owner/name', 'owner/name', 'main'],
    ['https://huggingface.co/owner/name/tree/v2?x=1#y', 'owner/name', 'v2'],
    ['https://huggingface.co/owner/name/blob/main/config.json', 'owner/name', 'main'],
    ['hf.co/owner/name/', 'owner/name', 'main'],
  ])('%s', (text, repo, revision) => {
    expect(parseRepo(text)).toEqual({ repo, revision });
  });

  it.each([
    '',
    'name',
    'a/b/c',
    '../etc',
    'owner/..',
    'owner/na me',
    'owner/name@',
    'owner/name@../main',
    'owner/name@a//b',
    'owner/<b>',
    'https://evil.example/owner/name',
    'https://huggingface.co.evil.example/owner/name',
    'owner/name@main?x',
    `${'a'.repeat(200)}/b`,
    'spaces/owner/name',
  ])('refuses %j', (text) => {
    expect(() => parseRepo(text)).toThrow(expect.objectContaining({ code: 'address' }) as Error);
  });
});

describe('the address of a folder', () => {
  const page = 'https://page.example/app/';
  it.each([
    ['https://a.example/m', 'https://a.example/m/'],
    ['https://a.example/m/?x=1#y', 'https://a.example/m/'],
    ['https://a.example/m/config.json', 'https://a.example/m/'],
    ['http://localhost:8000/m/model.safetensors', 'http://localhost:8000/m/'],
    ['./models/other', 'https://page.example/app/models/other/'],
  ])('%s', (base, expected) => expect(checkBase(base, page)).toBe(expected));

  it.each(['javascript:alert(1)', 'data:text/plain,x', 'file:///etc', 'https://user:secret@a.example/', 'http://'])(
    'refuses %s',
    (base) => expect(() => checkBase(base, page)).toThrow(expect.objectContaining({ code: 'address' }) as Error),
  );
});

describe('file names and keys', () => {
  it('lets no name out of its folder', () => {
    for (const name of ['config.json', 'model-00001-of-00002.safetensors']) expect(isFileName(name)).toBe(true);
    for (const name of ['', '.', '..', '../a', 'a/b', 'a\\b', '_record-0.json', '.git', 'a..b', 'a b', 'a\0']) {
      expect(isFileName(name), name).toBe(false);
    }
  });

  const sources: Exclude<ModelSource, { kind: 'stored' }>[] = [
    { kind: 'embedded', id: 'storyteller' },
    { kind: 'hub', repo: 'Owner/Name', revision: 'main' },
    { kind: 'hub', repo: 'Owner/Name', revision: 'v2' },
    { kind: 'hub', repo: 'owner/name', revision: 'main' },
    { kind: 'url', base: 'https://a.example/m/' },
    { kind: 'url', base: `https://a.example/${'long/'.repeat(100)}` },
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
    expect(titleOf(sources[6]!)).toBe('local files');
    expect(idOf({ kind: 'url', base: 'https://a.example/x/smol/' }, '')).toBe('smol');
    expect(idOf({ kind: 'url', base: 'https://a.example/' }, '')).toBe('a.example');
  });
});
