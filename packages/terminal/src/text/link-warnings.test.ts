import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withLinkWarnings } from './link-warnings.ts';

describe('TERM-1: links are shown as they are', () => {
  it.each([
    'see https://example.com/a_(b)?q=1#x.',
    'https://bücher.example and https://пример.рф/путь and https://例え.jp',
    'http://localhost:8080/ ws://127.0.0.1:1 http://[::1]/',
    'no link: раура1, a:b, C:/dir, 1.2.3',
    'https://node.example/#/add/AAAA',
    'www.example.org, mailto:a@b.example',
  ])('nothing is said of %s', (text) => {
    expect(withLinkWarnings(text)).toBe(text);
  });

  it.each([
    ['https://аpple.com/login', 'https://аpple.com/login [! leads to xn--pple-43d.com]'],
    ['(https://аррӏе.com).', '(https://аррӏе.com [! leads to xn--80ak6aa92e.com]).'],
    ['https://bank.example@evil.example/', 'https://bank.example@evil.example/ [! leads to evil.example]'],
    ['HTTPS://ｅxample.com', 'HTTPS://ｅxample.com [! leads to example.com]'],
    ['https://xn--pple-43d.com', 'https://xn--pple-43d.com [! leads to xn--pple-43d.com]'],
    ['https://evil.example/אבג/bank', 'https://evil.example/אבג/bank [! leads to evil.example]'],
    ['ftp://gооgle.com', 'ftp://gооgle.com [! leads to xn--ggle-55da.com]'],
    ['www.раураl.com', 'www.раураl.com [! leads to www.xn--l-7sba6dbr.com]'],
  ])('%s', (text, shown) => {
    expect(withLinkWarnings(text)).toBe(shown);
  });

  it('takes nothing away from any text, and ends', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.webUrl(), (text, url) => {
        expect(withLinkWarnings(text).replace(/ \[! leads to [^\]]*\]/g, '')).toBe(text);
        expect(withLinkWarnings(`${text} ${url}`)).toContain(url);
      }),
      { numRuns: 50 },
    );
    const long = `https://${'а.'.repeat(20_000)}`;
    expect(withLinkWarnings(long)).toBe(long);
  });
});
