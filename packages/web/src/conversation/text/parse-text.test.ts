import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseText } from './parse-text.ts';
import type { TextPart } from './parse-text.ts';

const links = (text: string): TextPart[] => parseText(text).filter((part) => 'href' in part);

describe('WEB-TEXT-1: only links to web pages and mail addresses can be followed', () => {
  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'file:///etc/passwd',
    'blob:abc',
    'ftp://host.example/x',
    'sotto-link:CAESII',
    '//host.example/x',
    'readme.md and main.ts',
    '<a href="javascript:alert(1)">x</a>',
  ])('%j is words', (text) => {
    expect(links(text)).toEqual([]);
  });

  it.each([
    ['see https://sotto.example/a?b=c#d.', 'https://sotto.example/a?b=c#d'],
    ['(http://host.example/a)', 'http://host.example/a'],
    ['www.host.com!', 'https://www.host.com/'],
    ['host.org/x', 'https://host.org/x'],
    ['ann@host.example', 'mailto:ann@host.example'],
    ['mailto:ann@host.example', 'mailto:ann@host.example'],
    ['https://münchen.de/bier', 'https://xn--mnchen-3ya.de/bier'],
  ])('%j leads to %s', (text, href) => {
    expect(links(text)).toMatchObject([{ href }]);
  });

  it('keeps every letter of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.webUrl(), (text, url) => {
        const whole = `${text} ${url} ${text}`;
        expect(
          parseText(whole)
            .map((part) => part.text)
            .join(''),
        ).toBe(whole);
        for (const part of links(whole)) {
          expect(part).toMatchObject({ href: expect.stringMatching(/^(https?:\/\/|mailto:)/) });
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('WEB-TEXT-2: a link that looks like another one says where it leads', () => {
  it.each([
    ['https://раypal.com/login', 'xn--ypal-43d9g.com'],
    ['https://paypal.com@evil.example/', 'evil.example'],
    ['https://xn--pypal-4ve.com', 'xn--pypal-4ve.com'],
  ])('%s', (text, leadsTo) => {
    const [link] = links(text);
    expect(link).toMatchObject({ leadsTo });
  });

  it.each(['https://münchen.de', 'https://例え.jp', 'https://sotto.example'])('%s is what it seems', (text) => {
    expect(parseText(text)[0]).not.toHaveProperty('leadsTo');
  });
});

it('ends quickly on texts that are made to be slow', () => {
  for (const piece of ['a@', 'http://', 'www.', 'a.', '(', '://', 'http://a/(', 'x@y.', '-']) {
    const parts = parseText(piece.repeat(Math.floor(42_000 / piece.length)));
    expect(parts.length).toBeGreaterThan(0);
  }
});
