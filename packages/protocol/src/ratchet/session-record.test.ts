import { beforeAll, describe, expect, it } from 'vitest';
import { noblePrimitives as P, sameBytes } from '../crypto/index.ts';
import { encodePrekeyMessage, parsePrekeyMessage } from './prekey-message.ts';
import { decodeSession } from './session-encoding.ts';
import { decodeRecord, encodeRecord } from './record-encoding.ts';
import { retireSessions, sendingSession } from './session-record.ts';
import { acceptSession } from './session-start.ts';
import { createKeys, Device, establish } from './two-devices.fixture.ts';
import type { DeviceKeys } from './two-devices.fixture.ts';

let keysOfA: DeviceKeys;
let keysOfB: DeviceKeys;
beforeAll(() => {
  keysOfA = createKeys('record a', 1);
  keysOfB = createKeys('record b', 2);
});

function devices(seed = ''): [Device, Device] {
  return [new Device(keysOfA, `record random a ${seed}`), new Device(keysOfB, `record random b ${seed}`)];
}

const baseOf = (device: Device): Uint8Array => device.record.current!.baseKey;
const archivedBases = (device: Device): Uint8Array[] =>
  device.record.archived.map((each) => decodeSession(each).baseKey);
const refusal = (code: string) => expect.objectContaining({ name: 'RatchetError', code });

/** Both begin; `lower` is who has the lower base key. */
function bothBegin(lower: 'a' | 'b'): [Device, Device] {
  for (let seed = 0; ; seed++) {
    const [a, b] = devices(`both ${seed}`);
    a.start(b);
    b.start(a);
    const aIsLower = Buffer.compare(baseOf(a), baseOf(b)) < 0;
    if (aIsLower === (lower === 'a')) return [a, b];
  }
}

describe('first messages', () => {
  it('DR-6: every message is a first message until the first answer', () => {
    const [a, b] = devices();
    a.start(b);
    const sent = [a.send('1'), a.send('2'), a.send('3')];
    expect(sent.map(({ kind }) => kind)).toEqual(['prekey', 'prekey', 'prekey']);
    for (const each of [sent[2]!, sent[0]!, sent[1]!]) expect(b.receive(each)).toEqual(each.plaintext);
    const answer = b.send('answer');
    expect(answer.kind).toBe('ratchet');
    a.receive(answer);
    expect(a.send('4').kind).toBe('ratchet');
  });

  it('PQ-6: accepting tells which prekeys were used, later first messages use none', () => {
    const [a, b] = devices();
    a.start(b);
    const first = a.send('1');
    const accepted = acceptSession(P, b.random, keysOfB.local, b.prekeys, first.message);
    expect(accepted.used).toEqual({ oneTimeId: 100, signedPrekeyId: 7, kyberId: 9 });
    expect(accepted.state.remoteIdentity).toEqual(keysOfA.local.identityKey);
    expect(accepted.state.remoteRegistrationId).toBe(1);
    b.receive(first);
    expect(b.prekeys.oneTime(100)).toBeNull();
    expect(b.receive(a.send('2'))).toEqual(new TextEncoder().encode('2'));
  });

  it('PQ-6: without a one-time prekey none is used', () => {
    const [a, b] = devices();
    a.start(b, false);
    const { used } = acceptSession(P, b.random, keysOfB.local, b.prekeys, a.send('1').message);
    expect(used).toEqual({ oneTimeId: null, signedPrekeyId: 7, kyberId: 9 });
  });

  it.each(['signedPrekey', 'oneTime', 'kyber'] as const)(
    'PQ-6: without the %s it names a first message is refused',
    (kind) => {
      const [a, b] = devices();
      a.start(b);
      const prekeys = { ...b.prekeys, [kind]: () => null };
      const { message } = a.send('1');
      expect(() => acceptSession(P, b.random, keysOfB.local, prekeys, message)).toThrow(refusal('unknown-prekey'));
    },
  );

  it('PQ-7: a first message again is a duplicate, also after its session was archived', () => {
    const [a, b] = devices();
    a.start(b, false);
    const first = a.send('1');
    b.receive(first);
    expect(() => b.receive(first)).toThrow(refusal('duplicate'));
    b.start(a);
    const before = b.snapshot();
    expect(() => b.receive(first)).toThrow(refusal('duplicate'));
    expect(b.snapshot()).toEqual(before);
  });
});

describe('several sessions', () => {
  it('DR-15: with no session at all a message is refused', () => {
    const [a, b] = devices();
    establish(a, b);
    const stranger = new Device(keysOfB, 'stranger');
    expect(() => stranger.receive(a.send('?'))).toThrow(refusal('no-session'));
    expect(() => stranger.send('?')).toThrow(refusal('no-session'));
  });

  it('DR-15, DR-16: an archived session still opens, and is used again when the other side uses it', () => {
    const [a, b] = devices();
    establish(a, b);
    const old = baseOf(b);
    b.start(a);
    expect(baseOf(b)).not.toEqual(old);
    const sent = a.send('on the old one');
    expect(b.receive(sent)).toEqual(sent.plaintext);
    expect(baseOf(b)).toEqual(old);
    expect(b.record.archived).toHaveLength(1);
    a.receive(b.send('back on it'));
    expect(baseOf(a)).toEqual(old);
  });

  it('DR-8, DR-15: a message that an archived session has opened is a duplicate, whatever the others say', () => {
    const [a, b] = devices();
    establish(a, b);
    const sent = a.send('once');
    b.receive(sent);
    b.start(a);
    expect(() => b.receive(sent)).toThrow(refusal('duplicate'));
  });

  it('DR-20: a retired session opens what was under way, and is never sent with again', () => {
    const [a, b] = devices();
    establish(a, b);
    const late = [a.send('late 1'), a.send('late 2')];
    b.record = decodeRecord(encodeRecord(retireSessions(b.record)));
    expect(sendingSession(b.record, 0)).toBeNull();
    expect(() => b.send('?')).toThrow(refusal('no-session'));
    for (const each of late) expect(b.receive(each)).toEqual(each.plaintext);
    expect(sendingSession(b.record, 0)).toBeNull();
    expect(() => b.receive(late[0]!)).toThrow(refusal('duplicate'));
    b.start(a);
    a.receive(b.send('anew'));
    expect(baseOf(a)).toEqual(baseOf(b));
    expect(b.record.retired).toHaveLength(1);
  });

  it('DR-20: a repeated first message of a retired session opens there, and does not begin it again', () => {
    const [a, b] = devices();
    a.start(b);
    b.receive(a.send('first'));
    b.record = retireSessions(b.record);
    const second = a.send('second');
    expect(second.kind).toBe('prekey');
    expect(b.receive(second)).toEqual(second.plaintext);
    expect(b.record.current).toBeNull();
  });

  it('DR-20: at most 40 retired sessions, the one longest there is dropped', () => {
    const [a, b] = devices();
    establish(a, b);
    for (let i = 0; i < 45; i++) {
      b.start(a);
      b.record = retireSessions(b.record);
    }
    expect(b.record.retired).toHaveLength(40);
    expect(decodeRecord(encodeRecord(b.record))).toEqual(b.record);
  });

  it('DR-15: a message of a session this device began does not become a first message by its base key', () => {
    const [a, b] = devices();
    a.start(b);
    const first = parsePrekeyMessage(a.send('first').message);
    b.receive({ kind: 'prekey', message: encodePrekeyMessage(first) });
    const { message } = b.send('answer');
    const disguised = encodePrekeyMessage({ ...first, identityKey: keysOfB.local.identityKey, message });
    expect(() => a.receive({ kind: 'prekey', message: disguised })).toThrow(refusal('bad-mac'));
    expect(a.receive({ kind: 'ratchet', message })).toEqual(new TextEncoder().encode('answer'));
  });

  it('DR-16: a late first message of an archived session does not bring it back', () => {
    const [a, b] = devices();
    a.start(b);
    const [first, late] = [a.send('first'), a.send('late')];
    b.receive(first);
    a.receive(b.send('answer'));
    a.start(b);
    b.receive(a.send('new session'));
    a.receive(b.send('answer'));
    const used = baseOf(b);
    expect(b.receive(late)).toEqual(late.plaintext);
    expect(baseOf(b)).toEqual(used);
    expect(() => b.receive(late)).toThrow(refusal('duplicate'));
  });

  it('DR-15: a first message under another identity key is refused, in a known session as for a new one', () => {
    const [a, b] = devices();
    a.start(b);
    b.receive(a.send('1'));
    const { message } = a.send('2');
    const other = new Device(createKeys('record c', 3), 'record random c');
    const forged = new Uint8Array(message);
    forged.set(other.keys.local.identityKey, Buffer.from(message).indexOf(keysOfA.local.identityKey));
    const before = b.snapshot();
    expect(() => b.receive({ kind: 'prekey', message: forged })).toThrow(refusal('wrong-identity'));
    other.start(b);
    const fromOther = other.send('in the name of a');
    expect(() => b.receive(fromOther)).toThrow(refusal('wrong-identity'));
    expect(b.snapshot()).toEqual(before);
  });

  it('DR-15: a new first message replaces an answered session', () => {
    const [a, b] = devices();
    establish(a, b);
    const old = baseOf(b);
    a.start(b);
    b.receive(a.send('anew'));
    expect(baseOf(b)).toEqual(baseOf(a));
    expect(archivedBases(b)).toEqual([old]);
  });
});

describe('both begin at once', () => {
  it.each(['a', 'b'] as const)(
    'DR-17: having each other’s first message both use the session of %s, the lower key',
    (lower) => {
      const [a, b] = bothBegin(lower);
      const common = baseOf(lower === 'a' ? a : b);
      const [toB, toA] = [a.send('from a'), b.send('from b')];
      expect(a.receive(toA)).toEqual(toA.plaintext);
      expect(b.receive(toB)).toEqual(toB.plaintext);
      expect([baseOf(a), baseOf(b)]).toEqual([common, common]);
      for (const { archived } of [a.record, b.record]) {
        expect(archived.map((session) => decodeSession(session).pending)).toEqual([null]);
      }
    },
  );

  it.each(['a', 'b'] as const)('DR-17: and stay there, whatever else is late (lower key: %s)', (lower) => {
    const [a, b] = bothBegin(lower);
    const common = baseOf(lower === 'a' ? a : b);
    const toB = [a.send('1'), a.send('2'), a.send('3')];
    const toA = [b.send('1'), b.send('2'), b.send('3')];
    for (const i of [1, 0, 2]) {
      a.receive(toA[i]!);
      b.receive(toB[i]!);
      expect([baseOf(a), baseOf(b)]).toEqual([common, common]);
    }
    for (const text of ['x', 'y']) {
      b.receive(a.send(text));
      a.receive(b.send(text));
    }
    expect([baseOf(a), baseOf(b)]).toEqual([common, common]);
    expect([a.record.current!.pending, b.record.current!.pending]).toEqual([null, null]);
  });

  it('DR-17: messages of the session given up still open', () => {
    const [a, b] = bothBegin('a');
    const [first, late] = [b.send('first'), b.send('late')];
    b.receive(a.send('winner'));
    a.receive(first);
    a.receive(b.send('on the common one'));
    expect(a.receive(late)).toEqual(late.plaintext);
    expect(sameBytes(baseOf(a), baseOf(b))).toBe(true);
  });

  it('DR-17: a side that begins yet another session could not use ours, so its new one is used', () => {
    for (let seed = 0; seed < 4; seed++) {
      const [a, b] = bothBegin('a');
      a.receive(b.send('loses'));
      expect(a.record.current!.pending!.contested).toBe(true);
      b.start(a);
      a.receive(b.send('begun again'));
      expect(baseOf(a)).toEqual(baseOf(b));
    }
  });

  it.each(['a', 'b'] as const)('DR-17: the same when b had already opened what a began (lower key: %s)', (lower) => {
    for (let seed = 0; ; seed++) {
      const [a, b] = devices(`known ${seed}`);
      a.start(b);
      b.receive(a.send('1'));
      b.start(a);
      if ((Buffer.compare(baseOf(a), baseOf(b)) < 0 ? 'a' : 'b') !== lower) continue;
      const common = baseOf(lower === 'a' ? a : b);
      a.receive(b.send('from b'));
      b.receive(a.send('2'));
      expect([baseOf(a), baseOf(b)]).toEqual([common, common]);
      return;
    }
  });

  it('DR-17: the choice survives a restart', () => {
    const [a, b] = bothBegin('a');
    a.receive(b.send('loses'));
    a.restart();
    expect(a.record.current!.pending!.contested).toBe(true);
    b.start(a);
    a.receive(b.send('begun again'));
    expect(baseOf(a)).toEqual(baseOf(b));
  });
});
