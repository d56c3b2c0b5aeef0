import { describe, expect, test } from 'vitest';
import { random } from './testing';
import { joinPieces, joinText, visibleText } from './text';

describe('visibleText', () => {
  test.each([
    [' dog', '\u2423dog'],
    ['\n\n', '\u23ce\u23ce'],
    ['\ta', '\u21e5a'],
    ['\r', '\\x0d'],
    ['\u0000\u001b[31m', '\\x00\\x1b[31m'],
    ['\u007f', '\\x7f'],
    ['\u0085', '\\u0085'],
    ['\u00a0', '\\u00a0'],
    ['\u2028', '\\u2028'],
    ['\u3000', '\\u3000'],
    ['\ufeff', '\\ufeff'],
    ['\u200b', '\\u200b'],
    ['\u00ad', '\\u00ad'],
    ['abc\u202edef', 'abc\\u202edef'],
    ['\u2066', '\\u2066'],
    ['\ud83d', '\\ud83d'],
    ['\u{e0041}', '\\u{e0041}'],
    ['\\xc3', '\\xc3'],
    ['', ''],
    ['<b>&amp;"\'', '<b>&amp;"\''],
    ['\u00e9\u4e2d\u{1f600}', '\u00e9\u4e2d\u{1f600}'],
  ])('%j becomes %j', (text, visible) => expect(visibleText(text)).toBe(visible));

  test('joiners stay in what they join and show where they join nothing', () => {
    const family = '\u{1f468}\u200d\u{1f469}';
    expect(visibleText(family)).toBe(family);
    expect(visibleText('\u200d')).toBe('\\u200d');
    expect(visibleText(' \u200d')).toBe('\u2423\\u200d');
  });

  test('a mark alone gets something to sit on', () => {
    expect(visibleText('\u0301')).toBe('\u25cc\u0301');
    expect(visibleText('e\u0301')).toBe('e\u0301');
  });

  test('nothing that does not show is left', () => {
    const next = random(3);
    for (let round = 0; round < 3000; round += 1) {
      const code = Math.floor(next() * 0x3000);
      expect(visibleText(String.fromCharCode(code))).not.toMatch(/[\p{Zs}\p{Zl}\p{Zp}\p{Cc}\p{Cf}]/u);
    }
  });
});

describe('joinText', () => {
  test.each([
    [['caf', '\\xc3', '\\xa9'], 'caf\u00e9'],
    [['\\xe4\\xb8', '\\xad!'], '\u4e2d!'],
    [['\\xf0', '\\x9f', '\\x98', '\\x80'], '\u{1f600}'],
    [['\\xa9', 'a'], '\\xa9a'],
    [['\\xc3', 'a', '\\xa9'], '\\xc3a\\xa9'],
    [['\\xe2', '\\x82', '\\xc3', '\\xa9'], '\\xe2\\x82\u00e9'],
    // Overlong, a surrogate, beyond the last code point, a byte that leads nothing.
    [['\\xc0\\x80'], '\\xc0\\x80'],
    [['\\xe0\\x80\\x80'], '\\xe0\\x80\\x80'],
    [['\\xed\\xa0\\x80'], '\\xed\\xa0\\x80'],
    [['\\xf4\\x90\\x80\\x80'], '\\xf4\\x90\\x80\\x80'],
    [['\\xff\\xfe'], '\\xff\\xfe'],
    [['\\xef\\xbb\\xbf', 'a'], '\ufeffa'],
    // Not an escape of a byte: two tokens only look like one together, upper case, below 0x80.
    [['\\', 'xc3\\xa9'], '\\xc3\\xa9'],
    [['\\xC3\\xA9'], '\\xC3\\xA9'],
    [['\\x41'], '\\x41'],
    [[], ''],
    [['', ''], ''],
  ])('%j becomes %j', (texts, text) => expect(joinText(texts)).toBe(text));

  test('puts together whatever was split', () => {
    const next = random(11);
    const letters = ['a', ' ', '\u00e9', '\u4e2d', '\u{1f600}', '\u{10ffff}', '\u07ff', '\uffff'];
    for (let round = 0; round < 400; round += 1) {
      const whole = Array.from({ length: 8 }, () => letters[Math.floor(next() * letters.length)]).join('');
      const escaped = [...new TextEncoder().encode(whole)].map((byte) => {
        return byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16)}`;
      });
      const tokens: string[] = [];
      for (const piece of escaped) {
        if (tokens.length === 0 || next() < 0.5) tokens.push(piece);
        else tokens.push(`${tokens.pop()}${piece}`);
      }
      expect(joinText(tokens)).toBe(whole);
    }
  });
});

describe('joinPieces', () => {
  test('keeps tokens apart that are whole', () => {
    expect(joinPieces(['a', '', ' b'])).toEqual([
      { text: 'a', from: 0, to: 1 },
      { text: '', from: 1, to: 2 },
      { text: ' b', from: 2, to: 3 },
    ]);
  });
  test('marks those that make a character together', () => {
    expect(joinPieces(['x', 'caf\\xc3', '\\xa9\\xe4', '\\xb8\\xad.', '\\xff'])).toEqual([
      { text: 'x', from: 0, to: 1 },
      { text: 'caf\u00e9\u4e2d.', from: 1, to: 4 },
      { text: '\\xff', from: 4, to: 5 },
    ]);
  });
  test('over a token without text', () => {
    expect(joinPieces(['\\xc3', '', '\\xa9'])).toEqual([{ text: '\u00e9', from: 0, to: 3 }]);
  });
});
