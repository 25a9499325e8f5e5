import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { highlight } from './highlight.ts';

const marked = (text: string, searched: string) =>
  highlight(text, searched)
    .filter((piece) => piece.marked)
    .map((piece) => piece.text);

describe('highlight', () => {
  it('marks all words, whatever their capitals', () => {
    expect(marked('The cat and THE dog', 'the dog')).toEqual(['The', 'THE', 'dog']);
  });

  it('begins shortly before the first word that was found, at a word', () => {
    const [first] = highlight(`${'word '.repeat(40)}needle`, 'needle');
    expect(first?.text).toMatch(/^… word /u);
  });

  it('takes signs of patterns as signs', () => {
    expect(marked('cost (1+1)? yes', '(1+1)?')).toEqual(['(1+1)?']);
  });

  it('never changes words, for any text and search', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, searched) => {
        const line = text.replaceAll(/\s+/gu, ' ').trim();
        const shown = highlight(text, searched)
          .map((piece) => piece.text)
          .join('')
          .replace(/^… /u, '');
        expect(line).toContain(shown);
      }),
    );
  });
});
