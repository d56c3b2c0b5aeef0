// Components say nothing of their own: their words stand in words/en, so that another language is another folder.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'svelte/compiler';
import { expect, test } from 'vitest';

const SOURCE = fileURLToPath(new URL('..', import.meta.url));

/** Names of fonts, and a file for programs: the same in every language. Nothing else is left out. */
const NAMES: readonly string[] = ['export/svg.ts', 'export/run.ts'];

/** Attributes whose text nobody reads. */
const UNSAID = new Set(['class', 'd', 'href', 'id', 'style', 'transform']);

/** Attributes, properties of components, and keys of objects whose text somebody reads or hears. */
const SAID = new Set([
  'alt',
  'aria-description',
  'aria-label',
  'aria-roledescription',
  'aria-valuetext',
  'caption',
  'help',
  'label',
  'mark',
  'note',
  'placeholder',
  'question',
  'spoken',
  'title',
  'valuetext',
  'what',
]);

interface Node {
  type: string;
  [key: string]: unknown;
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';

const hasLetters = (text: string): boolean => /\p{L}/u.test(text);
/** In a script, names and selectors are strings too; words are those that run on, or that lead to what is filled in. */
const runsOn = (text: string): boolean => /\p{L}{2},? \p{L}/u.test(text);
const leadsOn = (text: string): boolean => /(^|\s)\p{L}{2,}[:,;]? $|^[,;]? \p{L}{2,}([\s.,;]|$)/u.test(text);

/** The texts of string literals and templates in an expression; those that are only compared with are names, not words. */
function textsOf(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(textsOf);
  if (!isNode(node)) return [];
  if (node.type === 'Literal') return typeof node.value === 'string' ? [node.value] : [];
  if (node.type === 'TemplateElement') return [(node.value as { cooked?: string }).cooked ?? ''];
  if (node.type === 'BinaryExpression' && node.operator !== '+') return [];
  if (node.type === 'MemberExpression' || node.type === 'ImportDeclaration') return textsOf(node.object);
  return Object.values(node).flatMap(textsOf);
}

function nameOf(key: unknown): string {
  return isNode(key) ? String(key.name ?? key.value) : '';
}

/** What a component's markup and script say in words of their own. */
function wordsIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap((each) => wordsIn(each));
  if (!isNode(node)) return [];
  switch (node.type) {
    case 'Text':
      return hasLetters(String(node.data)) ? [String(node.data)] : [];
    case 'ExpressionTag':
      return textsOf(node.expression).filter(hasLetters);
    case 'StyleDirective':
      return [];
    case 'RegularElement':
      // What is printed on a key is a name.
      return node.name === 'kbd' ? [] : [...wordsIn(node.attributes), ...wordsIn(node.fragment)];
    case 'Attribute': {
      if (UNSAID.has(String(node.name))) return [];
      const values = Array.isArray(node.value) ? node.value : [node.value];
      if (SAID.has(String(node.name)))
        return values.flatMap((value: unknown) =>
          isNode(value) && value.type === 'Text'
            ? [String(value.data)].filter(hasLetters)
            : textsOf((value as Node).expression).filter(hasLetters),
        );
      return values.flatMap((value: unknown) => wordsIn((value as Node)?.expression));
    }
    case 'Property':
      if (SAID.has(nameOf(node.key)) && isNode(node.value) && node.value.type !== 'AssignmentPattern') {
        const said = textsOf(node.value).filter(hasLetters);
        if (said.length > 0) return said;
      }
      return wordsIn(node.value);
    case 'Literal':
      return textsOf(node).filter(runsOn);
    case 'TemplateElement':
      return textsOf(node).filter((text) => runsOn(text) || leadsOn(text));
    case 'ImportDeclaration':
      return [];
    default:
      return Object.entries(node).flatMap(([key, value]) => (key === 'comments' ? [] : wordsIn(value)));
  }
}

function literalWords(source: string): string[] {
  const ast = parse(source, { modern: true });
  return [...wordsIn(ast.fragment), ...wordsIn(ast.instance?.content)].map((text) => text.trim().replace(/\s+/g, ' '));
}

const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  .sort();
const components = files.filter((name) => name.endsWith('.svelte'));
/** Sentences, tables and pictures are put together here, of words from elsewhere. */
const modules = files.filter((name) => /^(describe|export)\/[\w-]+\.ts$/.test(name) && !NAMES.includes(name));
const source = (name: string): string => readFileSync(join(SOURCE, name), 'utf8');

test('words in a component are found wherever they stand', () => {
  expect(literalWords('<p>Two <b>words</b></p>')).toEqual(['Two', 'words']);
  expect(literalWords('<p>{yes ? "Load" : "Go on"}</p>')).toEqual(['Load', 'Go on']);
  expect(literalWords('<button title="Close" aria-label="Close {name}">×</button>')).toEqual(['Close', 'Close']);
  expect(literalWords('<Tool label={on ? `Stop ${name}` : words.go} />')).toEqual(['Stop']);
  expect(literalWords('<Choice choices={[{ value: "one", label: "One" }]} />')).toEqual(['One']);
  expect(literalWords('<script>note = `Copied: ${what}.`; name = `${a} of ${b}`;</script>')).toEqual(['Copied:', 'of']);
  expect(literalWords('<script>const HELP = "What this " + "shows"; let { a } = $props();</script>{HELP}')).toEqual([
    'What this',
  ]);
});

test('names, classes and comparisons are no words', () => {
  expect(literalWords('<kbd>Esc</kbd>')).toEqual([]);
  expect(
    literalWords('<p class="a b" data-testid="one">{words.title} · {kind === "alone" ? words.a : "–"}</p>'),
  ).toEqual([]);
  expect(literalWords('<script>import a from "./a b"; const on = box.querySelector("[data-slot]");</script>')).toEqual(
    [],
  );
});

const ofModule = (name: string): string[] => literalWords(`<script lang="ts">${source(name)}</script>`);

test.each(components)('%s has its words elsewhere', (name) => {
  expect(literalWords(source(name))).toEqual([]);
});

test.each(modules)('%s has its words elsewhere', (name) => {
  expect(ofModule(name)).toEqual([]);
});

test.each(NAMES)('%s still has names that look like words', (name) => {
  expect(files).toContain(name);
  expect(ofModule(name)).not.toEqual([]);
});
