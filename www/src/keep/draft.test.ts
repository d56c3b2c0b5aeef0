import { describe, expect, it } from 'vitest';
import { DEFAULTS } from '../contract';
import { readDraft, writeDraft, type Draft } from './draft';

const EMPTY: Draft = { prompt: null, options: null, opened: null };

describe('prompt, options and what was open', () => {
  it.each<Draft>([
    EMPTY,
    { prompt: '', options: { ...DEFAULTS }, opened: null },
    { prompt: 'Zwölf “Bären”\n🐻', options: { ...DEFAULTS, max_set: 3, removal: 'mask', capacity: 64 }, opened: null },
    { prompt: null, options: null, opened: { key: 'k-1', step: -1 } },
    { prompt: 'a', options: null, opened: { file: 'wide.jsonl', step: null } },
  ])('come back as they were: %#', (draft) => {
    expect(readDraft(writeDraft(draft))).toEqual(draft);
  });

  it('follow the defaults of a later page where they were never touched', () => {
    expect(writeDraft({ ...EMPTY, options: { ...DEFAULTS, max_set: 3 } })).not.toContain('temperature');
  });

  it.each([null, '', 'null', '[]', '{', '{"prompt":"old, without a version"}', '{"version":9,"prompt":"new"}'])(
    'are nothing where %j lies there',
    (stored) => {
      expect(readDraft(stored)).toEqual(EMPTY);
    },
  );

  it('are taken part by part where some of it is hostile', () => {
    const stored = {
      version: 1,
      prompt: 'x'.repeat(10_001),
      options: { max_set: 'many', temperature: 0.5, __proto__: null, constructor: 1 },
      opened: { key: 'k', step: 1.5 },
    };
    expect(readDraft(JSON.stringify(stored))).toEqual({
      prompt: null,
      options: { ...DEFAULTS, temperature: 0.5 },
      opened: null,
    });
  });
});
