import { describe, expect, it } from 'vitest';
import { noblePrimitives as P, xeddsaVerify } from '../crypto/index.ts';
import { seededRandom } from '../identity/identity.fixture.ts';
import { encodeCurveKey } from './key-encoding.ts';
import { initiateHandshake, respondHandshake } from './pqxdh.ts';
import { createKyberPrekey, createOneTimePrekeys, createSignedPrekey } from './prekeys.ts';

const random = seededRandom('pqxdh');
const localSecret = random(32);
const remoteSecret = random(32);
const signedPrekey = createSignedPrekey(P, random, remoteSecret, 1);
const kyberPrekey = createKyberPrekey(P, random, remoteSecret, 2);
const [oneTime, otherOneTime] = createOneTimePrekeys(P, random, 3, 2);
const identityKey = encodeCurveKey(P.x25519.publicKey(localSecret));
const bundle = {
  identityKey: encodeCurveKey(P.x25519.publicKey(remoteSecret)),
  registrationId: 5,
  signedPrekey,
  kyberPrekey,
  oneTime: oneTime!,
};
const responder = {
  identitySecret: remoteSecret,
  signedPrekeySecret: signedPrekey.secret,
  oneTimeSecret: oneTime!.secret as Uint8Array | null,
  kyberSecret: kyberPrekey.secret,
};
const begun = initiateHandshake(P, random, localSecret, bundle);
const remote = { identityKey, baseKey: begun.baseKey, kyberCiphertext: begun.kyberCiphertext };

describe('prekeys', () => {
  it('PQ-2: the identity key signs the encoded signed prekey and Kyber prekey', () => {
    const identity = P.x25519.publicKey(remoteSecret);
    for (const prekey of [signedPrekey, kyberPrekey]) {
      expect(xeddsaVerify(identity, prekey.key, prekey.signature)).toBe(true);
      expect(xeddsaVerify(identity, prekey.key.subarray(1), prekey.signature)).toBe(false);
    }
    expect([signedPrekey.key.length, kyberPrekey.key.length]).toEqual([33, 1569]);
  });

  it('PQ-2: one-time prekeys have ids in a row and keys of their secrets', () => {
    expect([oneTime!.id, otherOneTime!.id]).toEqual([3, 4]);
    for (const prekey of [oneTime!, otherOneTime!]) {
      expect(prekey.key).toEqual(encodeCurveKey(P.x25519.publicKey(prekey.secret)));
    }
    expect(oneTime!.secret).not.toEqual(otherOneTime!.secret);
  });
});

describe('PQXDH', () => {
  it('PQ-3: both sides derive the same three secrets', () => {
    expect(respondHandshake(P, responder, remote)).toEqual(begun.secrets);
    const { rootKey, chainKey, postQuantumKey } = begun.secrets;
    expect([rootKey.length, chainKey.length, postQuantumKey.length]).toEqual([32, 32, 32]);
    expect(rootKey).not.toEqual(chainKey);
  });

  it('PQ-3: without a one-time prekey too', () => {
    const { secrets, baseKey, kyberCiphertext } = initiateHandshake(P, random, localSecret, {
      ...bundle,
      oneTime: null,
    });
    const answer = { identityKey, baseKey, kyberCiphertext };
    expect(respondHandshake(P, { ...responder, oneTimeSecret: null }, answer)).toEqual(secrets);
    expect(respondHandshake(P, responder, answer)).not.toEqual(secrets);
  });

  it.each([
    ['identity secret', { identitySecret: localSecret }],
    ['signed prekey', { signedPrekeySecret: localSecret }],
    ['one-time prekey', { oneTimeSecret: otherOneTime!.secret }],
    ['absence of the one-time prekey', { oneTimeSecret: null }],
    ['Kyber prekey', { kyberSecret: random(64) }],
  ])('PQ-3: another %s gives other secrets', (_, change) => {
    const secrets = respondHandshake(P, { ...responder, ...change }, remote);
    expect(secrets.rootKey).not.toEqual(begun.secrets.rootKey);
    expect(secrets.chainKey).not.toEqual(begun.secrets.chainKey);
    expect(secrets.postQuantumKey).not.toEqual(begun.secrets.postQuantumKey);
  });

  it('PQ-3: secrets given in are not modified', () => {
    const before = structuredClone(responder);
    respondHandshake(P, responder, remote);
    expect(responder).toEqual(before);
  });

  const small = new Uint8Array(33).fill(5, 0, 1);
  const highBit = begun.baseKey.with(32, begun.baseKey[32]! | 0x80);
  it.each([
    ['small-order base key', { baseKey: small }],
    ['base key in another form', { baseKey: highBit }],
    ['small-order identity key', { identityKey: small }],
    ['short ciphertext', { kyberCiphertext: begun.kyberCiphertext.subarray(0, 1568) }],
    ['ciphertext of another type', { kyberCiphertext: begun.kyberCiphertext.with(0, 7) }],
  ])('PQ-1: the responder refuses a %s', (_, change) => {
    expect(() => respondHandshake(P, responder, { ...remote, ...change })).toThrow(
      expect.objectContaining({ name: 'HandshakeError', code: 'bad-key' }),
    );
  });

  it.each([
    ['small-order signed prekey', { signedPrekey: { id: 1, key: small } }],
    ['small-order one-time prekey', { oneTime: { id: 1, key: small } }],
    ['small-order identity key', { identityKey: small }],
    ['Kyber key outside the modulus', { kyberPrekey: { id: 1, key: new Uint8Array(1569).fill(0xff).with(0, 8) } }],
    ['short Kyber key', { kyberPrekey: { id: 1, key: kyberPrekey.key.subarray(0, 100) } }],
  ])('PQ-1: the initiator refuses a %s', (_, change) => {
    expect(() => initiateHandshake(P, random, localSecret, { ...bundle, ...change })).toThrow(
      expect.objectContaining({ name: 'HandshakeError', code: 'bad-key' }),
    );
  });
});
