/** WEB-62: what the engine says is said in texts of the interface. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import i18next from 'i18next';
import { describe, expect, it } from 'vitest';
import type { EngineErrorCode, Said, SentenceName } from '@sotto/engine/api';
import { SENTENCES } from '@sotto/engine/sentences';
import app from '../i18n/en/app.json' with { type: 'json' };
import engine from '../i18n/en/engine.json' with { type: 'json' };
import { distort } from '../i18n/pseudo-locale.ts';
import { valueFormatter } from '../i18n/values.ts';
import { sayIn } from './said.ts';

const texts: Readonly<Record<string, string>> = engine.said;
const names = Object.keys(SENTENCES) as SentenceName[];
const formsOf = (name: SentenceName): Readonly<Record<string, string>> => {
  const sentence: string | { readonly one: string; readonly other: string } = SENTENCES[name];
  if (typeof sentence === 'string') return { [name]: sentence };
  return { [`${name}_one`]: sentence.one, [`${name}_other`]: sentence.other };
};

function sayer(locale: 'en' | 'en-XA') {
  const instance = i18next.createInstance();
  const resources = { app, engine };
  void instance.use(valueFormatter).init({
    lng: locale,
    fallbackLng: false,
    initAsync: false,
    resources: { [locale]: locale === 'en' ? resources : distort(resources, locale) },
    interpolation: { escapeValue: false, alwaysFormat: true },
  });
  const t = instance.getFixedT(locale, 'engine');
  return sayIn(t, (key) => instance.exists(key, { ns: 'engine' }));
}

describe('WEB-62: every sentence of the engine has a text', () => {
  it.each(names)('%s', (name) => {
    for (const [key, english] of Object.entries(formsOf(name))) {
      const holes = [...english.matchAll(/\{(\w+)\}/gu)].map(([, hole]) => hole);
      const text = texts[key];
      expect(text, key).toBeTypeOf('string');
      const used = [...(text ?? '').matchAll(/\{\{(\w+)\}\}/gu)].map(([, hole]) => hole);
      expect(
        used.filter((hole) => !holes.includes(hole)),
        'says what the engine does not give',
      ).toEqual([]);
    }
  });

  it('and every text has its sentence', () => {
    const known = new Set(names.flatMap((name) => Object.keys(formsOf(name))));
    expect(Object.keys(texts).filter((key) => !known.has(key))).toEqual([]);
  });

  it('and every code has one for what is not said more closely', () => {
    const byCode: Readonly<Record<EngineErrorCode, string>> = app.errors;
    expect(Object.values(byCode).every((text) => text.length > 10)).toBe(true);
  });
});

describe('WEB-62: nothing of the engine’s English is shown', () => {
  it.each(names)('en-XA: %s', (name) => {
    const values = {
      count: 2,
      name: '1',
      text: '2',
      node: '3',
      address: '4',
      device: 5,
      bytes: 6,
      most: 7,
      seconds: 8,
    };
    const words = sayer('en-XA')([{ name, values }]) ?? '';
    expect(words).toMatch(/^\[/u);
    // Whatever is left in plain letters stands in the address of a node or is a name of a value.
    expect(words.replaceAll(/\{\{\w+\}\}/gu, '')).not.toMatch(/[a-z]{2,}/u);
  });

  it('one sentence follows on another', () => {
    const said: readonly Said[] = [{ name: 'clock-behind', values: { seconds: 7200 } }, { name: 'node-offline' }];
    expect(sayer('en')(said)).toBe('The node’s clock is 7,200 s behind. There is no connection to the node.');
  });

  it('counts as the language does', () => {
    const say = sayer('en');
    expect(say([{ name: 'search-whole', values: { count: 1 } }])).toBe('All 1 message can be searched.');
    expect(say([{ name: 'search-whole', values: { count: 0 } }])).toBe('All 0 messages can be searched.');
  });

  it('a sentence that only another version knows is not said at all', () => {
    const newer = [{ name: 'from-the-future' as SentenceName }];
    expect(sayer('en')([...newer, { name: 'node-offline' }])).toBeNull();
    expect(sayer('en')([])).toBeNull();
    expect(sayer('en')(undefined)).toBeNull();
  });

  it('WEB-52: names in it can neither turn it round nor break it', () => {
    const words = sayer('en')([{ name: 'contact-name-unknown', values: { name: 'a\u202eb\nc $t(said.failed)' } }]);
    expect(words).toBe('Nobody among your contacts is called “ab c $t(said.failed)”.');
  });

  it('no screen shows the words of an error, a problem or a finding as they come', () => {
    const source = fileURLToPath(new URL('..', import.meta.url));
    const raw = /\b(?:connection\.problem|error\.message)\b/u;
    const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.tsx'));
    expect(files.filter((file) => raw.test(readFileSync(join(source, file), 'utf8')))).toEqual([]);
  });
});
