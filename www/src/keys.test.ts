import { describe, expect, it } from 'vitest';
import { KEYS, commandFor, takesLetters, type Press } from './keys';

const press = (key: string, more: Partial<Press> = {}): Press => ({
  key,
  ctrl: false,
  alt: false,
  meta: false,
  typing: false,
  dialog: false,
  ...more,
});

describe('keys', () => {
  it('gives every command one key of its own', () => {
    expect(new Set(KEYS.map((rule) => rule.key)).size).toBe(KEYS.length);
    expect(new Set(KEYS.map((rule) => rule.command)).size).toBe(KEYS.length);
    for (const rule of KEYS) expect(commandFor(press(rule.key), true)).toBe(rule.command);
  });

  it('is quiet while somebody types, with a modifier, and in a dialog', () => {
    expect(commandFor(press('g', { typing: true }), true)).toBeNull();
    expect(commandFor(press('s', { ctrl: true }), true)).toBeNull();
    expect(commandFor(press('?', { dialog: true }), true)).toBeNull();
    expect(commandFor(press('Escape', { dialog: true }), true)).toBeNull();
  });

  it('can be turned off, all but Escape', () => {
    expect(KEYS.map((rule) => commandFor(press(rule.key), false)).filter(Boolean)).toEqual(['unpin']);
    expect(commandFor(press('Escape', { typing: true }), false)).toBe('unpin');
  });

  it('knows where letters are taken', () => {
    const element = (tag: string, type = '', role: string | null = null) => ({ tag, type, editable: false, role });
    expect(takesLetters(element('TEXTAREA'))).toBe(true);
    expect(takesLetters(element('INPUT', 'text'))).toBe(true);
    expect(takesLetters(element('INPUT', 'number'))).toBe(true);
    expect(takesLetters(element('SELECT'))).toBe(true);
    expect(takesLetters(element('INPUT', 'range'))).toBe(false);
    expect(takesLetters(element('BUTTON'))).toBe(false);
    expect(takesLetters(element('DIV', '', 'combobox'))).toBe(true);
  });
});
