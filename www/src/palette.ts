// The three palettes of the page as data, the scale for probabilities, and the sums that check them.

export type Look = 'light' | 'dark' | 'projector';

export interface Palette {
  ground: string;
  ink: string;
  prompt: string;
  single: string;
  sibling: string;
  attention: string;
  /** Text of a removed token; hatch and strike say that it is removed. */
  removed: string;
  focus: string;
  /** Text on a filled token. */
  onFill: string;
}

export const PALETTES: Readonly<Record<Look, Readonly<Palette>>> = {
  light: {
    ground: '#ffffff',
    ink: '#14181f',
    prompt: '#3d4652',
    single: '#0072b2',
    sibling: '#b35c00',
    attention: '#d6246e',
    removed: '#5f6670',
    focus: '#000000',
    onFill: '#ffffff',
  },
  dark: {
    ground: '#12161c',
    ink: '#e8ecf1',
    prompt: '#c3ccd8',
    single: '#56b4e9',
    sibling: '#e69f00',
    attention: '#e0529c',
    removed: '#9ba3ae',
    focus: '#ffd400',
    onFill: '#000000',
  },
  projector: {
    ground: '#ffffff',
    ink: '#0b0e12',
    prompt: '#20262e',
    single: '#005f99',
    sibling: '#8a4a00',
    attention: '#b8105a',
    removed: '#0b0e12',
    focus: '#000000',
    onFill: '#ffffff',
  },
};

/** Cividis (Nunez, Anderton and Renslow 2018), 64 colours from dark blue to yellow, sampled from the published 256. */
export const CIVIDIS: readonly string[] = [
  '00224e 002554 00285b 002b63 002e6a 003070 063370 123670 1b386f 223b6e 283e6e 2d416d 32446d 37476c 3c496c 404c6c',
  '444f6c 48526c 4c556c 50576c 545a6d 575d6d 5b606e 5f636f 62666f 666870 696b71 6d6e72 707173 747475 777776 7a7a78',
  '7e7d78 828078 868379 898678 8d8978 918c78 958f77 999277 9d9576 a19875 a59c74 a99f73 ada272 b2a570 b6a96f baac6d',
  'beaf6b c2b369 c7b667 cbba64 cfbd62 d4c15f d8c45c ddc859 e1cc55 e5cf51 ead34d efd748 f3db42 f8df3c fde234 fee838',
]
  .flatMap((row) => row.split(' '))
  .map((hex) => `#${hex}`);

/** The colour of a value from 0 to 1; values outside get the nearest end, no number the lower one. */
export function cividis(t: number): string {
  const last = CIVIDIS.length - 1;
  const place = Number.isNaN(t) ? 0 : Math.min(1, Math.max(0, t));
  return CIVIDIS[Math.round(place * last)] ?? '';
}

/** Black or white, whichever is easier to read on this colour. */
export function inkOn(fill: string): '#000000' | '#ffffff' {
  return contrast(fill, '#000000') >= contrast(fill, '#ffffff') ? '#000000' : '#ffffff';
}

type Triple = readonly [number, number, number];

/** Linear light, 0 to 1. */
function linear(hex: string): Triple {
  if (!/^#[0-9a-f]{6}$/i.test(hex)) throw new RangeError(`not a colour of the form #rrggbb: ${hex}`);
  const channel = (from: number): number => {
    const value = Number.parseInt(hex.slice(from, from + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

function toHex(colour: Triple): string {
  const channel = (value: number): string => {
    const light = Math.min(1, Math.max(0, value));
    const code = light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055;
    return Math.round(255 * code)
      .toString(16)
      .padStart(2, '0');
  };
  return `#${colour.map(channel).join('')}`;
}

/** WCAG contrast of two colours, 1 to 21. */
export function contrast(a: string, b: string): number {
  const luminance = (hex: string): number => dot([0.2126, 0.7152, 0.0722], linear(hex));
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

export type Deficiency = 'protan' | 'deutan' | 'tritan';

/** Machado, Oliveira and Fernandes 2009, severity 1.0, in linear light. */
const MACHADO: Readonly<Record<Deficiency, readonly [Triple, Triple, Triple]>> = {
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** The colour as seen with a full deficiency. */
export function simulate(deficiency: Deficiency, hex: string): string {
  const [r, g, b] = MACHADO[deficiency];
  const light = linear(hex);
  return toHex([dot(r, light), dot(g, light), dot(b, light)]);
}

/** OKLab distance x 100: 2 is just to be told apart side by side, 8 at a glance. */
export function distance(a: string, b: string): number {
  const [p, q] = [oklab(a), oklab(b)];
  return 100 * Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
}

function oklab(hex: string): Triple {
  const light = linear(hex);
  const lms: Triple = [
    Math.cbrt(dot([0.4122214708, 0.5363325363, 0.0514459929], light)),
    Math.cbrt(dot([0.2119034982, 0.6806995451, 0.1073969566], light)),
    Math.cbrt(dot([0.0883024619, 0.2817188376, 0.6299787005], light)),
  ];
  return [
    dot([0.2104542553, 0.793617785, -0.0040720468], lms),
    dot([1.9779984951, -2.428592205, 0.4505937099], lms),
    dot([0.0259040371, 0.7827717662, -0.808675766], lms),
  ];
}

function dot(a: Triple, b: Triple): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
