import { beforeAll, describe, expect, it } from 'vitest';
import { concat } from '../crypto/index.ts';
import { create, encode } from '../wire/index.ts';
import { StoredRecordSchema, StoredSessionSchema } from '../wire/gen/session_pb.js';
import type { StoredSession } from '../wire/gen/session_pb.js';
import { fromBinary } from '@bufbuild/protobuf';
import { decodeRecord, encodeRecord } from './record-encoding.ts';
import { decodeSession, encodeSession } from './session-encoding.ts';
import { EMPTY_RECORD } from './session-record.ts';
import { createKeys, Device, establish, extended, refusalOf } from './two-devices.fixture.ts';

const badState = expect.objectContaining({ name: 'RatchetError', code: 'bad-state' });

let a: Device;
let b: Device;
beforeAll(() => {
  a = new Device(createKeys('encoding a', 1), 'encoding random a');
  b = new Device(createKeys('encoding b', 2), 'encoding random b');
  establish(a, b);
  const overtaken = Array.from({ length: 10 }, (_, i) => a.send(`${i}`));
  for (const i of [9, 4, 0]) b.receive(overtaken[i]!);
  a.receive(b.send('turn'));
  b.receive(a.send('turn'));
  a.start(b);
});

/** The stored session with something changed. */
function changed(session: Uint8Array, change: (stored: StoredSession) => void): Uint8Array {
  const stored = fromBinary(StoredSessionSchema, session);
  change(stored);
  return encode(StoredSessionSchema, stored);
}

describe('stored sessions', () => {
  it('DR-18: a session comes back as it was: begun, answered, with skipped keys', () => {
    for (const session of [a.record.current!, b.record.current!, decodeSession(a.record.archived[0]!)]) {
      const encoded = encodeSession(session);
      const decoded = decodeSession(encoded);
      expect(encodeSession(decoded)).toEqual(encoded);
      expect(decoded.pending).toEqual(session.pending);
      expect(decoded.receiving).toEqual(session.receiving);
      expect(decoded.sending).toEqual(session.sending);
    }
    expect(b.record.current!.receiving.some(({ skipped }) => skipped.length > 1)).toBe(true);
  });

  it('DR-18: what is decoded is no view of the stored bytes', () => {
    const encoded = encodeRecord(b.record);
    const decoded = decodeRecord(encoded);
    const before = encodeRecord(decoded);
    encoded.fill(0xff);
    expect(encodeRecord(decoded)).toEqual(before);
  });

  it('DR-18: a record comes back as it was, the empty one too', () => {
    for (const record of [a.record, b.record, EMPTY_RECORD]) {
      expect(encodeRecord(decodeRecord(encodeRecord(record)))).toEqual(encodeRecord(record));
    }
    expect(decodeRecord(encodeRecord(EMPTY_RECORD))).toEqual(EMPTY_RECORD);
  });

  it('DR-18: cut anywhere or lengthened it is refused', () => {
    // Answered: cut before `pending`, a session that is not would read as one that is.
    const encoded = encodeSession(b.record.current!);
    for (let length = 0; length < encoded.length; length++) {
      const code = refusalOf(() => decodeSession(encoded.subarray(0, length)));
      expect(code).toBe(length === 0 ? 'unknown-version' : 'bad-state');
    }
    expect(() => decodeSession(extended(encoded))).toThrow(badState);
  });

  it.each<[string, (stored: StoredSession) => void]>([
    ['short local identity', (s) => (s.localIdentity = s.localIdentity.subarray(1))],
    ['remote identity of another type', (s) => (s.remoteIdentity = s.remoteIdentity.with(0, 4))],
    ['no base key', (s) => (s.baseKey = new Uint8Array(0))],
    ['long root key', (s) => (s.rootKey = extended(s.rootKey))],
    ['no sending chain', (s) => delete s.sending],
    ['short ratchet secret', (s) => (s.sending!.ratchetSecret = new Uint8Array(31))],
    ['bad sending ratchet key', (s) => (s.sending!.ratchetKey = new Uint8Array(33))],
    ['short sending chain key', (s) => (s.sending!.chainKey = new Uint8Array(31))],
    ['six receiving chains', (s) => (s.receiving = Array.from({ length: 6 }, () => s.receiving[0]!))],
    ['bad receiving ratchet key', (s) => (s.receiving[0]!.ratchetKey = new Uint8Array(33))],
    ['short receiving chain key', (s) => (s.receiving[0]!.chainKey = new Uint8Array(31))],
    ['half a run', (s) => (s.receiving[0]!.skippedRuns = new Uint8Array(4))],
    ['an empty run', (s) => (s.receiving[0]!.skippedRuns = new Uint8Array(8))],
    ['a run without seeds', (s) => (s.receiving[0]!.skippedRuns = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1))],
    ['seeds without a run', (s) => (s.receiving[0]!.skippedSeeds = new Uint8Array(32))],
    ['no post-quantum part', (s) => delete s.postQuantum],
    ['a post-quantum state of nothing', (s) => (s.postQuantum!.state = Uint8Array.of(1))],
  ])('DR-18: %s is refused', (_, change) => {
    expect(() => decodeSession(changed(encodeSession(a.record.current!), change))).toThrow(badState);
  });

  it.each<[string, (stored: StoredSession) => void]>([
    ['pending on the side that did not begin', (s) => (s.initiator = false)],
    ['a short Kyber ciphertext', (s) => (s.pending!.kyberCiphertext = new Uint8Array(1568).fill(8))],
  ])('DR-18: %s is refused', (_, change) => {
    expect(() => decodeSession(changed(encodeSession(a.record.current!), change))).toThrow(badState);
  });

  it.each([
    ['runs that do not ascend', [4, 1, 0, 1], 2, 10],
    ['runs that overlap', [0, 2, 1, 1], 3, 10],
    ['a run beyond the chain', [9, 2], 2, 10],
    ['a run longer than its seeds', [0, 0x0800_0001], 1, 0xffff_ffff],
    ['more than 2,000 keys', [0, 2001], 2001, 2001],
  ])('DR-18: %s are refused', (_, runs, seeds, index) => {
    const encoded = changed(encodeSession(b.record.current!), (stored) => {
      stored.receiving = stored.receiving.slice(0, 1);
      const chain = stored.receiving[0]!;
      const view = new DataView(new ArrayBuffer(runs.length * 4));
      for (const [i, value] of runs.entries()) view.setUint32(i * 4, value);
      chain.index = index;
      chain.skippedRuns = new Uint8Array(view.buffer);
      chain.skippedSeeds = new Uint8Array(seeds * 32);
    });
    expect(() => decodeSession(encoded)).toThrow(badState);
  });

  it.each([0, 2])('DR-18: a session, its post-quantum part or a record of version %i is refused by name', (version) => {
    const unknown = expect.objectContaining({ code: 'unknown-version' });
    const session = encodeSession(a.record.current!);
    expect(() => decodeSession(changed(session, (stored) => (stored.version = version)))).toThrow(unknown);
    expect(() => decodeSession(changed(session, (stored) => (stored.postQuantum!.version = 2)))).toThrow(unknown);
    const record = fromBinary(StoredRecordSchema, encodeRecord(a.record));
    record.version = version;
    expect(() => decodeRecord(encode(StoredRecordSchema, record))).toThrow(unknown);
  });

  it('DR-13, DR-18: more than 40 archived sessions, or bytes that are no protobuf, are refused', () => {
    const archived = Array.from({ length: 41 }, () => encodeSession(b.record.current!));
    const record = encode(StoredRecordSchema, create(StoredRecordSchema, { version: 1, archived }));
    expect(() => decodeRecord(record)).toThrow(badState);
    expect(() => decodeRecord(Uint8Array.of(0xff))).toThrow(badState);
    expect(() => decodeRecord(concat(encodeRecord(a.record), Uint8Array.of(0x12, 5)))).toThrow(badState);
  });

  it('DR-18: a broken archived session is noticed when it is needed', () => {
    const record = { current: null, archived: [Uint8Array.of(1, 2, 3)], retired: [] };
    const broken = new Device(b.keys, 'broken');
    broken.record = decodeRecord(encodeRecord(record));
    expect(() => broken.receive(a.send('?'))).toThrow(badState);
  });
});
