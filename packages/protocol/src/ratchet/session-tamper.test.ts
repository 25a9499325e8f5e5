import { beforeAll, describe, expect, it } from 'vitest';
import { concat, noblePrimitives as P } from '../crypto/index.ts';
import { create, encode, PreKeySignalMessageSchema, SignalMessageSchema } from '../wire/index.ts';
import { messageKeys, messageSeed } from './key-derivation.ts';
import { LATEST_POST_QUANTUM } from './post-quantum-ratchet.ts';
import { parsePrekeyMessage } from './prekey-message.ts';
import { parseMessage, sealMessage } from './ratchet-message.ts';
import { createKeys, Device, establish, extended, flipped, refusalOf } from './two-devices.fixture.ts';
import type { DeviceKeys, Sent } from './two-devices.fixture.ts';

let keysOfA: DeviceKeys;
let keysOfB: DeviceKeys;
beforeAll(() => {
  keysOfA = createKeys('tamper a', 1);
  keysOfB = createKeys('tamper b', 2);
});

function devices(): [Device, Device] {
  return [new Device(keysOfA, 'tamper random a'), new Device(keysOfB, 'tamper random b')];
}

/** With which code a message is refused; the record stays the very same, and no randomness is drawn. */
function refused(device: Device, kind: Sent['kind'], message: Uint8Array): string {
  const { record, drawn } = device;
  const code = refusalOf(() => device.receive({ kind, message }));
  expect(device.record).toBe(record);
  expect(device.drawn).toBe(drawn);
  return code;
}

function refusedAs(code: string): void {
  expect(code).toMatch(/^(malformed|unknown-version|bad-key|bad-mac|duplicate|too-far|unknown-prekey)$/);
}

describe('a message that was tampered with', () => {
  it('DR-1, DR-7: every single bit of a ratchet message changed: refused, nothing changes', () => {
    const [a, b] = devices();
    establish(a, b);
    b.receive(a.send('opens a chain'));
    const sent = a.send('text');
    const before = b.snapshot();
    for (let at = 0; at < sent.message.length; at++) {
      for (const mask of [1, 2, 4, 8, 16, 32, 64, 128])
        refusedAs(refused(b, 'ratchet', flipped(sent.message, at, mask)));
    }
    expect(b.snapshot()).toEqual(before);
    expect(b.receive(sent)).toEqual(sent.plaintext);
  });

  it('DR-1, DR-7: a ratchet message cut anywhere or lengthened: refused, nothing changes', () => {
    const [a, b] = devices();
    establish(a, b);
    const sent = a.send('text');
    const before = b.snapshot();
    for (let length = 0; length < sent.message.length; length++) {
      refusedAs(refused(b, 'ratchet', sent.message.subarray(0, length)));
    }
    refusedAs(refused(b, 'ratchet', extended(sent.message)));
    expect(b.snapshot()).toEqual(before);
    expect(b.receive(sent)).toEqual(sent.plaintext);
  });

  it('DR-1, DR-5, DR-7: each field of a ratchet message replaced, left out or added, MAC kept: refused', () => {
    const [a, b] = devices();
    establish(a, b);
    const sent = a.send('text');
    const { ratchetKey, counter, previousCounter, ciphertext, postQuantum } = parseMessage(sent.message);
    const mac = sent.message.subarray(-8);
    const good = { ratchetKey, counter, previousCounter, ciphertext, pqRatchet: postQuantum };
    const rebuild = (change: object): Uint8Array =>
      concat(
        Uint8Array.of(0x44),
        encode(SignalMessageSchema, create(SignalMessageSchema, { ...good, ...change })),
        mac,
      );
    expect(rebuild({})).toEqual(sent.message);
    const before = b.snapshot();
    for (const [change, code] of [
      [{ ratchetKey: undefined }, 'malformed'],
      [{ ratchetKey: ratchetKey.subarray(0, 32) }, 'malformed'],
      [{ ratchetKey: extended(ratchetKey) }, 'malformed'],
      [{ ratchetKey: flipped(ratchetKey, 0) }, 'bad-key'],
      [{ ratchetKey: flipped(ratchetKey, 32, 0x80) }, 'bad-key'],
      [{ ratchetKey: new Uint8Array(33).fill(5, 0, 1) }, 'bad-key'],
      [{ counter: undefined }, 'malformed'],
      [{ counter: counter + 1 }, 'bad-mac'],
      [{ counter: counter + 25_001 }, 'too-far'],
      [{ counter: 0xffff_ffff }, 'too-far'],
      [{ previousCounter: previousCounter + 1 }, 'bad-mac'],
      [{ previousCounter: undefined }, 'bad-mac'],
      [{ ciphertext: undefined }, 'malformed'],
      [{ ciphertext: ciphertext.subarray(0, ciphertext.length - 1) }, 'bad-mac'],
      [{ ciphertext: extended(ciphertext) }, 'bad-mac'],
      // Version, epoch, index, type 1, chunk index, chunk.
      [{ pqRatchet: undefined }, 'unknown-version'],
      [{ pqRatchet: postQuantum.with(0, 0) }, 'unknown-version'],
      [{ pqRatchet: postQuantum.with(0, 2) }, 'unknown-version'],
      [{ pqRatchet: Uint8Array.of(1) }, 'malformed'],
      [{ pqRatchet: extended(postQuantum) }, 'malformed'],
      [{ pqRatchet: postQuantum.with(1, 0) }, 'malformed'],
      [{ pqRatchet: postQuantum.with(1, 2) }, 'too-far'],
      [{ pqRatchet: postQuantum.with(2, 0) }, 'malformed'],
      [{ pqRatchet: postQuantum.with(2, postQuantum[2]! - 1) }, 'bad-mac'],
      [{ pqRatchet: postQuantum.with(2, postQuantum[2]! + 1) }, 'bad-mac'],
      [{ pqRatchet: postQuantum.with(3, 2) }, 'bad-mac'],
      [{ pqRatchet: postQuantum.with(3, 7) }, 'malformed'],
      [{ pqRatchet: postQuantum.with(4, 9) }, 'bad-mac'],
      [{ pqRatchet: flipped(postQuantum, 5) }, 'bad-mac'],
    ] as const) {
      expect([change, refused(b, 'ratchet', rebuild(change))]).toEqual([change, code]);
    }
    expect(b.snapshot()).toEqual(before);
    expect(b.receive(sent)).toEqual(sent.plaintext);
  });

  it('DR-7: an authentic message that is no ciphertext is refused, nothing changes', () => {
    const [a, b] = devices();
    establish(a, b);
    const {
      sending,
      previousCounter,
      localIdentity: sender,
      remoteIdentity: receiver,
      postQuantum,
    } = a.record.current!;
    const { key, part } = LATEST_POST_QUANTUM.send(P, a.random, postQuantum.state);
    const { macKey } = messageKeys(P, messageSeed(P, sending.chainKey), key);
    const { ratchetKey, index: counter } = sending;
    const fields = { ratchetKey, counter, previousCounter, postQuantum: part };
    for (const length of [15, 16, 33]) {
      const ciphertext = new Uint8Array(length).fill(7);
      const message = sealMessage(P, macKey, { sender, receiver }, { ...fields, ciphertext });
      expect(refused(b, 'ratchet', message)).toBe('bad-padding');
    }
    const sent = a.send('text');
    expect(b.receive(sent)).toEqual(sent.plaintext);
  });

  it('DR-7: a state keeps nothing of the buffers that messages came in', () => {
    const [a, b] = devices();
    a.start(b);
    for (const [sender, receiver] of [
      [a, b],
      [b, a],
      [a, b],
    ] as const) {
      const sent = sender.send('text');
      receiver.receive(sent);
      const before = receiver.snapshot();
      sent.message.fill(0);
      expect(receiver.snapshot()).toEqual(before);
    }
  });

  it('DR-1: a message returned to its sender, or to another, is refused', () => {
    const [a, b] = devices();
    establish(a, b);
    const sent = a.send('text');
    expect(refused(a, 'ratchet', sent.message)).toBe('bad-mac');
    const [c, d] = [new Device(keysOfA, 'tamper random c'), new Device(keysOfB, 'tamper random d')];
    establish(c, d);
    expect(refused(d, 'ratchet', sent.message)).toBe('bad-mac');
  });

  it.each([0x00, 0x33, 0x34, 0x43, 0x45, 0x54])('DR-1: version byte %i is refused by name', (version) => {
    const [a, b] = devices();
    a.start(b);
    const first = a.send('first');
    expect(refused(b, 'prekey', first.message.with(0, version))).toBe('unknown-version');
    b.receive(first);
    const answer = b.send('answer');
    expect(refused(a, 'ratchet', answer.message.with(0, version))).toBe('unknown-version');
  });
});

describe('a first message that was tampered with', () => {
  it('DR-6, DR-7: changed in any byte: refused, nothing changes', { timeout: 120_000 }, () => {
    const [a, b] = devices();
    a.start(b);
    const sent = a.send('first');
    const { kyberCiphertext, registrationId } = parsePrekeyMessage(sent.message);
    const kyberAt = Buffer.from(sent.message).indexOf(kyberCiphertext);
    const registrationAt = Buffer.from(sent.message).lastIndexOf(Uint8Array.of(5 << 3, registrationId), kyberAt) + 1;
    const before = b.snapshot();
    let opened = 0;
    for (let at = 0; at < sent.message.length; at++) {
      // The ciphertext's own bytes all do the same: a sample of them.
      const within = at - kyberAt;
      if (within > 1 && within < 1568 && within % 97 !== 0) continue;
      if (at === registrationAt) continue;
      refusedAs(refused(b, 'prekey', flipped(sent.message, at, 1 << (at % 8))));
      opened++;
    }
    expect(opened).toBeGreaterThan(150);
    expect(b.snapshot()).toEqual(before);
    expect(b.receive(sent)).toEqual(sent.plaintext);
  });

  it('DR-6, DR-7: cut anywhere or lengthened: refused, nothing changes', () => {
    const [a, b] = devices();
    a.start(b);
    const sent = a.send('first');
    for (let length = 0; length < sent.message.length; length++) {
      expect(refused(b, 'prekey', sent.message.subarray(0, length))).toBe('malformed');
    }
    expect(refused(b, 'prekey', extended(sent.message))).toBe('malformed');
    expect(b.receive(sent)).toEqual(sent.plaintext);
  });

  it('DR-6, DR-7: each field replaced, left out, repeated or added: refused by name', () => {
    const [a, b] = devices();
    a.start(b);
    const sent = a.send('first');
    const parsed = parsePrekeyMessage(sent.message);
    const { registrationId, baseKey, identityKey, kyberCiphertext, message } = parsed;
    const good = {
      registrationId,
      preKeyId: parsed.oneTimeId!,
      signedPreKeyId: parsed.signedPrekeyId,
      kyberPreKeyId: parsed.kyberId,
      kyberCiphertext,
      baseKey,
      identityKey,
      message,
    };
    const rebuild = (change: object): Uint8Array => {
      const fields = create(PreKeySignalMessageSchema, { ...good, ...change });
      return concat(Uint8Array.of(0x44), encode(PreKeySignalMessageSchema, fields));
    };
    expect(rebuild({})).toEqual(sent.message);
    const otherKey = keysOfB.oneTime[2]!.key;
    for (const [change, code] of [
      [{ registrationId: undefined }, 'malformed'],
      [{ registrationId: 0x4000 }, 'malformed'],
      [{ preKeyId: undefined }, 'bad-mac'],
      [{ preKeyId: 101 }, 'bad-mac'],
      [{ preKeyId: 999 }, 'unknown-prekey'],
      [{ signedPreKeyId: undefined }, 'malformed'],
      [{ signedPreKeyId: 8 }, 'unknown-prekey'],
      [{ kyberPreKeyId: undefined }, 'malformed'],
      [{ kyberPreKeyId: 8 }, 'unknown-prekey'],
      [{ kyberCiphertext: undefined }, 'malformed'],
      [{ kyberCiphertext: kyberCiphertext.subarray(0, 1568) }, 'malformed'],
      [{ kyberCiphertext: extended(kyberCiphertext) }, 'malformed'],
      [{ kyberCiphertext: flipped(kyberCiphertext, 0) }, 'bad-key'],
      [{ baseKey: undefined }, 'malformed'],
      [{ baseKey: otherKey }, 'bad-mac'],
      [{ baseKey: flipped(baseKey, 32, 0x80) }, 'bad-key'],
      [{ baseKey: new Uint8Array(33).fill(5, 0, 1) }, 'bad-key'],
      [{ identityKey: undefined }, 'malformed'],
      [{ identityKey: otherKey }, 'bad-mac'],
      [{ identityKey: flipped(identityKey, 32, 0x80) }, 'bad-key'],
      [{ message: undefined }, 'malformed'],
      [{ message: message.subarray(0, 8) }, 'malformed'],
      [{ message: flipped(message, message.length - 1) }, 'bad-mac'],
    ] as const) {
      expect([change, refused(b, 'prekey', rebuild(change))]).toEqual([change, code]);
    }
    const repeated = concat(sent.message, Uint8Array.of(7 << 3, parsed.kyberId));
    const unknown = concat(sent.message, Uint8Array.of(9 << 3, 1));
    const longNumber = concat(
      sent.message.subarray(0, 1),
      Uint8Array.of(1 << 3, good.preKeyId | 0x80, 0),
      sent.message.subarray(3),
    );
    for (const each of [repeated, unknown, longNumber]) expect(refused(b, 'prekey', each)).toBe('malformed');
    expect(b.receive(sent)).toEqual(sent.plaintext);
  });

  it('DR-6: nothing binds the registration id: changed within its range the message still opens', () => {
    const [a, b] = devices();
    a.start(b);
    const sent = a.send('first');
    const fields = parsePrekeyMessage(sent.message);
    const at = Buffer.from(sent.message).lastIndexOf(Uint8Array.of(5 << 3, fields.registrationId)) + 1;
    expect(parsePrekeyMessage(sent.message.with(at, 3))).toEqual({ ...fields, registrationId: 3 });
    expect(b.receive({ kind: 'prekey', message: sent.message.with(at, 3) })).toEqual(sent.plaintext);
  });

  it('DR-6: the two kinds are not taken for each other', () => {
    const [a, b] = devices();
    a.start(b);
    const first = a.send('first');
    b.receive(first);
    expect(refused(b, 'ratchet', first.message)).not.toBe('done');
    expect(refused(a, 'prekey', b.send('answer').message)).toBe('malformed');
  });
});
