import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { base64urlnopad } from '@scure/base';
import { be32, concat } from '../crypto/index.ts';
import { create, decodeInvite, encode, InviteSchema } from '../wire/index.ts';
import type { Invite as WireInvite, Route as WireRoute } from '../wire/index.ts';
import { crc32 } from './crc32.ts';
import { codeOf, flipBit, inviteOf, person } from './identity.fixture.ts';
import { addressOf, describeAddressOrInvite, encodeInvite, parseInvite, type Invite } from './index.ts';

const { account } = person('anna');
const invite = inviteOf(account.publicKey);
const link = encodeInvite(invite, 'https://node.example');
const payload = link.slice(link.indexOf('#/add/') + 6);
const bytes = base64urlnopad.decode(payload);
const message = () => decodeInvite(bytes.subarray(0, -4));

const key = (length: number) => fc.uint8Array({ minLength: length, maxLength: length }).map((k) => Uint8Array.from(k));
const invites: fc.Arbitrary<Invite> = fc.record({
  account: key(32),
  route: fc.record({
    network: key(32),
    node: key(32),
    urls: fc.array(fc.constantFrom('ws://127.0.0.1:8080', 'wss://a.example', 'wss://b.example:4430/x'), {
      minLength: 1,
      maxLength: 4,
    }),
  }),
  name: fc.string({ maxLength: 32, unit: 'grapheme-ascii' }),
  requestToken: fc.option(key(16)),
  psk: fc.option(key(32)),
});

/** The link of an invite that was changed before it was encoded. */
function changed(change: Partial<WireInvite>): string {
  const encoded = encode(InviteSchema, create(InviteSchema, { ...message(), ...change }));
  return base64urlnopad.encode(concat(encoded, be32(crc32(encoded))));
}

describe('invite links', () => {
  it('ID-16: everything is behind "#"', () => {
    expect(link).toMatch(/^https:\/\/node\.example\/#\/add\/[\w-]+$/);
    expect(encodeInvite(invite, 'ws://127.0.0.1:8080/')).toMatch(/^http:\/\/127\.0\.0\.1:8080\/#\/add\/[\w-]+$/);
    expect(encodeInvite(invite, 'wss://a.example/chat/')).toMatch(/^https:\/\/a\.example\/chat\/#\/add\/[\w-]+$/);
    for (const base of ['ftp://a', 'a.example', 'https://a/#x', 'https://a/?b', 'https://a b']) {
      expect(
        codeOf(() => encodeInvite(invite, base)),
        base,
      ).toBe('bad-url');
    }
  });

  it('ID-16: every invite comes back from the link, the bare part, and with white space around', () => {
    fc.assert(
      fc.property(invites, (any) => {
        const text = encodeInvite(any, 'https://node.example');
        expect(parseInvite(text)).toEqual(any);
        expect(parseInvite(` \n${text}\t`)).toEqual(any);
        expect(parseInvite(text.slice(text.indexOf('/add/') + 5))).toEqual(any);
      }),
      { numRuns: 50 },
    );
  });

  it('ID-16: the refusal names what is wrong', () => {
    expect(() => parseInvite(' ')).toThrow(/empty/);
    expect(() => parseInvite('https://node.example/')).toThrow(/behind "#"/);
    expect(() => parseInvite('https://node.example/#/join/abc')).toThrow(/"\/#\/add\/"/);
    expect(() => parseInvite('https://node.example/#/add/')).toThrow(/cut off/);
    expect(() => parseInvite('ftp://node.example/#/add/abc')).toThrow(/begins with "https/);
    expect(() => parseInvite(`${payload}=`)).toThrow(/character/);
    expect(() => parseInvite(payload.slice(0, -2))).toThrow(/cut off/);
    expect(() => parseInvite(`${payload.slice(0, 8)} ${payload.slice(8)}`)).toThrow(/character/);
    expect(() => parseInvite('x'.repeat(5000))).toThrow(/too long/);
    expect(() => parseInvite(changed({ version: 2 }))).toThrow(/version 2/);
    expect(codeOf(() => parseInvite(changed({ version: 2 })))).toBe('unknown-version');
    expect(codeOf(() => parseInvite(`${payload}!`))).toBe('bad-invite');
  });

  it('ID-16: no cut, extended or changed invite is accepted', () => {
    for (let length = 0; length < payload.length; length++) {
      expect(
        codeOf(() => parseInvite(payload.slice(0, length))),
        `cut to ${length}`,
      ).toBe('bad-invite');
    }
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = base64urlnopad.encode(flipBit(bytes, bit));
      expect(
        codeOf(() => parseInvite(flipped)),
        `bit ${bit}`,
      ).toBe('bad-invite');
    }
    expect(codeOf(() => parseInvite(`${payload}A`))).toBe('bad-invite');
    expect(codeOf(() => parseInvite(base64urlnopad.encode(concat(bytes, Uint8Array.of(0)))))).toBe('bad-invite');
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf4_3926);
  });

  it('ID-16: lengths and routes are checked both ways', () => {
    const route = { ...invite.route, urls: [...invite.route.urls] };
    const wireRoute = message().route as WireRoute;
    const wrong: [string, Partial<WireInvite>][] = [
      ['short account', { account: new Uint8Array(31) }],
      ['short token', { requestToken: new Uint8Array(15) }],
      ['long psk', { psk: new Uint8Array(33) }],
      ['long name', { name: 'x'.repeat(65) }],
      ['short network', { route: { ...wireRoute, network: new Uint8Array(31) } }],
      ['no node', { route: { ...wireRoute, node: new Uint8Array(0) } }],
      ['long url', { route: { ...wireRoute, urls: [`ws://${'a'.repeat(252)}`] } }],
    ];
    for (const [what, change] of wrong)
      expect(
        codeOf(() => parseInvite(changed(change))),
        what,
      ).toBe('malformed');
    for (const urls of [[], Array<string>(5).fill('ws://a'), ['http://a'], ['ws://a?b']]) {
      expect(
        codeOf(() => parseInvite(changed({ route: { ...wireRoute, urls } }))),
        urls.join(),
      ).toBe('bad-url');
      expect(codeOf(() => encodeInvite({ ...invite, route: { ...route, urls } }, 'https://a'))).toBe('bad-url');
    }
    expect(codeOf(() => parseInvite(changed({ route: undefined })))).toBe('malformed');
    expect(codeOf(() => encodeInvite({ ...invite, requestToken: new Uint8Array(1) }, 'https://a'))).toBe('malformed');
    expect(codeOf(() => encodeInvite({ ...invite, name: 'x'.repeat(65) }, 'https://a'))).toBe('bad-invite');
  });

  it('ID-15, ID-16: an address and an invite are told apart', () => {
    const address = addressOf(account.publicKey);
    expect(describeAddressOrInvite(` ${address}\n`)).toEqual({ kind: 'address', account: account.publicKey });
    expect(describeAddressOrInvite(link)).toEqual({ kind: 'invite', account: account.publicKey, invite });
    expect(describeAddressOrInvite(payload)).toMatchObject({ kind: 'invite' });
    expect(codeOf(() => describeAddressOrInvite(address.slice(0, -1)))).toBe('bad-address');
    expect(codeOf(() => describeAddressOrInvite('anna'))).toBeOneOf(['malformed', 'bad-invite']);
  });

  it('ID-16: the text of an error does not repeat a secret of the link', () => {
    const secret = encodeInvite({ ...invite, psk: new Uint8Array(32).fill(0x5a) }, 'https://a');
    const middle = secret.slice(-40, -10);
    for (const text of [`${secret}!`, secret.slice(0, -1), secret.replace('/#/add/', '/#/join/')]) {
      let complaint = '';
      try {
        parseInvite(text);
      } catch (error) {
        complaint = (error as Error).message;
      }
      expect(complaint).not.toBe('');
      expect(complaint).not.toContain(middle);
    }
  });
});
