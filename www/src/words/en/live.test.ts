import { describe, expect, it } from 'vitest';
import { consentWords, runningWords } from './live';

describe('the words of the live engine', () => {
  it('promise no graphics device where the browser offers none', () => {
    expect(consentWords('6.7 MB', true, true)).toMatch(/graphics device.*6\.7 MB, once.*It is kept/);
    expect(consentWords('6.7 MB', false, true)).not.toMatch(/graphics/);
  });

  it('promise nothing kept over http', () => {
    const words = consentWords('6.7 MB', false, false);
    expect(words).toMatch(/came over http, so it is not kept/);
    expect(words).not.toMatch(/once|remove/);
  });

  it('know no step before the first', () => {
    expect(runningWords(-1)).toBe('Running, reading the prompt');
    expect(runningWords(0)).toBe('Running, step 0');
  });
});
