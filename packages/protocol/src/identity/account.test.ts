import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { noblePrimitives } from '../crypto/index.ts';
import { codeOf, seededRandom } from './identity.fixture.ts';
import { accountFromSeed, createAccount, phraseFromSeed, seedFromPhrase, tokenOf } from './index.ts';

const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe('accounts', () => {
  it('ID-2: the account of a seed is the Ed25519 key of RFC 8032, test 1', () => {
    const seed = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex');
    const account = accountFromSeed(noblePrimitives, seed);
    expect(Buffer.from(account.publicKey).toString('hex')).toBe(
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    );
  });

  it('ID-2: a new account is made of 32 random bytes', () => {
    const account = createAccount(noblePrimitives, seededRandom('a'));
    expect(account).toEqual(accountFromSeed(noblePrimitives, seededRandom('a')(32)));
    expect(codeOf(() => accountFromSeed(noblePrimitives, new Uint8Array(31)))).toBe('malformed');
  });

  it('ID-17: a token is 12 lower-case base32 characters that depend on the key', () => {
    expect(tokenOf(noblePrimitives, new Uint8Array(32))).toMatch(/^[a-z2-7]{12}$/);
    expect(tokenOf(noblePrimitives, new Uint8Array(32))).not.toBe(tokenOf(noblePrimitives, new Uint8Array(32).fill(1)));
    expect(codeOf(() => tokenOf(noblePrimitives, new Uint8Array(33)))).toBe('malformed');
  });
});

describe('recovery phrase', () => {
  it('ID-2: BIP-39 vectors for 256 bits', () => {
    expect(phraseFromSeed(new Uint8Array(32).fill(0x7f))).toBe(
      'legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth title',
    );
    expect(phraseFromSeed(new Uint8Array(32))).toBe(`${'abandon '.repeat(23)}art`);
    expect(phraseFromSeed(new Uint8Array(32).fill(0xff))).toBe(`${'zoo '.repeat(23)}vote`);
  });

  it('ID-2: every seed comes back, in any case and white space', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const phrase = phraseFromSeed(seed);
        expect(seedFromPhrase(phrase)).toEqual(Uint8Array.from(seed));
        expect(seedFromPhrase(`\n ${phrase.toUpperCase().replaceAll(' ', ' \t\n')} `)).toEqual(Uint8Array.from(seed));
      }),
      { numRuns: 30 },
    );
  });

  const phrase = phraseFromSeed(seededRandom('phrase')(32)).split(' ');

  it('ID-2: an unknown word is refused by its position and not repeated', () => {
    const wrong = phrase.with(6, 'sotto');
    expect(codeOf(() => seedFromPhrase(wrong.join(' ')))).toBe('phrase-word');
    expect(() => seedFromPhrase(wrong.join(' '))).toThrow(/^Word 7 /);
    expect(() => seedFromPhrase(wrong.join(' '))).not.toThrow(/sotto/);
  });

  it('ID-2: a wrong count is refused by the count', () => {
    expect(codeOf(() => seedFromPhrase(phrase.slice(0, 23).join(' ')))).toBe('phrase-length');
    expect(codeOf(() => seedFromPhrase([...phrase, 'zoo'].join(' ')))).toBe('phrase-length');
    expect(codeOf(() => seedFromPhrase(phrase.slice(0, 12).join(' ')))).toBe('phrase-length');
    expect(codeOf(() => seedFromPhrase(''))).toBe('phrase-length');
  });

  it('ID-2: changed places and a changed last word are refused by the checksum', () => {
    const [first, second, ...rest] = phrase as [string, string, ...string[]];
    expect(codeOf(() => seedFromPhrase([second, first, ...rest].join(' ')))).toBe('phrase-checksum');
    // The last word carries 8 bits of checksum: of the 2,048 words exactly 8 fit, so its neighbours do not.
    const changed = phrase.with(23, phrase[23] === 'zoo' ? 'zone' : 'zoo');
    expect(codeOf(() => seedFromPhrase(changed.join(' ')))).toBe('phrase-checksum');
  });
});
