// One version, one title, one licence, wherever they stand.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CITATION, VERSION } from './citation';

const read = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');

test('CITATION.cff, Cargo.toml and the page agree', () => {
  const cff = read('CITATION.cff');
  const cargo = read('Cargo.toml');
  expect(/^version = "(.*)"$/m.exec(cargo)?.[1]).toBe(VERSION);
  expect(/^version: (.*)$/m.exec(cff)?.[1]).toBe(VERSION);
  const licences = [...cff.slice(cff.indexOf('license:'), cff.indexOf('references:')).matchAll(/^ {2}- (.*)$/gm)];
  const licence = licences.map(([, name]) => name).join(' OR ');
  expect(/^license = "(.*)"$/m.exec(cargo)?.[1]).toBe(licence);
  for (const part of [licence, /^title: (.*)$/m.exec(cff)?.[1], /^ {2}- name: (.*)$/m.exec(cff)?.[1]]) {
    expect(part).toBeTruthy();
    expect(CITATION).toContain(part);
  }
  expect(cff).toContain('family-names: Luker\n        given-names: Joe');
  expect(CITATION).toContain('Joe Luker');
});
