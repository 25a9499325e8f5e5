import { createCipheriv, createHmac, hkdfSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { concat, noblePrimitives as P, utf8 } from '../crypto/index.ts';
import { encodeCurveKey, kyberDecapsulate } from '../handshake/index.ts';
import { messageKeys } from './key-derivation.ts';
import { LATEST_POST_QUANTUM, postQuantumRatchet } from './post-quantum-ratchet.ts';
import { parsePrekeyMessage } from './prekey-message.ts';
import { parseMessage, sealMessage, verifyMac } from './ratchet-message.ts';
import { createKeys, Device } from './two-devices.fixture.ts';

// A second, naive telling of the wire form, straight from the specifications, with another library.

const bytes = (...parts: readonly (string | number | ArrayLike<number>)[]): Uint8Array =>
  concat(
    ...parts.map((part) => {
      if (typeof part === 'number') return Uint8Array.of(part);
      return typeof part === 'string' ? utf8(part) : Uint8Array.from(part);
    }),
  );
const hmac = (key: Uint8Array, data: Uint8Array): Uint8Array => createHmac('sha256', key).update(data).digest();
const hkdf = (salt: Uint8Array, secret: Uint8Array, info: string, length: number): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', secret, salt, info, length));
const cbc = (key: Uint8Array, iv: Uint8Array, text: Uint8Array): Uint8Array => {
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  return concat(cipher.update(text), cipher.final());
};
const dh = (secret: Uint8Array, key: Uint8Array): Uint8Array => P.x25519.sharedSecret(secret, key.subarray(1));
const zeros = new Uint8Array(32);
const field = (number: number, value: Uint8Array): Uint8Array => {
  const { length } = value;
  return bytes((number << 3) | 2, length < 128 ? [length] : [(length & 127) | 128, length >> 7], value);
};

/** The post-quantum side of one message: field 5 as it came, the key by hand. */
interface Second {
  readonly part: Uint8Array;
  readonly key: Uint8Array;
}

/** One message by hand. */
function naiveMessage(
  chainKey: Uint8Array,
  ratchetKey: Uint8Array,
  [counter, previousCounter]: readonly [number, number],
  names: Uint8Array,
  text: string,
  { part, key }: Second,
): Uint8Array {
  const keys = hkdf(key, hmac(chainKey, Uint8Array.of(1)), 'WhisperMessageKeys', 80);
  const ciphertext = cbc(keys.subarray(0, 32), keys.subarray(64), bytes(text));
  const numbers = bytes(2 << 3, counter, 3 << 3, previousCounter);
  const body = concat(bytes(0x44), field(1, ratchetKey), numbers, field(4, ciphertext), field(5, part));
  return concat(body, hmac(keys.subarray(32, 64), concat(names, body)).subarray(0, 8));
}

const step = (chainKey: Uint8Array): Uint8Array => hmac(chainKey, Uint8Array.of(2));

/** The `index`th key of a post-quantum chain of epoch 0. */
function naivePostQuantumKey(start: Uint8Array, side: 'initiator' | 'responder', index: number): Uint8Array {
  const chains = hkdf(zeros, start, 'Signal PQ Ratchet V1 Chain  Start', 96);
  let chain = side === 'initiator' ? chains.subarray(32, 64) : chains.subarray(64, 96);
  for (let counter = 1; ; counter++) {
    const info = concat(Uint8Array.of(0, 0, 0, counter), bytes('Signal PQ Ratchet V1 Chain Next'));
    const derived = new Uint8Array(hkdfSync('sha256', chain, zeros, info, 64));
    if (counter === index) return derived.subarray(32);
    chain = derived.subarray(0, 32);
  }
}

describe('wire form, told a second time', () => {
  it.each([true, false])(
    'PQ-3, DR-1 to DR-4, DR-6: first messages and answers byte for byte (one-time prekey: %s)',
    (withOneTime) => {
      const a = new Device(createKeys('facts a', 11), 'facts random a');
      const b = new Device(createKeys('facts b', 12), 'facts random b');
      const { identitySecret: identityA, identityKey: ika } = a.keys.local;
      const { identitySecret: identityB, identityKey: ikb } = b.keys.local;
      const { signedPrekey, kyberPrekey, oneTime } = b.keys;
      a.start(b, withOneTime);
      const first = a.send('one');
      const second = a.send('two');
      const { baseKey, kyberCiphertext } = parsePrekeyMessage(first.message);

      // PQXDH as the responder computes it.
      const agreed = concat(
        new Uint8Array(32).fill(0xff),
        dh(signedPrekey.secret, ika),
        dh(identityB, baseKey),
        dh(signedPrekey.secret, baseKey),
        withOneTime ? dh(oneTime[0]!.secret, baseKey) : new Uint8Array(0),
        kyberDecapsulate(P, kyberPrekey.secret, kyberCiphertext.subarray(1)),
      );
      const secrets = hkdf(zeros, agreed, 'WhisperText_X25519_SHA-256_CRYSTALS-KYBER-1024', 96);

      // The initiator's chain: a fresh key against the signed prekey.
      const ratchetA = a.record.current!.sending.ratchetKey;
      const rootA = hkdf(secrets.subarray(0, 32), dh(signedPrekey.secret, ratchetA), 'WhisperRatchet', 64);
      const chainA = rootA.subarray(32);
      const wrap = (inner: Uint8Array): Uint8Array =>
        bytes(
          0x44,
          withOneTime ? [1 << 3, 100] : [],
          field(2, baseKey),
          field(3, ika),
          field(4, inner),
          [5 << 3, 11, 6 << 3, 7, 7 << 3, 9],
          field(8, kyberCiphertext),
        );
      const aToB = concat(ika, ikb);
      const of = (message: Uint8Array, side: 'initiator' | 'responder', index: number): Second => ({
        part: parseMessage(message).postQuantum,
        key: naivePostQuantumKey(secrets.subarray(64), side, index),
      });
      const oneA = of(parsePrekeyMessage(first.message).message, 'initiator', 1);
      const twoA = of(parsePrekeyMessage(second.message).message, 'initiator', 2);
      // Version 1, epoch 1, index, the first and second chunk of a header.
      expect([...oneA.part.subarray(0, 5)]).toEqual([1, 1, 1, 1, 0]);
      expect([...twoA.part.subarray(0, 5)]).toEqual([1, 1, 2, 1, 1]);
      expect([oneA.part.length, twoA.part.length]).toEqual([37, 37]);
      expect(first.message).toEqual(wrap(naiveMessage(chainA, ratchetA, [0, 0], aToB, 'one', oneA)));
      expect(second.message).toEqual(wrap(naiveMessage(step(chainA), ratchetA, [1, 0], aToB, 'two', twoA)));

      // The responder's answer: its own fresh key against the initiator's ratchet key.
      b.receive(first);
      b.receive(second);
      const { ratchetKey: ratchetB, ratchetSecret } = b.record.current!.sending;
      const rootB = hkdf(rootA.subarray(0, 32), dh(ratchetSecret, ratchetA), 'WhisperRatchet', 64);
      const answer = b.send('answer');
      const bToA = concat(ikb, ika);
      const oneB = of(answer.message, 'responder', 1);
      expect([...oneB.part]).toEqual([1, 1, 1, 0]); // not three chunks of the header yet: nothing to send
      expect(answer.message).toEqual(naiveMessage(rootB.subarray(32), ratchetB, [0, 0], bToA, 'answer', oneB));

      // And back: two messages were sent on the last chain, so its highest counter is 1.
      a.receive(answer);
      const { ratchetKey: nextRatchetA } = a.record.current!.sending;
      const rootC = hkdf(rootB.subarray(0, 32), dh(ratchetSecret, nextRatchetA), 'WhisperRatchet', 64);
      const third = a.send('three');
      const threeA = of(third.message, 'initiator', 3);
      expect(third.message).toEqual(naiveMessage(rootC.subarray(32), nextRatchetA, [0, 1], aToB, 'three', threeA));

      // The chain key of the handshake is the responder's under its signed prekey: such a message would open.
      const early = naiveMessage(secrets.subarray(32, 64), signedPrekey.key, [0, 0], bToA, 'early', oneB);
      const fresh = new Device(a.keys, 'facts random a');
      fresh.start(new Device(b.keys, 'unused'), withOneTime);
      expect(fresh.receive({ kind: 'ratchet', message: early })).toEqual(bytes('early'));
      expect(encodeCurveKey(P.x25519.publicKey(identityA))).toEqual(ika);
    },
  );

  it('DR-1: counters of several bytes and the post-quantum part are written and read', () => {
    const message = {
      ratchetKey: encodeCurveKey(new Uint8Array(32).fill(9)),
      counter: 0xffff_fffe,
      previousCounter: 300,
      ciphertext: new Uint8Array(500).fill(7),
      postQuantum: Uint8Array.of(1, 2, 3),
    };
    const direction = { sender: new Uint8Array(33).fill(1), receiver: new Uint8Array(33).fill(2) };
    const sealed = sealMessage(P, zeros, direction, message);
    expect(parseMessage(sealed)).toEqual(message);
    const body = bytes(
      0x44,
      field(1, message.ratchetKey),
      [2 << 3, 0xfe, 0xff, 0xff, 0xff, 0x0f, 3 << 3, 0xac, 0x02],
      field(4, message.ciphertext),
      field(5, message.postQuantum),
    );
    const named = concat(direction.sender, direction.receiver, body);
    expect(sealed).toEqual(concat(body, hmac(zeros, named).subarray(0, 8)));
    expect(verifyMac(P, zeros, direction, sealed)).toBe(true);
    expect(verifyMac(P, zeros, { sender: direction.receiver, receiver: direction.sender }, sealed)).toBe(false);
  });

  it('DR-1: a field that a later writer adds is covered by the MAC and passed over', () => {
    const a = new Device(createKeys('facts a', 11), 'added random a');
    const b = new Device(createKeys('facts b', 12), 'added random b');
    a.start(b);
    const names = concat(a.keys.local.identityKey, b.keys.local.identityKey);
    const { sending, postQuantum } = a.record.current!;
    const salt = LATEST_POST_QUANTUM.send(P, a.random, postQuantum.state).key!;
    const first = parsePrekeyMessage(a.send('text').message);
    const macKey = hkdf(salt, hmac(sending.chainKey, Uint8Array.of(1)), 'WhisperMessageKeys', 80).subarray(32, 64);
    const body = concat(first.message.subarray(0, -8), field(6, bytes('addresses')));
    const message = concat(body, hmac(macKey, concat(names, body)).subarray(0, 8));
    expect(parseMessage(message)).toEqual(parseMessage(first.message));
    expect(
      verifyMac(P, macKey, { sender: a.keys.local.identityKey, receiver: b.keys.local.identityKey }, message),
    ).toBe(true);
  });

  it('DR-5: the post-quantum key is the salt of the message keys, zeros when there is none', () => {
    const seed = new Uint8Array(32).fill(1);
    const salt = new Uint8Array(32).fill(2);
    expect(messageKeys(P, seed, salt).buffer).toEqual(hkdf(salt, seed, 'WhisperMessageKeys', 80));
    expect(messageKeys(P, seed, null).buffer).toEqual(hkdf(zeros, seed, 'WhisperMessageKeys', 80));
    const { cipherKey, macKey, iv } = messageKeys(P, seed, null);
    expect([cipherKey.length, macKey.length, iv.length]).toEqual([32, 32, 16]);
  });

  it('DR-5: version 0 of the post-quantum ratchet keeps, sends and gives nothing', () => {
    const none = postQuantumRatchet(0);
    const random = (): never => expect.unreachable('no randomness is needed');
    const state = none.start(P, 'initiator', new Uint8Array(32).fill(1));
    expect([none.version, state.length]).toEqual([0, 0]);
    expect(none.send(P, random, state)).toEqual({ state, part: new Uint8Array(0), key: null });
    expect(none.receive(P, state, new Uint8Array(0))).toMatchObject({ state, key: null });
    const refused = expect.objectContaining({ code: 'unknown-version' });
    expect(() => none.receive(P, state, Uint8Array.of(1))).toThrow(refused);
  });

  it('DR-5: version 1 is what sessions begin with, on both sides; a message without a part is refused', () => {
    expect(LATEST_POST_QUANTUM).toBe(postQuantumRatchet(1));
    const state = LATEST_POST_QUANTUM.start(P, 'responder', new Uint8Array(32).fill(1));
    const refused = expect.objectContaining({ name: 'RatchetError', code: 'unknown-version' });
    expect(() => LATEST_POST_QUANTUM.receive(P, state, new Uint8Array(0))).toThrow(refused);
    expect(() => postQuantumRatchet(2)).toThrow(refused);
  });
});
