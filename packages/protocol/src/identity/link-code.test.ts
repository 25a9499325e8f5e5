import { describe, expect, it } from 'vitest';
import { noblePrimitives } from '../crypto/index.ts';
import { codeOf, NOW_MS, person, seededRandom } from './identity.fixture.ts';
import {
  certificateBody,
  certifyDevice,
  checkProposal,
  createDeviceSecrets,
  crossSign,
  encodeLinkCode,
  parseLinkCode,
  type LinkCode,
} from './index.ts';

const random = seededRandom('link-code');
const anna = person('anna');
const mallory = person('mallory');
const secrets = createDeviceSecrets(noblePrimitives, random);
const { identityKey, signingKey, linkKey } = secrets;
const code: LinkCode = {
  account: anna.account.publicKey,
  route: { network: random(32), node: random(32), urls: ['wss://node.example'] },
  requestToken: random(16),
  secret: random(16),
  keys: { identityKey, signingKey, linkKey },
  expires: NOW_MS / 1000 + 600,
  psk: null,
};

describe('link code', () => {
  it('DEV-1: comes back whole, also broken into lines, without its mark, or with a pre-shared key', () => {
    const text = encodeLinkCode(code);
    expect(text).toMatch(/^sotto-link:[\w-]+$/);
    expect(text.length).toBeLessThan(400);
    expect(parseLinkCode(text, NOW_MS)).toEqual(code);
    expect(parseLinkCode(`  ${text.replace(/.{60}/g, '$&\n  ')}\n`, NOW_MS)).toEqual(code);
    expect(parseLinkCode(text.slice('sotto-link:'.length), NOW_MS)).toEqual(code);
    const withKey = { ...code, psk: random(32) };
    expect(parseLinkCode(encodeLinkCode(withKey), NOW_MS)).toEqual(withKey);
  });

  it('DEV-1: cut, mistyped, foreign and empty codes are refused, and so is one whose time is over', () => {
    const text = encodeLinkCode(code);
    const broken = ['', '   ', 'https://node/#/add/AAAA', 'sotto-link:', `${text}A`, text.slice(0, -1), `${text}!`];
    const swapped = `${text.slice(0, 40)}${text[40] === 'A' ? 'B' : 'A'}${text.slice(41)}`;
    for (const wrong of [...broken, swapped, 'x'.repeat(5000)]) {
      expect(
        codeOf(() => parseLinkCode(wrong, NOW_MS)),
        wrong,
      ).toBe('bad-link-code');
    }
    expect(parseLinkCode(text, NOW_MS + 599_999)).toEqual(code);
    expect(codeOf(() => parseLinkCode(text, NOW_MS + 600_000))).toBe('expired');
  });
});

describe('a certificate made in two places', () => {
  const body = certificateBody(anna.account.publicKey, 2, secrets, NOW_MS);

  it('DEV-2: holds when account and device signed the same body', () => {
    const signature = crossSign(noblePrimitives, random, secrets.identitySecret, body);
    const certificate = certifyDevice(noblePrimitives, anna.account, body, signature);
    expect(certificate).toMatchObject({ device: 2, createdAt: NOW_MS, account: anna.account.publicKey });
    expect(certificate.identityKey).toEqual(identityKey);
  });

  it("DEV-2: is refused without the device's signature: nobody certifies another's device as his own", () => {
    const foreign = createDeviceSecrets(noblePrimitives, random);
    const signature = crossSign(noblePrimitives, random, foreign.identitySecret, body);
    expect(codeOf(() => certifyDevice(noblePrimitives, anna.account, body, signature))).toBe('bad-signature');
    const other = certificateBody(mallory.account.publicKey, 2, secrets, NOW_MS);
    const own = crossSign(noblePrimitives, random, secrets.identitySecret, body);
    expect(codeOf(() => certifyDevice(noblePrimitives, mallory.account, other, own))).toBe('bad-signature');
  });

  it('DEV-3: the new device signs only for its own keys and for the account that asks', () => {
    const { publicKey } = anna.account;
    expect(checkProposal(body, publicKey, secrets)).toBe(2);
    expect(codeOf(() => checkProposal(body, mallory.account.publicKey, secrets))).toBe('wrong-account');
    for (const key of ['identityKey', 'signingKey', 'linkKey'] as const) {
      const changed = { ...secrets, [key]: createDeviceSecrets(noblePrimitives, random)[key] };
      const proposed = certificateBody(publicKey, 2, changed, NOW_MS);
      expect(codeOf(() => checkProposal(proposed, publicKey, secrets))).toBe('wrong-device');
    }
    expect(codeOf(() => checkProposal(new Uint8Array(0), publicKey, secrets))).toBe('malformed');
    expect(codeOf(() => certificateBody(publicKey, 128, secrets, NOW_MS))).toBe('malformed');
  });
});
