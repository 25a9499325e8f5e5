import { describe, expect, it } from 'vitest';
import { concat, noblePrimitives, xeddsaSign } from '../crypto/index.ts';
import {
  create,
  decodeDeviceList as listMessage,
  decodeOneTimeKey,
  decodeSealKey,
  decodeSignedPrekey,
  KeyUploadSchema,
  OneTimeKeySchema,
  PrekeyBundleSchema,
  SealKeySchema,
  SignedKeySchema,
  type KeyUpload,
  type PrekeyBundle,
  type SignedKey,
} from '../wire/index.ts';
import { codeOf, flipBit, NOW_MS, person, type Person } from './identity.fixture.ts';
import {
  createDevice,
  sealKeyBytes,
  signDeviceList,
  verifyBundle,
  verifyCertificate,
  verifyKeyUpload,
} from './index.ts';

const anna = person('anna');
const mallory = person('mallory');

const curveKey = (fill: number): Uint8Array => concat(Uint8Array.of(5), new Uint8Array(32).fill(fill));
const kyberKey = (fill: number): Uint8Array => concat(Uint8Array.of(8), new Uint8Array(1568).fill(fill));

function signedKey(by: Person, id: number, key: Uint8Array): SignedKey {
  const signature = xeddsaSign(noblePrimitives, by.device.identitySecret, key, new Uint8Array(64));
  return create(SignedKeySchema, { id, key, signature });
}

function sealKey(by: Person, account = by.account.publicKey, device = 1) {
  const published = { id: 7, key: new Uint8Array(1216).fill(3), until: NOW_MS };
  const signature = noblePrimitives.ed25519.sign(by.device.signingSeed, sealKeyBytes({ account, device }, published));
  return create(SealKeySchema, { ...published, until: BigInt(NOW_MS), signature });
}

function bundleOf(by: Person): PrekeyBundle {
  return create(PrekeyBundleSchema, {
    device: 1,
    registrationId: 16_380,
    signedPrekey: signedKey(by, 1, curveKey(1)),
    kyberPrekey: signedKey(by, 2, kyberKey(2)),
    oneTime: create(OneTimeKeySchema, { id: 3, key: curveKey(3) }),
    sealKey: sealKey(by),
  });
}

const check = (change: (bundle: PrekeyBundle) => void): unknown => {
  const bundle = bundleOf(anna);
  change(bundle);
  return codeOf(() => verifyBundle(noblePrimitives, bundle, anna.certificate));
};

describe('key bundle', () => {
  it('ID-12: a proper bundle verifies, with and without a one-time key', () => {
    const bundle = verifyBundle(noblePrimitives, bundleOf(anna), anna.certificate);
    expect(bundle).toMatchObject({
      device: 1,
      registrationId: 16_380,
      signedPrekey: { id: 1 },
      kyberPrekey: { id: 2 },
    });
    expect(bundle.identityKey).toEqual(anna.device.identityKey);
    expect(bundle.oneTime).toEqual({ id: 3, key: curveKey(3) });
    expect(bundle.sealKey).toEqual({ id: 7, key: new Uint8Array(1216).fill(3), until: NOW_MS });
    expect(check((b) => delete b.oneTime)).toMatchObject({ oneTime: null });
  });

  it("ID-12: another device's keys do not pass", () => {
    expect(codeOf(() => verifyBundle(noblePrimitives, bundleOf(mallory), anna.certificate))).toBe('bad-signature');
    expect(check((b) => (b.device = 2))).toBe('wrong-device');
    expect(check((b) => (b.signedPrekey = signedKey(mallory, 1, curveKey(1))))).toBe('bad-signature');
    expect(check((b) => (b.kyberPrekey = signedKey(mallory, 2, kyberKey(2))))).toBe('bad-signature');
    expect(check((b) => (b.sealKey = sealKey(mallory)))).toBe('bad-signature');
  });

  it('ID-12: a flipped bit of a key or its signature is refused', () => {
    for (const field of ['signedPrekey', 'kyberPrekey'] as const) {
      for (const bit of [8, 77, 255]) {
        expect(
          check((b) => (b[field] = flipKey(b[field], bit))),
          `${field} ${bit}`,
        ).toBe('bad-signature');
        expect(
          check((b) => (b[field] = flipSignature(b[field], bit))),
          `${field} ${bit}`,
        ).toBe('bad-signature');
      }
      expect(
        check((b) => (b[field] = flipSignature(b[field], 511))),
        'the sign bit',
      ).toBe('bad-signature');
    }
  });

  it('ID-12: types, lengths and ids are checked', () => {
    expect(check((b) => (b.signedPrekey = signedKey(anna, 1, flipBit(curveKey(1), 0))))).toBe('malformed');
    expect(check((b) => (b.kyberPrekey = signedKey(anna, 2, flipBit(kyberKey(2), 0))))).toBe('malformed');
    expect(check((b) => (b.signedPrekey = signedKey(anna, 1, curveKey(1).slice(1))))).toBe('malformed');
    expect(check((b) => (b.kyberPrekey = signedKey(anna, 2, kyberKey(2).slice(1))))).toBe('malformed');
    // A Kyber key where a curve key belongs, though the device signed it.
    expect(check((b) => (b.signedPrekey = signedKey(anna, 1, kyberKey(1))))).toBe('malformed');
    expect(check((b) => (b.oneTime = create(OneTimeKeySchema, { id: 3, key: new Uint8Array(33) })))).toBe('malformed');
    expect(check((b) => delete b.signedPrekey)).toBe('malformed');
    expect(check((b) => delete b.kyberPrekey)).toBe('malformed');
    expect(check((b) => delete b.sealKey)).toBe('malformed');
    expect(check((b) => (b.signedPrekey = signedKey(anna, 0, curveKey(1))))).toBe('malformed');
    for (const id of [0, 16_381]) expect(check((b) => (b.registrationId = id))).toBe('malformed');
  });

  it('ID-13: a sealing key is bound to account, device, id, end and key', () => {
    expect(check((b) => (b.sealKey = sealKey(anna, mallory.account.publicKey)))).toBe('bad-signature');
    expect(check((b) => (b.sealKey = sealKey(anna, anna.account.publicKey, 2)))).toBe('bad-signature');
    const changes: ((key: NonNullable<PrekeyBundle['sealKey']>) => void)[] = [
      (key) => (key.id += 1),
      (key) => (key.until += 1n),
      (key) => (key.key = flipBit(key.key, 5000)),
      (key) => (key.signature = flipBit(key.signature, 100)),
    ];
    for (const change of changes) expect(check((b) => change(b.sealKey as never))).toBe('bad-signature');
    expect(check((b) => ((b.sealKey as { key: Uint8Array }).key = new Uint8Array(1215)))).toBe('malformed');
    expect(check((b) => ((b.sealKey as { signature: Uint8Array }).signature = new Uint8Array(63)))).toBe(
      'bad-signature',
    );
  });
});

function flipKey(key: SignedKey | undefined, bit: number): SignedKey {
  if (key === undefined) throw new Error('no key');
  return create(SignedKeySchema, { ...key, key: flipBit(key.key, bit) });
}
function flipSignature(key: SignedKey | undefined, bit: number): SignedKey {
  if (key === undefined) throw new Error('no key');
  return create(SignedKeySchema, { ...key, signature: flipBit(key.signature, bit) });
}

function uploadOf(by: Person): KeyUpload {
  return create(KeyUploadSchema, {
    registrationId: 1,
    signedPrekey: signedKey(by, 1, curveKey(1)),
    lastResortKyber: signedKey(by, 2, kyberKey(2)),
    sealKey: sealKey(by),
    oneTime: [create(OneTimeKeySchema, { id: 3, key: curveKey(3) })],
    oneTimeKyber: [signedKey(by, 4, kyberKey(4))],
  });
}

const upload = (change: (upload: KeyUpload) => void): unknown => {
  const message = uploadOf(anna);
  change(message);
  return codeOf(() => verifyKeyUpload(noblePrimitives, message, anna.certificate, anna.list));
};

describe('key upload', () => {
  it('ID-14: gives back what a node keeps', () => {
    const kept = verifyKeyUpload(noblePrimitives, uploadOf(anna), anna.certificate, anna.list);
    expect(kept.keys?.registrationId).toBe(1);
    expect(decodeSignedPrekey(kept.keys?.signedPrekey as Uint8Array).key).toEqual(curveKey(1));
    expect(decodeSealKey(kept.keys?.sealKey as Uint8Array).id).toBe(7);
    expect(kept.oneTime.map(({ id, key }) => [id, decodeOneTimeKey(key).key])).toEqual([[3, curveKey(3)]]);
    expect(kept.oneTimeKyber.map(({ id }) => id)).toEqual([4]);
    expect(kept.deviceList).toBeNull();
  });

  it('ID-14: keys that belong together come together or not at all', () => {
    const refill = create(KeyUploadSchema, { oneTime: [create(OneTimeKeySchema, { id: 9, key: curveKey(9) })] });
    expect(verifyKeyUpload(noblePrimitives, refill, anna.certificate, anna.list)).toMatchObject({ keys: null });
    expect(upload((u) => delete u.signedPrekey)).toBe('malformed');
    expect(upload((u) => delete u.lastResortKyber)).toBe('malformed');
    expect(upload((u) => delete u.sealKey)).toBe('malformed');
    expect(upload((u) => (u.registrationId = 0))).toBe('malformed');
  });

  it('ID-14: every signature is verified, also of the last one-time key', () => {
    expect(upload((u) => u.oneTimeKyber.push(signedKey(mallory, 5, kyberKey(5))))).toBe('bad-signature');
    expect(upload((u) => (u.lastResortKyber = signedKey(mallory, 2, kyberKey(2))))).toBe('bad-signature');
    expect(upload((u) => (u.signedPrekey = signedKey(mallory, 2, curveKey(2))))).toBe('bad-signature');
    expect(upload((u) => (u.sealKey = sealKey(mallory)))).toBe('bad-signature');
    expect(upload((u) => u.oneTime.push(create(OneTimeKeySchema, { id: 4, key: new Uint8Array(33) })))).toBe(
      'malformed',
    );
  });

  it('ID-14: batches are limited and ids unique', () => {
    const oneTime = (length: number) =>
      Array.from({ length }, (_, i) => create(OneTimeKeySchema, { id: i + 1, key: curveKey(i) }));
    expect(upload((u) => (u.oneTime = oneTime(100)))).toMatchObject({ keys: {} });
    expect(upload((u) => (u.oneTime = oneTime(101)))).toBe('malformed');
    expect(upload((u) => (u.oneTime = [...oneTime(2), ...oneTime(1)]))).toBe('malformed');
    const kyber = signedKey(anna, 4, kyberKey(4));
    expect(upload((u) => (u.oneTimeKyber = Array<SignedKey>(21).fill(kyber)))).toBe('malformed');
    expect(upload((u) => (u.oneTimeKyber = [kyber, kyber]))).toBe('malformed');
  });

  it('ID-14: only a device of the newest list publishes', () => {
    const device = createDevice(noblePrimitives, anna.random, anna.account, 2, NOW_MS);
    const certificate = verifyCertificate(noblePrimitives, device.certificate);
    const other: Person = { ...anna, device, certificate };
    const message = { ...uploadOf(other), sealKey: sealKey(other, anna.account.publicKey, 2) } as KeyUpload;
    const publish = (): unknown => codeOf(() => verifyKeyUpload(noblePrimitives, message, certificate, anna.list));
    expect(publish()).toBe('wrong-device');
    expect(codeOf(() => verifyKeyUpload(noblePrimitives, message, certificate))).toBe('wrong-device');
    const next = { previous: anna.list, nowMs: NOW_MS };
    const both = signDeviceList(noblePrimitives, anna.account, {
      ...next,
      certificates: [anna.device.certificate, device.certificate],
    });
    message.deviceList = listMessage(both.encoded);
    expect(publish()).toMatchObject({ deviceList: { revision: 2, continuity: 'next' } });
    const gone = signDeviceList(noblePrimitives, anna.account, {
      previous: both,
      nowMs: NOW_MS,
      certificates: [anna.device.certificate],
    });
    message.deviceList = listMessage(gone.encoded);
    expect(publish()).toBe('wrong-device');
  });

  it('ID-14: a list that rolls back, or belongs to another account, is refused', () => {
    const next = signDeviceList(noblePrimitives, anna.account, {
      certificates: [anna.device.certificate],
      previous: anna.list,
      nowMs: NOW_MS,
    });
    const message = create(KeyUploadSchema, { deviceList: listMessage(anna.list.encoded) });
    const publish = (list = next): unknown =>
      codeOf(() => verifyKeyUpload(noblePrimitives, message, anna.certificate, list));
    expect(publish()).toBe('rollback');
    message.deviceList = listMessage(mallory.list.encoded);
    expect(publish()).toBe('wrong-account');
  });
});
