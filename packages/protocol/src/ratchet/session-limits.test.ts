import { beforeAll, describe, expect, it } from 'vitest';
import { noblePrimitives as P } from '../crypto/index.ts';
import { nextChainKey } from './key-derivation.ts';
import { MAX_COUNTER } from './limits.ts';
import { sendingSession, withSession } from './session-record.ts';
import type { SessionState } from './session-state.ts';
import { countSkipped } from '../braid/index.ts';
import { createKeys, Device, establish } from './two-devices.fixture.ts';
import type { DeviceKeys, Sent } from './two-devices.fixture.ts';

let keysOfA: DeviceKeys;
let keysOfB: DeviceKeys;
beforeAll(() => {
  keysOfA = createKeys('limits a', 1);
  keysOfB = createKeys('limits b', 2);
});

function pair(): [Device, Device] {
  const a = new Device(keysOfA, 'limits random a');
  const b = new Device(keysOfB, 'limits random b');
  establish(a, b);
  return [a, b];
}

const refusal = (code: string) => expect.objectContaining({ name: 'RatchetError', code });

function refusedUnchanged(device: Device, sent: Sent, code: string): void {
  const before = device.snapshot();
  expect(() => device.receive(sent)).toThrow(refusal(code));
  expect(device.snapshot()).toEqual(before);
}

/** As if `count` messages had been sent. */
function skipSending(device: Device, count: number): void {
  const session = device.record.current!;
  let { chainKey } = session.sending;
  for (let i = 0; i < count; i++) chainKey = nextChainKey(P, chainKey);
  const sending = { ...session.sending, chainKey, index: session.sending.index + count };
  device.record = { ...device.record, current: { ...session, sending } };
}

const keptKeys = (session: SessionState): number =>
  session.receiving.reduce((sum, chain) => sum + countSkipped(chain.skipped), 0);

describe('limits of a session', () => {
  it('DR-11: 2,000 overtaken messages open, the oldest of 2,001 does not', () => {
    const [a, b] = pair();
    const sent = Array.from({ length: 2002 }, (_, i) => a.send(`${i}`));
    b.receive(sent[2001]!);
    expect(keptKeys(b.record.current!)).toBe(2000);
    refusedUnchanged(b, sent[0]!, 'duplicate');
    for (const i of [1, 2000, 1000]) expect(b.receive(sent[i]!)).toEqual(sent[i]!.plaintext);
    refusedUnchanged(b, sent[1000]!, 'duplicate');
    expect(keptKeys(b.record.current!)).toBe(1997);
  });

  it('DR-11: exactly 2,000 are kept', () => {
    const [a, b] = pair();
    const sent = Array.from({ length: 2001 }, (_, i) => a.send(`${i}`));
    b.receive(sent[2000]!);
    expect(b.receive(sent[0]!)).toEqual(sent[0]!.plaintext);
  });

  it('DR-11: several jumps in one chain share the 2,000', () => {
    const [a, b] = pair();
    const sent = Array.from({ length: 2003 }, (_, i) => a.send(`${i}`));
    b.receive(sent[1500]!);
    b.receive(sent[2002]!);
    expect(keptKeys(b.record.current!)).toBe(2000);
    refusedUnchanged(b, sent[0]!, 'duplicate');
    for (const i of [1, 1499, 1501]) expect(b.receive(sent[i]!)).toEqual(sent[i]!.plaintext);
  });

  it('DR-11: over all chains together, the oldest chain pays first', () => {
    const [a, b] = pair();
    const early = Array.from({ length: 4 }, (_, i) => a.send(`early ${i}`));
    b.receive(early[3]!);
    a.receive(b.send('turn'));
    const late = Array.from({ length: 2000 }, (_, i) => a.send(`late ${i}`));
    b.receive(late[1999]!);
    expect(keptKeys(b.record.current!)).toBe(2000);
    b.restart();
    for (const i of [0, 1]) refusedUnchanged(b, early[i]!, 'duplicate');
    expect(b.receive(early[2]!)).toEqual(early[2]!.plaintext);
    expect(b.receive(late[0]!)).toEqual(late[0]!.plaintext);
  });

  it('DR-11: what waits costs messages in order nothing: the kept keys stay the very same', () => {
    const [a, b] = pair();
    const sent = Array.from({ length: 1000 }, (_, i) => a.send(`${i}`));
    b.receive(sent[999]!);
    const kept = b.record.current!.receiving.at(-1)!.skipped;
    b.receive(a.send('next'));
    expect(b.record.current!.receiving.at(-1)!.skipped).toBe(kept);
  });

  it('DR-12: 25,000 ahead opens, 25,001 is too far and leaves no trace', () => {
    const [a, b] = pair();
    skipSending(a, 25_000);
    const edge = a.send('edge');
    const beyond = a.send('beyond');
    refusedUnchanged(b, beyond, 'too-far');
    expect(b.receive(edge)).toEqual(edge.plaintext);
    expect(b.receive(beyond)).toEqual(beyond.plaintext);
  });

  it('DR-12: the same in a chain that is only beginning', () => {
    const [a, b] = pair();
    b.receive(a.send('turn'));
    skipSending(b, 25_000);
    const edge = b.send('edge');
    const beyond = b.send('beyond');
    refusedUnchanged(a, beyond, 'too-far');
    expect(a.receive(edge)).toEqual(edge.plaintext);
  });

  it('DR-10: a late message of the fifth last chain opens, of the sixth last not', () => {
    const [a, b] = pair();
    const late = [a.send('late 0'), a.send('late 1')];
    b.receive(a.send('of the same chain'));
    for (let newer = 0; newer < 4; newer++) {
      a.receive(b.send('turn'));
      b.receive(a.send('turn'));
    }
    expect(b.record.current!.receiving).toHaveLength(5);
    expect(b.receive(late[0]!)).toEqual(late[0]!.plaintext);
    a.receive(b.send('turn'));
    b.receive(a.send('turn'));
    expect(b.record.current!.receiving).toHaveLength(5);
    refusedUnchanged(b, late[1]!, 'bad-mac');
  });

  it('DR-13: the 40th archived session still opens, the 41st is gone', () => {
    const [a, b] = pair();
    const other = a.record.current!;
    const late = [a.send('late 0'), a.send('late 1')];
    const archiveMore = (count: number): void => {
      for (let i = 0; i < count; i++) b.record = withSession(b.record, other);
    };
    archiveMore(40);
    expect(b.record.archived).toHaveLength(40);
    const full = b.record;
    expect(b.receive(late[0]!)).toEqual(late[0]!.plaintext);
    expect(b.record.archived).toHaveLength(40);
    b.record = full;
    archiveMore(1);
    expect(b.record.archived).toHaveLength(40);
    refusedUnchanged(b, late[1]!, 'bad-mac');
  });

  it('DR-14: without an answer a session is used for 30 days and not a millisecond longer', () => {
    const a = new Device(keysOfA, 'unanswered a');
    const b = new Device(keysOfB, 'unanswered b');
    a.start(b);
    const begun = a.nowMs;
    a.nowMs = begun + 30 * 24 * 3600 * 1000;
    const sent = a.send('still');
    a.nowMs += 1;
    expect(sendingSession(a.record, a.nowMs)).toBeNull();
    expect(() => a.send('no more')).toThrow(refusal('no-session'));
    b.receive(sent);
    a.receive(b.send('late answer'));
    expect(a.send('again').kind).toBe('ratchet');
  });

  it('DR-9: a chain ends before its counter could come twice', () => {
    const [a] = pair();
    const session = a.record.current!;
    a.record = { ...a.record, current: { ...session, sending: { ...session.sending, index: MAX_COUNTER } } };
    expect(() => a.send('too many')).toThrow(refusal('exhausted'));
  });
});
