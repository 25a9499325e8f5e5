/** All texts of all areas: what is used exists, what exists is used. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const source = fileURLToPath(new URL('..', import.meta.url));
const texts = join(source, 'i18n/en');
const AREAS = readdirSync(texts).map((file) => file.replace(/\.json$/u, ''));
const PLURAL = /_(?:zero|one|two|few|many|other)$/u;

type Tree = { readonly [key: string]: string | Tree };

function keysOf(tree: Tree, before = ''): readonly string[] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [`${before}${key}`] : keysOf(value, `${before}${key}.`),
  );
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/u.test(file) && !/\.(?:test|d)\.tsx?$/u.test(file))
    .map((file) => readFileSync(join(folder, file), 'utf8'));
}

/** Keys as they stand in the sources; `state.${…}` stands for all that begin and end like it. */
function usedKeys(files: readonly string[]): {
  readonly whole: ReadonlySet<string>;
  readonly parts: readonly RegExp[];
} {
  const whole = new Set<string>();
  const parts: RegExp[] = [];
  for (const file of files) {
    for (const [, text = ''] of file.matchAll(/['"]([\w.-]+)['"]/gu)) whole.add(text);
    // Where texts are read without i18next: `texts.title`.
    for (const [, name = ''] of file.matchAll(/\btexts\.(\w+)/gu)) parts.push(new RegExp(`\\.${name}$`, 'u'));
    for (const [, text = ''] of file.matchAll(/`((?:[\w.-]|\$\{[^{}`]*\})+)`/gu)) {
      const fixed = text.split(/\$\{[^{}]*\}/u).map((part) => part.replaceAll('.', String.raw`\.`));
      if (fixed.some((part) => part !== '')) parts.push(new RegExp(`^${fixed.join(String.raw`[\w.-]+`)}$`, 'u'));
    }
  }
  return { whole, parts };
}

const files = filesIn(source);
const used = usedKeys(files);
const read = (area: string) => JSON.parse(readFileSync(join(texts, `${area}.json`), 'utf8')) as Tree;

describe.each(AREAS)('%s', (area) => {
  const keys = keysOf(read(area));

  it('has no text that nothing shows', () => {
    const unused = keys
      .map((key) => key.replace(PLURAL, ''))
      .filter((key) => !used.whole.has(key) && !used.parts.some((part) => part.test(key)));
    expect(unused).toEqual([]);
  });

  it('has one and other wherever it counts', () => {
    const counted = keys.filter((key) => PLURAL.test(key));
    const stems = new Set(counted.map((key) => key.replace(PLURAL, '')));
    const missing = [...stems].flatMap((stem) =>
      [`${stem}_one`, `${stem}_other`].filter((key) => !counted.includes(key)),
    );
    expect(missing).toEqual([]);
  });

  it('has no empty text and none with spaces around it', () => {
    const values = keys.map((key) =>
      key.split('.').reduce<string | Tree>((tree, part) => (tree as Tree)[part] ?? '', read(area)),
    );
    expect(values.filter((value) => typeof value !== 'string' || value.trim() !== value || value === '')).toEqual([]);
  });
});

it('would notice a text that nothing shows', () => {
  const { whole, parts } = usedKeys(["t('a.b'); t(`c.${kind}.title`)"]);
  expect(whole.has('a.b')).toBe(true);
  expect(parts.some((part) => part.test('c.x.title'))).toBe(true);
  expect(parts.some((part) => part.test('c.x.text'))).toBe(false);
});
