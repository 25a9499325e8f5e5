import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { base58 } from '@scure/base';
import { codeOf } from './identity.fixture.ts';
import { addressOf, parseAddress } from './index.ts';

/** did:key method, section "Test vectors", Ed25519. */
const PUBLISHED = [
  'did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp',
  'did:key:z6MkjchhfUsD6mmvni8mCdXHw216Xrm9bQe2mBH1P5RDjVJG',
  'did:key:z6MknGc3ocHs3zdPiJbnaaqDi58NGb4pk1Sp9WxWufuXSdxf',
] as const;

const ADDRESS = PUBLISHED[0];
const why = (text: string): string => {
  try {
    parseAddress(text);
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
};

describe('addresses', () => {
  it('ID-15: published did:key identifiers come back exactly', () => {
    for (const text of PUBLISHED) {
      expect(parseAddress(text)).toHaveLength(32);
      expect(addressOf(parseAddress(text))).toBe(text);
    }
    expect(Buffer.from(parseAddress(ADDRESS)).toString('hex')).toBe(
      '3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29',
    );
  });

  it('ID-15: every key comes back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (key) => {
        const address = addressOf(key);
        expect(address).toMatch(/^did:key:z6Mk[1-9A-HJ-NP-Za-km-z]{44}$/);
        expect(parseAddress(address)).toEqual(Uint8Array.from(key));
      }),
    );
  });

  it('ID-15: the refusal names what is wrong', () => {
    expect(why('')).toMatch(/empty/);
    expect(why(` ${ADDRESS}`)).toMatch(/spaces/);
    expect(why(`${ADDRESS}\n`)).toMatch(/spaces/);
    expect(why('anna@example.org')).toMatch(/begins with "did:key:"/);
    expect(why(ADDRESS.replace('did:key:', 'did:web:'))).toMatch(/begins with "did:key:"/);
    expect(why(ADDRESS.toUpperCase())).toMatch(/begins with "did:key:"/);
    expect(why(`${ADDRESS}#${ADDRESS.slice(8)}`)).toMatch(/behind "#"/);
    expect(why(ADDRESS.replace('key:z', 'key:m'))).toMatch(/base58btc/);
    expect(why(ADDRESS.replace('z6Mki', 'z6Mk0'))).toMatch(/character/);
    expect(why(`did:key:z${base58.encode(Uint8Array.of(0xe7, 0x01, ...new Uint8Array(33)))}`)).toMatch(/Ed25519/);
    expect(why(`did:key:z${base58.encode(Uint8Array.of(0xed, 0x01, ...new Uint8Array(31)))}`)).toMatch(/too short/);
    expect(why(`did:key:z${base58.encode(Uint8Array.of(0xed, 0x01, ...new Uint8Array(33)))}`)).toMatch(/too long/);
    expect(why(`did:key:z${'1'.repeat(100_000)}`)).toMatch(/too long/);
    expect(codeOf(() => parseAddress('x'))).toBe('bad-address');
  });

  it('ID-15: no cut, extended or changed address is accepted as the same key', () => {
    for (let length = 0; length < ADDRESS.length; length++) {
      expect(codeOf(() => parseAddress(ADDRESS.slice(0, length)))).toBe('bad-address');
    }
    expect(codeOf(() => parseAddress(`${ADDRESS}1`))).toBe('bad-address');
    // A leading "1" is a zero byte in base58: a second spelling must not exist.
    expect(codeOf(() => parseAddress(ADDRESS.replace('z6Mk', 'z16Mk')))).toBe('bad-address');
  });
});
