import { beforeAll, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { noblePrimitives, type Primitives } from '../crypto/index.ts';
import { codeOf, flipBit, NOW_MS, person, seededRandom } from '../identity/identity.fixture.ts';
import { verifySealKey } from '../identity/index.ts';
import { LIVE_BODY_BYTES, padTo } from '../mailbox/index.ts';
import {
  create,
  decodeDeviceCertificate,
  encode,
  ENVELOPE_SIZES,
  SealedKind,
  SealedMessageSchema,
} from '../wire/index.ts';
import { KEM_X_WING, keySchedule } from './hpke.ts';
import {
  createSealKey,
  open,
  seal,
  SEAL_OVERHEAD_BYTES,
  sealKeyIdOf,
  type OpenRequest,
  type SealRequest,
} from './index.ts';
import { xWingEncapsulate } from './x-wing.ts';

const anna = person('anna');
const ben = person('ben');
const random = seededRandom('sealed');
const mailbox = ben.account.publicKey;
const owner = { account: mailbox, device: 1, signingSeed: ben.device.signingSeed, id: 0x0102_0304, until: NOW_MS };
const pair = createSealKey(noblePrimitives, random, owner);
const certificate = decodeDeviceCertificate(anna.device.certificate);
const at: OpenRequest = { seed: pair.seed, publicKey: pair.publicKey, mailbox, device: 1 };

const requestFor = (message: Uint8Array): SealRequest => ({
  sealKey: verifySealKey(noblePrimitives, pair.published, ben.certificate),
  mailbox,
  device: 1,
  message: { certificate, kind: SealedKind.RATCHET, contentId: new Uint8Array(16).fill(4), message },
});
const sealBytes = (message: Uint8Array): Uint8Array => seal(noblePrimitives, random, requestFor(message));
const tryOpen = (body: Uint8Array, change: Partial<OpenRequest> = {}): unknown =>
  codeOf(() => open(noblePrimitives, { ...at, ...change }, body));

describe('sealing key', () => {
  it('SEAL-5: is signed by the device and verifies as published', () => {
    const verified = verifySealKey(noblePrimitives, pair.published, ben.certificate);
    expect(verified).toEqual({ id: pair.id, key: pair.publicKey, until: NOW_MS });
    expect(codeOf(() => verifySealKey(noblePrimitives, pair.published, anna.certificate))).toBe('bad-signature');
  });
});

describe('sealed message', () => {
  let body: Uint8Array;
  beforeAll(() => {
    body = sealBytes(new Uint8Array(300).fill(9));
  });

  it('SEAL-1: comes back as it was, from one of the envelope sizes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 5000 }), (message) => {
        const sealed = sealBytes(Uint8Array.from(message));
        expect(ENVELOPE_SIZES).toContain(sealed.length);
        const opened = open(noblePrimitives, at, sealed);
        expect(Uint8Array.from(opened.message)).toEqual(Uint8Array.from(message));
        expect(opened.kind).toBe(SealedKind.RATCHET);
        expect(Uint8Array.from(opened.contentId)).toEqual(new Uint8Array(16).fill(4));
        expect(Uint8Array.from(opened.certificate.body)).toEqual(certificate.body);
      }),
      { numRuns: 15 },
    );
  });

  it('SEAL-1: is format, key id, encapsulation, ciphertext', () => {
    expect([...body.subarray(0, 5)]).toEqual([1, 1, 2, 3, 4]);
    expect(body).toHaveLength(2048);
    expect(sealKeyIdOf(body)).toBe(0x0102_0304);
    expect(sealKeyIdOf(Uint8Array.of(...new Uint8Array(7), ...body).subarray(7))).toBe(0x0102_0304);
    expect(sealKeyIdOf(body.subarray(1))).toBeNull();
    expect(sealKeyIdOf(body.with(0, 2))).toBeNull();
    expect(sealKeyIdOf(new Uint8Array(0))).toBeNull();
  });

  it('SEAL-1: what fits a size takes that size, one byte more the next; beyond the largest it is refused', () => {
    const sizeOf = (length: number): unknown => {
      const sealed = codeOf(() => sealBytes(new Uint8Array(length)));
      return sealed instanceof Uint8Array ? sealed.length : sealed;
    };
    const request = requestFor(new Uint8Array(300));
    const fields = encode(SealedMessageSchema, create(SealedMessageSchema, request.message)).length - 300;
    for (const size of [2048, 4096, 8192, 16_384]) {
      expect(sizeOf(size - SEAL_OVERHEAD_BYTES - fields)).toBe(size);
      expect(sizeOf(size - SEAL_OVERHEAD_BYTES - fields + 1)).toBe(size * 2);
    }
    // Lengths from 16,384 up take one byte more to write.
    expect(sizeOf(49_152 - SEAL_OVERHEAD_BYTES - fields - 1)).toBe(49_152);
    expect(sizeOf(49_152 - SEAL_OVERHEAD_BYTES - fields)).toBe('too-long');
  });

  it('SEAL-1: two seals of the same message have nothing in common behind the key id', () => {
    const other = sealBytes(new Uint8Array(300).fill(9));
    let same = 0;
    for (let i = 5; i < body.length; i++) if (body[i] === other[i]) same++;
    expect(same).toBeLessThan(60);
  });

  it('SEAL-2: opens only in the mailbox, for the device and with the key it was made for', () => {
    expect(tryOpen(body)).toMatchObject({ kind: SealedKind.RATCHET });
    expect(tryOpen(body, { mailbox: anna.account.publicKey })).toBe('cannot-open');
    expect(tryOpen(body, { device: 2 })).toBe('cannot-open');
    const other = createSealKey(noblePrimitives, random, { ...owner, id: 5 });
    expect(tryOpen(body, { seed: other.seed, publicKey: other.publicKey })).toBe('cannot-open');
    expect(tryOpen(body, { publicKey: other.publicKey })).toBe('cannot-open');
    expect(tryOpen(body, { seed: new Uint8Array(5) })).toBe('cannot-open');
  });

  it('SEAL-3: a flipped bit anywhere, a cut or a longer body cannot be opened', () => {
    const boundaries = [0, 1, 4, 5, 1092, 1093, 1124, 1125, 2031, 2032, 2047];
    const sampled = Array.from({ length: 80 }, (_, i) => 7 + i * 25);
    for (const byte of [...boundaries, ...sampled]) {
      const bit = byte * 8 + (byte % 8);
      expect(tryOpen(flipBit(body, bit)), `bit ${bit}`).toBe('cannot-open');
    }
    for (let length = 0; length < 2048; length++) {
      expect(tryOpen(body.subarray(0, length)), `cut to ${length}`).toBe('cannot-open');
    }
    const longer = new Uint8Array(4096);
    longer.set(body);
    for (const wrong of [body.subarray(0, 2047), longer, new Uint8Array(2048), new Uint8Array(2048).fill(1)]) {
      expect(tryOpen(wrong)).toBe('cannot-open');
    }
  });

  /** Seals a plaintext that seal() would never make. */
  function sealPlaintext(plaintext: Uint8Array): Uint8Array {
    const { ciphertext, sharedSecret } = xWingEncapsulate(noblePrimitives, random, pair.publicKey);
    const info = Buffer.concat([Buffer.from('sotto/seal/1'), mailbox, Buffer.from([0, 0, 0, 1])]);
    const { key, baseNonce } = keySchedule(noblePrimitives, KEM_X_WING, sharedSecret, info);
    const header = Uint8Array.of(1, 1, 2, 3, 4);
    const sealed = noblePrimitives.chaChaPoly.seal(key, baseNonce, header, plaintext);
    return Uint8Array.from(Buffer.concat([header, ciphertext, sealed]));
  }

  it('SEAL-3: a well sealed body with malformed contents cannot be opened either', () => {
    const room = 2048 - SEAL_OVERHEAD_BYTES + 1;
    const good = open(noblePrimitives, at, body);
    expect(good.message).toHaveLength(300);
    const contents: [string, Uint8Array][] = [
      ['no padding', new Uint8Array(room)],
      ['empty message', padTo(new Uint8Array(0), room)],
      ['not protobuf', padTo(new Uint8Array(20).fill(0xff), room)],
    ];
    for (const [what, plaintext] of contents) expect(tryOpen(sealPlaintext(plaintext)), what).toBe('cannot-open');
  });

  it('SEAL-2: a sealing key that is none is refused by the sender', () => {
    const request = requestFor(new Uint8Array(1));
    const withKey = (key: Uint8Array): unknown =>
      codeOf(() => seal(noblePrimitives, random, { ...request, sealKey: { ...request.sealKey, key } }));
    expect(withKey(pair.publicKey.subarray(1))).toBe('bad-key');
    expect(withKey(new Uint8Array(1216).fill(0xff))).toBe('bad-key');
    expect(withKey(pair.publicKey.slice().fill(0, 1184))).toBe('bad-key');
  });

  it('MB-12: what must not be told apart is given one size, up to what fits it', () => {
    const sizeOf = (length: number): number =>
      seal(noblePrimitives, random, { ...requestFor(new Uint8Array(length)), minimumBytes: LIVE_BODY_BYTES }).length;
    for (const length of [1, 300, 900, 2400]) expect(sizeOf(length)).toBe(LIVE_BODY_BYTES);
    expect(sizeOf(4000)).toBe(8192);
  });

  it('SEAL-6: what may be in a message or not does not show in its size, in the largest envelope excepted', () => {
    const sizeOf = (length: number, headroom = 0): number =>
      seal(noblePrimitives, random, { ...requestFor(new Uint8Array(length)), headroom }).length;
    // The longest messages that fit the smallest and the largest envelope.
    const overhead =
      SEAL_OVERHEAD_BYTES +
      encode(SealedMessageSchema, create(SealedMessageSchema, requestFor(new Uint8Array(300)).message)).length -
      300;
    const [edge, most] = [2048 - overhead, 49_152 - overhead - 1];
    expect([sizeOf(edge), sizeOf(edge + 1)]).toEqual([2048, 4096]);
    expect([sizeOf(edge - 41, 41), sizeOf(edge - 40, 41)]).toEqual([2048, 4096]);
    expect([sizeOf(most), sizeOf(most, 49)]).toEqual([49_152, 49_152]);
    expect(codeOf(() => sizeOf(most + 1))).toBe('too-long');
  });

  it('SEAL-3: keys, secrets and plaintext are wiped after sealing', () => {
    const seen: Uint8Array[] = [];
    const watching: Primitives = {
      ...noblePrimitives,
      chaChaPoly: {
        ...noblePrimitives.chaChaPoly,
        seal: (key, nonce, ad, plaintext, out) => {
          seen.push(key, plaintext);
          return noblePrimitives.chaChaPoly.seal(key, nonce, ad, plaintext, out);
        },
      },
    };
    const sealed = seal(watching, random, requestFor(new Uint8Array(20).fill(7)));
    expect(open(noblePrimitives, at, sealed).message).toHaveLength(20);
    expect(seen).toHaveLength(2);
    for (const bytes of seen) expect(bytes.every((byte) => byte === 0)).toBe(true);
  });
});
