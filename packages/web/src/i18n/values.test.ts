import i18next from 'i18next';
import { describe, expect, it } from 'vitest';
import { isolated, valueFormatter } from './values.ts';

const FSI = '\u2068';
const PDI = '\u2069';
const HEBREW = '\u05d0\u05d1\u05d2';

describe('WEB-67: a name does not turn round the sentence it stands in', () => {
  it.each([
    ['ltr', 'Ann!', 'Ann!'],
    ['ltr', `${HEBREW}!`, `${FSI}${HEBREW}!${PDI}`],
    ['ltr', '\u0627\u0644\u0641', `${FSI}\u0627\u0644\u0641${PDI}`],
    ['rtl', 'Ann!', `${FSI}Ann!${PDI}`],
    ['rtl', '', ''],
  ] as const)('%s: %j', (direction, name, expected) => {
    expect(isolated(name, direction)).toBe(expected);
  });

  it.each([
    [`a${PDI}b\u202e`, `${FSI}ab\u202e${PDI}`],
    [`a${FSI}${FSI}b`, `${FSI}a${FSI}${FSI}b${PDI}${PDI}${PDI}`],
    [`${FSI}a${PDI}b`, `${FSI}${FSI}a${PDI}b${PDI}`],
  ])('nor gets out of its place by what is in it: %j', (name, expected) => {
    expect(isolated(name, 'ltr')).toBe(expected);
  });

  it('in every text, by the way values are put into them', () => {
    const texts = i18next.createInstance();
    void texts.use(valueFormatter).init({
      lng: 'en',
      initAsync: false,
      resources: { en: { translation: { from: 'From {{name}}, {{count}} times' } } },
      interpolation: { escapeValue: false, alwaysFormat: true },
    });
    expect(texts.t('from', { name: HEBREW, count: 12_345 })).toBe(`From ${FSI}${HEBREW}${PDI}, 12,345 times`);
    expect(texts.t('from', { name: 'Ann', count: 1 })).toBe('From Ann, 1 times');
  });
});
