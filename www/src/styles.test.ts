// Two forms of CSS that one engine draws wrongly and none complains about, looked for in every source.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const here = fileURLToPath(new URL('.', import.meta.url));

const sources = readdirSync(here, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(svelte|css)$/.test(name))
  .map((name) => ({ name, text: readFileSync(join(here, name), 'utf8') }));

/** What stands between the parentheses of every gradient. */
function gradients(text: string): string[] {
  return [...text.matchAll(/gradient\(/g)].map(({ index, 0: word }) => {
    const start = index + word.length;
    let end = start;
    for (let depth = 1; depth > 0 && end < text.length; end++) {
      if (text[end] === '(') depth += 1;
      if (text[end] === ')') depth -= 1;
    }
    return text.slice(start, end - 1);
  });
}

/** With color-mix() in a stop a gradient is computed in Oklab, and Firefox then softens its hard stops. */
function blurred(text: string): string[] {
  return gradients(text).filter((inside) => inside.includes('color-mix(') && !/^[^,]*\bin srgb\b/.test(inside));
}

/** WebKit takes the shorthand while it parses, when var() is not known yet, and then draws no line. */
function unseen(text: string): string[] {
  return [...text.matchAll(/text-decoration:[^;}]*var\([^;}]*/g)].map(([found]) => found);
}

test('the two forms are found where they stand', () => {
  expect(blurred('a { background: linear-gradient(1deg, red, color-mix(in srgb, red, blue) 2px) }')).toHaveLength(1);
  expect(blurred('a { background: linear-gradient(1deg in srgb, red, color-mix(in srgb, red, blue)) }')).toEqual([]);
  expect(unseen('a { text-decoration: underline dotted var(--sibling); color: red }')).toHaveLength(1);
  expect(unseen('a { text-decoration: underline; text-decoration-color: var(--sibling) }')).toEqual([]);
  expect(sources.flatMap(({ text }) => gradients(text)).length).toBeGreaterThan(5);
});

test('gradients with mixed colours say in which space', () => {
  expect(sources.flatMap(({ name, text }) => blurred(text).map((found) => `${name}: ${found}`))).toEqual([]);
});

test('lines under words are no shorthand with a custom property', () => {
  expect(sources.flatMap(({ name, text }) => unseen(text).map((found) => `${name}: ${found}`))).toEqual([]);
});
