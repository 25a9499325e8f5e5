import { describe, expect, it } from 'vitest';
import { compareSafetyCode, encodeSafetyCode } from './safety-code.ts';

const own = 'did:key:z6MkizaBM2j4sYWuwQ7y3cRN5a75198TD7W7DPTL7ikJnPJy';
const theirs = 'did:key:z6Mkp3yGaBM2j4sYWuwQ7y3cRN5a75198TD7W7DPTL7ikJnP';
const stranger = 'did:key:z6MkfffGaBM2j4sYWuwQ7y3cRN5a75198TD7W7DPTL7ikJnP';
const digits = Array.from({ length: 12 }, (_, index) => String(10_000 + index * 7)).join(' ');
const other = digits.replace('10000', '99999');
const expected = { digits, address: theirs, own };

describe('MEET-4, ID-18: two safety codes', () => {
  it('match when it is their screen and the digits are the same', () => {
    expect(compareSafetyCode(encodeSafetyCode({ digits, address: theirs }), expected)).toBe('match');
  });

  it.each([
    ['different', encodeSafetyCode({ digits: other, address: theirs })],
    ['own-screen', encodeSafetyCode({ digits, address: own })],
    ['somebody-else', encodeSafetyCode({ digits: other, address: stranger })],
    ['different', encodeSafetyCode({ digits, address: stranger })],
    ['unreadable', 'https://node.example/#/add/AAAA'],
    ['unreadable', `sotto-safety:1:${digits}:${theirs}`],
    ['unreadable', `sotto-safety:2:${digits.replaceAll(' ', '')}:${theirs}`],
    ['unreadable', `${encodeSafetyCode({ digits, address: theirs })}x:`],
  ])('are %s otherwise', (result, scanned) => {
    expect(compareSafetyCode(scanned, expected)).toBe(result);
  });
});
