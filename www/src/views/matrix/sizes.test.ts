import { expect, test } from 'vitest';
import { gridSizes } from './sizes';

const CH = 7.8;
const EM = 13;

test('a whole matrix fits into its room with its names, the last column too', () => {
  for (const width of [320, 640, 1088, 1900]) {
    for (let slots = 1; slots <= 160; slots += 1) {
      const { zoom, cell, names } = gridSizes(width, slots, CH, EM, null);
      if (zoom === 'whole') expect(names + cell * slots, `${slots} in ${width}`).toBeLessThanOrEqual(width);
    }
  }
});

test('there are names however many tokens, as many as can be read', () => {
  for (const slots of [4, 48, 71, 120, 190, 400]) {
    for (const zoom of ['whole', 'large'] as const) {
      const { cell, names, letters, every } = gridSizes(1088, slots, CH, EM, zoom);
      expect(names).toBeGreaterThan(0);
      expect(letters).toBeGreaterThan(10);
      expect(every * cell).toBeGreaterThanOrEqual(letters);
    }
  }
  expect(gridSizes(1088, 48, CH, EM, null).every).toBe(1);
});
