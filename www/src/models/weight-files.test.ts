import { expect, it } from 'vitest';
import cases from '../../../crates/tempo-model/src/weight_files.json';
import { isShard, weightFiles } from './weight-files';

it.each(cases.files)('finds the model among $names', ({ names, ...expected }) => {
  const found = weightFiles(names);
  const as = {
    single: () => ({ single: 'name' in found && found.name }),
    shards: () => ({ shards: true }),
    gguf: () => ({ gguf: 'names' in found && found.names }),
    none: () => ({ none: true }),
    several: () => ({ several: 'names' in found && found.names }),
    missing: () => ({ missing: 'name' in found && found.name }),
  };
  expect(as[found.kind]()).toEqual(expected);
});

it('knows what an index may name', () => {
  expect(cases.shards.named.filter(isShard)).toEqual(cases.shards.named);
  expect(cases.shards.refused.filter(isShard)).toEqual([]);
});
