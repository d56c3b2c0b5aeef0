import { describe, expect, it } from 'vitest';
import { sortFiles } from './files';

const files = (...names: string[]) => names.map((name) => new File(['x'], name));

describe('dropped files', () => {
  it('are a trace, a model, or unknown', () => {
    expect(sortFiles(files('run.jsonl')).kind).toBe('trace');
    expect(sortFiles(files('RUN.NDJSON')).kind).toBe('trace');
    expect(sortFiles(files('config.json', 'tokenizer.json', 'model.safetensors')).kind).toBe('model');
    expect(sortFiles(files('model-00001-of-00002.safetensors')).kind).toBe('model');
    expect(sortFiles(files('Model-Q4_K_M.gguf')).kind).toBe('model');
    expect(sortFiles(files('a.jsonl', 'b.jsonl')).kind).toBe('unknown');
    expect(sortFiles(files('photo.png')).kind).toBe('unknown');
    expect(sortFiles([]).kind).toBe('unknown');
  });
});
