import { expect, test } from 'vitest';
import { PRESET_LINES, PRESET_REASONS } from './presets';

/** What only somebody who knows the field understands. */
const TERMS = /\b(KL|nats|AUC|posterior|attention|mask\w*|evict\w*|weighting|kin|logarithm)\b/;

test.each(Object.entries(PRESET_LINES))('the line of %s has plain words and no figures', (_id, line) => {
  expect(line).not.toMatch(TERMS);
  expect(line).not.toMatch(/\d/);
});

test.each(Object.entries(PRESET_REASONS))(
  '%s says plainly what one gets, and only then what was measured',
  (_id, text) => {
    expect(text).not.toMatch(TERMS);
    const [what] = text.split(' Measured: ');
    expect(what).not.toMatch(/\d\.\d/);
  },
);
