import { describe, expect, it } from 'vitest';
import { distort, distortText } from './pseudo-locale.ts';

describe('distortText', () => {
  it('accents and lengthens, so that what is forgotten or cut off is seen', () => {
    expect(distortText('Settings', 'en-XA')).toBe('[Šéŧŧíñǧš~~~]');
  });

  it('turns words round for right to left', () => {
    expect(distortText('Send', 'ar-XB')).toBe('\u202eSend\u202c');
  });

  it.each(['en-XA', 'ar-XB'] as const)('%s leaves values, tags and references as they are', (locale) => {
    const text = distortText('<name>{{name}}</name> has $t(unit) {{count}}', locale);
    expect(text).toContain('<name>{{name}}</name>');
    expect(text).toContain('$t(unit)');
    expect(text).toContain('{{count}}');
    expect(text.includes(' has ')).toBe(locale === 'ar-XB');
  });
});

it('keeps the keys', () => {
  expect(Object.keys(distort({ a: 'x', b: { c: 'y' } }, 'en-XA'))).toEqual(['a', 'b']);
});
