import { describe, expect, it } from 'vitest';
import { recognise } from './scanned.ts';

const ADDRESS = 'did:key:z6MkizaBM2j4sYWuwQ7y3cRN5a75198TD7W7DPTL7ikJnPJy';
const INVITE = 'https://node.example/#/add/CAESIIeurnNvj92BEKmz9KRLXmIww5aOjHJk';

describe('a scanned or pasted text', () => {
  it.each([
    [`Come and talk to me: ${INVITE} – Anna`, INVITE],
    [`  ${INVITE}\n`, INVITE],
    [`(${ADDRESS})`, ADDRESS],
    ['ABCDEFGH2345', 'abcdefgh2345'],
    ['A'.repeat(200), 'A'.repeat(200)],
  ])('names a person: %#', (text, found) => {
    expect(recognise(text)).toEqual({ kind: 'person', text: found });
  });

  it.each([
    ['sotto-link:CAES', 'link'],
    ['sotto-safety:1:12345', 'safety'],
    ['https://example.com/', 'other'],
    ['', 'other'],
    ['anna', 'other'],
  ])('%s is of kind %s', (text, kind) => {
    expect(recognise(text).kind).toBe(kind);
  });
});
