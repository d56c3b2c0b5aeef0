import { describe, expect, it } from 'vitest';
import { surplus } from './bounds';

const BOUNDS = { runs: 3, bytes: 100, run: 100 };
const run = (key: string, begun: number, bytes = 10) => ({ key, begun, bytes });

describe('what has to go', () => {
  it('is nothing while there is room', () => {
    expect(surplus([run('a', 1), run('b', 2), run('c', 3)], 'c', BOUNDS)).toEqual([]);
  });
  it('is the oldest, whatever their order, until count and bytes fit', () => {
    expect(surplus([run('c', 3), run('a', 1), run('d', 4), run('b', 2)], 'd', BOUNDS)).toEqual(['a']);
    expect(surplus([run('a', 1, 60), run('b', 2, 30), run('c', 3, 50)], 'c', BOUNDS)).toEqual(['a']);
    expect(surplus([run('a', 1, 30), run('b', 2, 80), run('c', 3, 50)], 'c', BOUNDS)).toEqual(['a', 'b']);
  });
  it('is never the run that is being written', () => {
    expect(surplus([run('old', 1, 200), run('b', 2, 1)], 'old', BOUNDS)).toEqual(['b']);
  });
});
