import { nodePrimitives } from '@sotto/primitives-node';
import { noblePrimitives, xeddsaSign, xeddsaVerify } from '@sotto/protocol/crypto';
import { encodeCurveKey } from '@sotto/protocol/handshake';
import { expect, it } from 'vitest';
import { Dice } from './seeded-random.ts';
import type { Bytes } from './signal-stores.ts';
import { describeWithPeer } from './with-peer.ts';

const CASES = 1000;
/** The pure one is twenty times slower. */
const backends = [
  { name: 'native', primitives: nodePrimitives, cases: CASES },
  { name: 'noble', primitives: noblePrimitives, cases: 200 },
];

const flipped = (bytes: Uint8Array, bit: number): Bytes => {
  const copy = Uint8Array.from(bytes);
  copy[bit >> 3] = copy[bit >> 3]! ^ (1 << (bit & 7));
  return copy;
};

describeWithPeer(({ PrivateKey, PublicKey }) => {
  it.each(backends)(
    'INTEROP-1: $cases of its signatures verify here, changed ones do not ($name)',
    ({ primitives, cases }) => {
      const dice = new Dice('theirs');
      for (let i = 0; i < cases; i++) {
        const secret = PrivateKey.generate();
        const key = secret.getPublicKey().getPublicKeyBytes();
        const message = dice.bytes(dice.below(200)) as Bytes;
        const signature = secret.sign(message);
        expect(xeddsaVerify(key, message, signature, primitives)).toBe(true);
        expect(xeddsaVerify(key, message, flipped(signature, dice.below(512)), primitives)).toBe(false);
        expect(xeddsaVerify(key, Buffer.concat([message, Uint8Array.of(0)]), signature, primitives)).toBe(false);
        expect(xeddsaVerify(flipped(key, dice.below(255)), message, signature, primitives)).toBe(false);
      }
    },
  );

  it(`INTEROP-1: ${CASES} of ours verify there, changed ones do not`, () => {
    const dice = new Dice('ours');
    for (let i = 0; i < CASES; i++) {
      const secret = dice.bytes(32);
      const key = PublicKey.deserialize(encodeCurveKey(nodePrimitives.x25519.publicKey(secret)) as Bytes);
      const message = dice.bytes(dice.below(200)) as Bytes;
      const signature = xeddsaSign(nodePrimitives, secret, message, dice.bytes(64)) as Bytes;
      expect(key.verify(message, signature)).toBe(true);
      expect(key.verify(message, flipped(signature, dice.below(512)))).toBe(false);
      expect(key.verify(Buffer.concat([message, Uint8Array.of(0)]), signature)).toBe(false);
    }
  });

  it('INTEROP-1: each bit of a signature counts, there as here', () => {
    const secret = PrivateKey.generate();
    const key = secret.getPublicKey();
    const message = new Dice('bits').bytes(33) as Bytes;
    const signature = secret.sign(message);
    const accepted = (verify: (signature: Bytes) => boolean): number[] =>
      Array.from({ length: 512 }, (_, bit) => bit).filter((bit) => verify(flipped(signature, bit)));
    expect(accepted((changed) => key.verify(message, changed))).toEqual([]);
    expect(accepted((changed) => xeddsaVerify(key.getPublicKeyBytes(), message, changed, nodePrimitives))).toEqual([]);
  });
});
