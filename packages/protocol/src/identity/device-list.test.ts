import { describe, expect, it } from 'vitest';
import { concat, noblePrimitives, utf8 } from '../crypto/index.ts';
import {
  create,
  decodeDeviceCertificate,
  decodeDeviceList,
  decodeDeviceListBody,
  DeviceListBodySchema,
  DeviceListSchema,
  encode,
  type DeviceListBody,
} from '../wire/index.ts';
import { codeOf, hostileVariants, NOW_MS, person } from './identity.fixture.ts';
import { createDevice, findDevice, MAX_DEVICES, signDeviceList, verifyCertificate, verifyDeviceList } from './index.ts';
import type { DeviceKeys, VerifiedDeviceList } from './index.ts';

const anna = person('anna');
const mallory = person('mallory');
const { account, list: first } = anna;

const newDevice = (device: number): DeviceKeys =>
  createDevice(noblePrimitives, anna.random, account, device, NOW_MS + device);
const second = newDevice(2);
const third = newDevice(3);

const follow = (previous: VerifiedDeviceList | null, ...devices: DeviceKeys[]): VerifiedDeviceList =>
  signDeviceList(noblePrimitives, account, {
    certificates: devices.map(({ certificate }) => certificate),
    previous,
    nowMs: NOW_MS,
  });
const verify = (encoded: Uint8Array, previous?: VerifiedDeviceList, of = account.publicKey): VerifiedDeviceList =>
  verifyDeviceList(noblePrimitives, encoded, of, previous);

/** The account signs a body that was changed before signing: only the rules can refuse it. */
function signed(from: VerifiedDeviceList, change: (body: DeviceListBody) => void): Uint8Array {
  const body = decodeDeviceListBody(decodeDeviceList(from.encoded).body);
  change(body);
  const encoded = encode(DeviceListBodySchema, body);
  const signature = noblePrimitives.ed25519.sign(account.seed, concat(utf8('sotto/device-list/1'), encoded));
  return encode(DeviceListSchema, create(DeviceListSchema, { body: encoded, signature }));
}

const revision2 = follow(first, anna.device, second);
const revision3 = follow(revision2, anna.device, third);

describe('device list', () => {
  it('ID-5: lists the devices of the account by number, from bytes and from a message', () => {
    expect(first).toMatchObject({ revision: 1, highestDevice: 1, createdAt: NOW_MS, continuity: 'first-seen' });
    expect(first.account).toEqual(account.publicKey);
    expect(first.devices).toEqual([anna.certificate]);
    expect(verifyDeviceList(noblePrimitives, decodeDeviceList(first.encoded), account.publicKey)).toEqual(first);
    const unsorted = follow(first, second, anna.device);
    expect(unsorted.devices.map(({ device }) => device)).toEqual([1, 2]);
  });

  it('ID-5: no flipped bit, cut or added byte is accepted', () => {
    for (const { what, bytes } of hostileVariants(first.encoded)) {
      expect(
        codeOf(() => verify(bytes)),
        what,
      ).toBeOneOf(['malformed', 'unknown-version', 'bad-signature', 'wrong-account']);
    }
  });

  it('ID-5: only the account itself signs its list', () => {
    expect(codeOf(() => verify(first.encoded, undefined, mallory.account.publicKey))).toBe('wrong-account');
    const hers = signDeviceList(noblePrimitives, mallory.account, {
      certificates: [mallory.device.certificate],
      previous: null,
      nowMs: NOW_MS,
    });
    expect(codeOf(() => verify(hers.encoded))).toBe('wrong-account');
    const { body } = decodeDeviceList(first.encoded);
    const bytes = concat(utf8('sotto/device-list/1'), body);
    const forged = create(DeviceListSchema, {
      body,
      signature: noblePrimitives.ed25519.sign(mallory.account.seed, bytes),
    });
    expect(codeOf(() => verifyDeviceList(noblePrimitives, forged, account.publicKey))).toBe('bad-signature');
  });

  it("ID-5: another account's certificate is refused though the account signed the list", () => {
    const foreign = decodeDeviceCertificate(mallory.device.certificate);
    expect(codeOf(() => verify(signed(first, (body) => (body.devices = [foreign]))))).toBe('wrong-account');
    expect(
      codeOf(() =>
        signDeviceList(noblePrimitives, account, {
          certificates: [mallory.device.certificate],
          previous: null,
          nowMs: NOW_MS,
        }),
      ),
    ).toBe('wrong-account');
  });

  it('ID-5: a certificate with a broken signature is refused', () => {
    const broken = signed(first, (body) => {
      const [certificate] = body.devices;
      if (certificate !== undefined) certificate.deviceSignature = certificate.accountSignature;
    });
    expect(codeOf(() => verify(broken))).toBe('bad-signature');
  });

  it('ID-5: numbers must rise, be unique and stay within the highest', () => {
    const [one, two] = revision2.devices.map(({ encoded }) => decodeDeviceCertificate(encoded));
    if (one === undefined || two === undefined) throw new Error('two devices expected');
    const cases: [string, (body: DeviceListBody) => void][] = [
      ['twice', (body) => (body.devices = [one, one])],
      ['falling', (body) => (body.devices = [two, one])],
      ['above the highest', (body) => (body.highestDevice = 1)],
      ['no highest', (body) => (body.highestDevice = 0)],
      ['highest out of range', (body) => (body.highestDevice = 128)],
      ['none', (body) => (body.devices = [])],
      ['no revision', (body) => (body.revision = 0n)],
      ['revision out of range', (body) => (body.revision = 2n ** 63n)],
      ['no previous hash', (body) => (body.previousHash = new Uint8Array(0))],
      ['short previous hash', (body) => (body.previousHash = body.previousHash.slice(1))],
      ['time out of range', (body) => (body.createdAt = 2n ** 63n)],
    ];
    for (const [what, change] of cases)
      expect(
        codeOf(() => verify(signed(revision2, change))),
        what,
      ).toBe('malformed');
    expect(verify(signed(revision2, () => {})).revision).toBe(2);
  });

  it('ID-5: at most 16 devices', () => {
    const devices = Array.from({ length: MAX_DEVICES + 1 }, (_, i) => newDevice(i + 1));
    expect(codeOf(() => follow(null, ...devices))).toBe('malformed');
    expect(follow(null, ...devices.slice(1)).devices).toHaveLength(MAX_DEVICES);
  });

  it('ID-1: an unknown version is refused by its number', () => {
    const newer = signed(first, (body) => (body.version = 7));
    expect(codeOf(() => verify(newer))).toBe('unknown-version');
    expect(() => verify(newer)).toThrow(/version 7/);
  });

  it('ID-6: a list follows on the one before by its hash', () => {
    expect(verify(first.encoded, first).continuity).toBe('same');
    expect(verify(revision2.encoded, first)).toMatchObject({ revision: 2, highestDevice: 2, continuity: 'next' });
    expect(decodeDeviceListBody(decodeDeviceList(revision2.encoded).body).previousHash).toEqual(first.hash);
    expect(first.hash).toEqual(noblePrimitives.sha256(decodeDeviceList(first.encoded).body));
  });

  it('ID-6: revision 1 has no previous hash', () => {
    expect(codeOf(() => verify(signed(first, (body) => (body.previousHash = new Uint8Array(32)))))).toBe('malformed');
  });

  it('ID-6: an older list is a rollback', () => {
    expect(codeOf(() => verify(first.encoded, revision2))).toBe('rollback');
    expect(codeOf(() => verify(revision2.encoded, revision3))).toBe('rollback');
  });

  it('ID-6: two lists with one revision, or with one predecessor, are a fork', () => {
    const other1 = follow(null, second);
    expect(codeOf(() => verify(other1.encoded, first))).toBe('fork');
    const other2 = follow(other1, second, third);
    expect(codeOf(() => verify(other2.encoded, first))).toBe('fork');
    const wrongHash = signed(revision2, (body) => (body.previousHash = new Uint8Array(32)));
    expect(codeOf(() => verify(wrongHash, first))).toBe('fork');
  });

  it('ID-6: revisions that were not seen are skipped, and the result says so', () => {
    expect(verify(revision3.encoded, first)).toMatchObject({ revision: 3, continuity: 'skipped' });
    expect(verify(revision3.encoded)).toMatchObject({ revision: 3, continuity: 'first-seen' });
  });

  it('ID-7: a removed number does not come back, not even for the same device or over skipped revisions', () => {
    expect(revision3.devices.map(({ device }) => device)).toEqual([1, 3]);
    const back = signed(revision3, (body) => {
      body.revision = 4n;
      body.previousHash = revision3.hash;
      body.devices.splice(1, 0, decodeDeviceCertificate(second.certificate));
    });
    expect(codeOf(() => verify(back, revision3))).toBe('device-reused');
    const later = signed(revision3, (body) => {
      body.revision = 9n;
      body.devices.splice(1, 0, decodeDeviceCertificate(second.certificate));
    });
    expect(codeOf(() => verify(later, revision3))).toBe('device-reused');
    expect(verify(later, first).continuity).toBe('skipped');
  });

  it('ID-7: a number does not pass to another device', () => {
    const impostor = newDevice(2);
    const replaced = signed(revision2, (body) => {
      body.revision = 3n;
      body.previousHash = revision2.hash;
      body.devices = [anna.device.certificate, impostor.certificate].map(decodeDeviceCertificate);
    });
    expect(codeOf(() => verify(replaced, revision2))).toBe('device-reused');
  });

  it('ID-7: the highest number does not fall', () => {
    const lowered = signed(revision3, (body) => {
      body.revision = 4n;
      body.previousHash = revision3.hash;
      body.devices = [decodeDeviceCertificate(anna.device.certificate)];
      body.highestDevice = 2;
    });
    expect(codeOf(() => verify(lowered, revision3))).toBe('rollback');
  });

  it('ID-8: only the newest list says who belongs', () => {
    const certificate = verifyCertificate(noblePrimitives, second.certificate);
    expect(findDevice(first, certificate)).toBeNull();
    expect(findDevice(revision2, certificate)?.identityKey).toEqual(second.identityKey);
    expect(findDevice(revision3, certificate)).toBeNull();
    const sameNumber = verifyCertificate(noblePrimitives, newDevice(2).certificate);
    expect(findDevice(revision2, sameNumber)).toBeNull();
  });
});
