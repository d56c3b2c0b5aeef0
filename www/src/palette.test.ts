import { describe, expect, test } from 'vitest';
import { CIVIDIS, PALETTES, cividis, contrast, distance, inkOn, simulate, type Deficiency, type Look } from './palette';

const LOOKS: Look[] = ['light', 'dark', 'projector'];
const ROLES = ['prompt', 'single', 'sibling', 'attention'] as const;
const EYES: (Deficiency | null)[] = [null, 'protan', 'deutan', 'tritan'];

describe('contrast', () => {
  test('the known ends', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 10);
    expect(contrast('#767676', '#FFFFFF')).toBeCloseTo(4.54, 2);
    expect(contrast('#123456', '#123456')).toBe(1);
  });
  test('a colour of another form is refused', () => expect(() => contrast('#fff', 'red')).toThrow(RangeError));

  /** The figures of DESIGN.md §1.4, by role. */
  const figures: Record<Look, readonly number[]> = {
    light: [9.56, 5.19, 4.72, 4.84],
    dark: [11.19, 7.86, 8.06, 5.06],
    projector: [15.24, 6.78, 6.86, 6.44],
  };
  test.each(LOOKS)('%s: every role on its ground is as designed', (look) => {
    const palette = PALETTES[look];
    const found = ROLES.map((role) => Number(contrast(palette[role], palette.ground).toFixed(2)));
    expect(found).toEqual(figures[look]);
  });
  test.each(LOOKS)('%s: text is AA on the ground and on every fill', (look) => {
    const palette = PALETTES[look];
    for (const role of [...ROLES, 'removed', 'ink', 'focus'] as const) {
      expect([role, contrast(palette[role], palette.ground) >= 4.5]).toEqual([role, true]);
    }
    for (const role of ROLES) expect([role, contrast(palette.onFill, palette[role]) >= 4.5]).toEqual([role, true]);
  });
});

describe('distance', () => {
  test('black to white is 100, a colour to itself 0', () => {
    expect(distance('#000000', '#ffffff')).toBeCloseTo(100, 3);
    expect(distance('#0072b2', '#0072b2')).toBe(0);
  });

  /** The least distances of DESIGN.md §1.4: normal, protan, deutan, tritan. */
  const figures: Record<Look, readonly number[]> = {
    light: [17.1, 8, 9.2, 8.1],
    dark: [14.6, 10.3, 11.5, 12.9],
    projector: [16.7, 11.2, 8, 9.9],
  };
  test.each(LOOKS)('%s: roles stay apart for every eye as designed', (look) => {
    for (const [index, eye] of EYES.entries()) {
      const colours = ROLES.map((role) => (eye ? simulate(eye, PALETTES[look][role]) : PALETTES[look][role]));
      const pairs = colours.flatMap((a, first) => colours.slice(first + 1).map((b) => distance(a, b)));
      // The figures were made without rounding simulated colours to 8 bits.
      expect(Math.abs(Math.min(...pairs) - (figures[look][index] ?? NaN))).toBeLessThan(0.15);
    }
  });
});

describe('simulate', () => {
  test('greys stay grey', () => {
    for (const eye of ['protan', 'deutan', 'tritan'] as const) {
      expect(distance(simulate(eye, '#808080'), '#808080')).toBeLessThan(1);
    }
  });
  test('red and green come together for whom they should', () => {
    const apart = (eye: Deficiency): number => distance(simulate(eye, '#c04030'), simulate(eye, '#6a7a20'));
    expect(apart('deutan')).toBeLessThan(0.5 * distance('#c04030', '#6a7a20'));
    expect(apart('tritan')).toBeGreaterThan(apart('deutan'));
  });
});

describe('cividis', () => {
  test('is the published scale: its ends and its middle', () => {
    expect(CIVIDIS).toHaveLength(64);
    expect(CIVIDIS.every((hex) => /^#[0-9a-f]{6}$/.test(hex))).toBe(true);
    expect([CIVIDIS[0], CIVIDIS[21], CIVIDIS[63]]).toEqual(['#00224e', '#575d6d', '#fee838']);
  });
  test('rises in lightness all the way, for every eye', () => {
    for (const eye of EYES) {
      const light = CIVIDIS.map((hex) => contrast(eye ? simulate(eye, hex) : hex, '#000000'));
      for (const [index, value] of light.entries()) expect(value).toBeGreaterThan((light[index - 1] ?? 0) - 0.02);
      expect((light.at(-1) ?? 0) - (light[0] ?? 0)).toBeGreaterThan(10);
    }
  });
  test.each([
    [0, '#00224e'],
    [1, '#fee838'],
    [-3, '#00224e'],
    [7, '#fee838'],
    [NaN, '#00224e'],
    [0.5, CIVIDIS[32]],
  ])('at %d', (t, hex) => expect(cividis(t)).toBe(hex));
  test('text on it can be read everywhere', () => {
    for (const hex of CIVIDIS) expect(contrast(hex, inkOn(hex))).toBeGreaterThan(4.5);
  });
});
