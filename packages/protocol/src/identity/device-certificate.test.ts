import { describe, expect, it } from 'vitest';
import { concat, noblePrimitives, utf8, xeddsaSign } from '../crypto/index.ts';
import {
  create,
  decodeDeviceCertificate,
  decodeDeviceCertificateBody,
  DeviceCertificateBodySchema,
  DeviceCertificateSchema,
  encode,
  type DeviceCertificateBody,
} from '../wire/index.ts';
import { codeOf, hostileVariants, NOW_MS, person } from './identity.fixture.ts';
import { createDevice, verifyCertificate } from './index.ts';

const anna = person('anna');
const mallory = person('mallory');
const verify = (encoded: Uint8Array) => verifyCertificate(noblePrimitives, encoded);

/** Anna's account and device sign a body that was changed before signing: only the rules can refuse it. */
function signed(change: (body: DeviceCertificateBody) => void): Uint8Array {
  const message = decodeDeviceCertificate(anna.device.certificate);
  const body = decodeDeviceCertificateBody(message.body);
  change(body);
  const encoded = encode(DeviceCertificateBodySchema, body);
  const bytes = concat(utf8('sotto/device/1'), encoded);
  return encode(
    DeviceCertificateSchema,
    create(DeviceCertificateSchema, {
      body: encoded,
      accountSignature: noblePrimitives.ed25519.sign(anna.account.seed, bytes),
      deviceSignature: xeddsaSign(noblePrimitives, anna.device.identitySecret, bytes, new Uint8Array(64)),
    }),
  );
}

describe('device certificate', () => {
  it('ID-3: carries the keys of the device and verifies from bytes and from a message', () => {
    const { device, certificate, account } = anna;
    expect(certificate.account).toEqual(account.publicKey);
    expect(certificate).toMatchObject({ device: 1, createdAt: NOW_MS });
    expect(certificate.identityKey).toEqual(device.identityKey);
    expect(certificate.signingKey).toEqual(noblePrimitives.ed25519.publicKey(device.signingSeed));
    expect(certificate.linkKey).toEqual(noblePrimitives.x25519.publicKey(device.linkSecret));
    expect(certificate.encoded).toEqual(device.certificate);
    expect(verifyCertificate(noblePrimitives, decodeDeviceCertificate(device.certificate))).toEqual(certificate);
    expect(verify(signed(() => {}))).toMatchObject({ device: 1 });
  });

  it('ID-3: no flipped bit, cut or added byte is accepted', () => {
    for (const { what, bytes } of hostileVariants(anna.device.certificate)) {
      expect(
        codeOf(() => verify(bytes)),
        what,
      ).toBeOneOf(['malformed', 'unknown-version', 'bad-signature']);
    }
  });

  it('ID-3: a device cannot be certified by an account it did not sign for', () => {
    // Mallory takes Anna's device keys into her own account and signs what she can.
    const message = decodeDeviceCertificate(anna.device.certificate);
    const body = decodeDeviceCertificateBody(message.body);
    body.account = mallory.account.publicKey;
    const encoded = encode(DeviceCertificateBodySchema, body);
    const bytes = concat(utf8('sotto/device/1'), encoded);
    const accountSignature = noblePrimitives.ed25519.sign(mallory.account.seed, bytes);
    const hers = xeddsaSign(noblePrimitives, mallory.device.identitySecret, bytes, new Uint8Array(64));
    for (const deviceSignature of [message.deviceSignature, hers, accountSignature]) {
      const stolen = create(DeviceCertificateSchema, { body: encoded, accountSignature, deviceSignature });
      expect(() => verifyCertificate(noblePrimitives, stolen)).toThrow(/not signed by its own device/);
    }
  });

  it('ID-3: a device cannot put itself into an account that did not sign for it', () => {
    const message = decodeDeviceCertificate(anna.device.certificate);
    message.accountSignature = decodeDeviceCertificate(mallory.device.certificate).accountSignature;
    expect(() => verifyCertificate(noblePrimitives, message)).toThrow(/not signed by its account/);
  });

  it('ID-1: signatures of another context do not count', () => {
    const message = decodeDeviceCertificate(anna.device.certificate);
    for (const context of ['', 'sotto/device-list/1', 'sotto/device/2']) {
      const bytes = concat(utf8(context), message.body);
      const accountSignature = noblePrimitives.ed25519.sign(anna.account.seed, bytes);
      const other = create(DeviceCertificateSchema, { ...message, accountSignature });
      expect(codeOf(() => verifyCertificate(noblePrimitives, other))).toBe('bad-signature');
    }
  });

  it('ID-1: an unknown version is refused by its number', () => {
    const newer = signed((body) => (body.version = 2));
    expect(codeOf(() => verify(newer))).toBe('unknown-version');
    expect(() => verify(newer)).toThrow(/version 2/);
  });

  it('ID-4: numbers and lengths out of range are refused, properly signed or not', () => {
    for (const device of [0, 128, 2 ** 31]) {
      expect(
        codeOf(() => verify(signed((body) => (body.device = device)))),
        `device ${device}`,
      ).toBe('malformed');
      expect(codeOf(() => createDevice(noblePrimitives, anna.random, anna.account, device, NOW_MS))).toBe('malformed');
    }
    for (const field of ['account', 'identityKey', 'signingKey', 'linkKey'] as const) {
      for (const resize of [
        (key: Uint8Array) => key.slice(1),
        (key: Uint8Array) => concat(key, new Uint8Array(1)),
        () => new Uint8Array(0),
      ]) {
        expect(
          codeOf(() => verify(signed((body) => (body[field] = resize(body[field]))))),
          field,
        ).toBe('malformed');
      }
    }
    expect(codeOf(() => verify(signed((body) => (body.identityKey = flipType(body.identityKey)))))).toBe('malformed');
    expect(codeOf(() => verify(signed((body) => (body.createdAt = 2n ** 60n))))).toBe('malformed');
    expect(verify(signed((body) => (body.device = 127))).device).toBe(127);
  });

  it('ID-1: what was verified does not change with the buffer it came in', () => {
    const buffer = Uint8Array.from(anna.device.certificate);
    const certificate = verify(buffer);
    buffer.fill(0);
    expect(certificate).toEqual(anna.certificate);
  });
});

function flipType(identityKey: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(0x06), identityKey.subarray(1));
}
