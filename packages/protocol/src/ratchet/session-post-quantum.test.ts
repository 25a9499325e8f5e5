import assert from 'node:assert/strict';
import { beforeAll, describe, expect, it } from 'vitest';
import { parsePart } from '../braid/braid-part.ts';
import { decodeState } from '../braid/state-encoding.ts';
import { concat, noblePrimitives as P } from '../crypto/index.ts';
import { postQuantumRatchet } from './post-quantum-ratchet.ts';
import { parseMessage } from './ratchet-message.ts';
import { encrypt } from './session-cipher.ts';
import type { SessionState } from './session-state.ts';
import { createKeys, Device, establish, flipped, refusalOf } from './two-devices.fixture.ts';
import type { DeviceKeys, Sent } from './two-devices.fixture.ts';

let keysOfA: DeviceKeys;
let keysOfB: DeviceKeys;
beforeAll(() => {
  keysOfA = createKeys('post-quantum a', 1);
  keysOfB = createKeys('post-quantum b', 2);
});

function pair(name: string): [Device, Device] {
  const devices: [Device, Device] = [new Device(keysOfA, `${name} a`), new Device(keysOfB, `${name} b`)];
  establish(...devices);
  return devices;
}

const partOf = ({ message }: Sent) => parsePart(parseMessage(message).postQuantum);
const epochOf = (device: Device): number => decodeState(device.record.current!.postQuantum.state).braid.epoch;

function withPostQuantum(device: Device, postQuantum: SessionState['postQuantum']): void {
  device.record = { ...device.record, current: { ...device.record.current!, postQuantum } };
}

/** In turn, `burst` messages each, all arriving. */
function talk([a, b]: readonly [Device, Device], turns: number, burst = 1): void {
  for (let turn = 0; turn < turns; turn++) {
    const [from, to] = turn % 2 === 0 ? [a, b] : [b, a];
    for (let i = 0; i < burst; i++) to.receive(from.send('text'));
  }
}

function refusedAs(device: Device, sent: Pick<Sent, 'kind' | 'message'>): string {
  const { record, drawn } = device;
  const code = refusalOf(() => device.receive(sent));
  expect(device.record).toBe(record);
  expect(device.drawn).toBe(drawn);
  return code;
}

describe('the post-quantum ratchet within a session', () => {
  it('PQR-3, DR-5: both sides come through several epochs, restarted after every message', () => {
    const [a, b] = pair('epochs');
    const secrets = new Set<string>();
    for (let round = 0; Math.min(epochOf(a), epochOf(b)) < 4 && round < 200; round++) {
      for (const [from, to] of [
        [a, b],
        [b, a],
      ] as const) {
        const sent = from.send('text');
        from.restart();
        expect(to.receive(sent)).toEqual(sent.plaintext);
        to.restart();
        secrets.add(Buffer.from(decodeState(to.record.current!.postQuantum.state).chains.rootKey).toString('hex'));
      }
      expect(Math.abs(epochOf(a) - epochOf(b))).toBeLessThanOrEqual(1);
    }
    expect(Math.min(epochOf(a), epochOf(b))).toBe(4);
    expect(secrets.size).toBe(4);
  });

  it('TM-51, DR-5: who knows all of the Diffie-Hellman ratchet, but not the post-quantum one, opens nothing', () => {
    const [a, b] = pair('hybrid');
    talk([a, b], 20);
    const sent = a.send('text');
    const { version, state } = b.record.current!.postQuantum;
    const other = postQuantumRatchet(version).start(P, 'responder', new Uint8Array(32).fill(1));
    withPostQuantum(b, { version, state: other });
    expect(refusedAs(b, sent)).toBe('bad-mac');
    withPostQuantum(b, { version, state });
    expect(b.receive(sent)).toEqual(sent.plaintext);
  });

  it('PQR-8, DR-7: every byte of the part changed, MAC kept, for each type of part: refused, nothing changes', () => {
    const [a, b] = pair('flips');
    const seen = new Set<string>();
    for (let round = 0; seen.size < 7 && round < 150; round++) {
      for (const [from, to] of [
        [a, b],
        [b, a],
      ] as const) {
        const sent = from.send('text');
        const { type } = partOf(sent);
        const { postQuantum } = parseMessage(sent.message);
        if (!seen.has(type)) {
          seen.add(type);
          const start = Buffer.from(sent.message).indexOf(postQuantum);
          const before = to.snapshot();
          for (let at = start; at < start + postQuantum.length; at++) {
            const message = flipped(sent.message, at, 1 << (at % 8));
            // oxlint-disable-next-line vitest/no-conditional-expect -- Once for each type, of which there are seven.
            expect(refusedAs(to, { kind: 'ratchet', message })).toMatch(
              /^(malformed|unknown-version|bad-mac|duplicate|too-far)$/,
            );
          }
          // oxlint-disable-next-line vitest/no-conditional-expect -- As above.
          expect(to.snapshot()).toEqual(before);
        }
        expect(to.receive(sent)).toEqual(sent.plaintext);
      }
    }
    expect(seen.size).toBe(7);
  });

  it('PQR-2, DR-5: a session whose post-quantum state was lost refuses what comes, and is refused', () => {
    const [a, b] = pair('lost state');
    talk([a, b], 10);
    const { postQuantum } = b.record.current!;
    withPostQuantum(b, { version: 0, state: new Uint8Array(0) });
    expect(refusedAs(b, a.send('with a part'))).toBe('unknown-version');
    const before = b.record;
    expect(refusedAs(a, b.send('without'))).toBe('unknown-version');
    b.record = before;
    withPostQuantum(b, postQuantum);
    const sent = a.send('again');
    expect(b.receive(sent)).toEqual(sent.plaintext);
  });

  it('PQR-11, DR-7: a post-quantum state rolled back an epoch refuses what comes, and changes nothing', () => {
    const [a, b] = pair('rolled back');
    const early = b.record.current!.postQuantum;
    talk([a, b], 180);
    expect(Math.min(epochOf(a), epochOf(b))).toBe(3);
    const now = b.record.current!.postQuantum;
    withPostQuantum(b, early);
    const sent = a.send('text');
    expect(refusedAs(b, sent)).toBe('too-far');
    withPostQuantum(b, now);
    expect(b.receive(sent)).toEqual(sent.plaintext);
  });

  it('PQR-8, DR-8: a state rolled back a few messages gives each key once, and what it sends again is a duplicate', () => {
    const [a, b] = pair('rolled back a little');
    const early = a.record;
    const sent = [a.send('1'), a.send('2')];
    for (const each of sent) b.receive(each);
    a.record = early;
    expect(refusedAs(b, a.send('anew'))).toBe('duplicate');
  });

  it('PQR-9, DR-10: what its receiving chain still opens, its epoch opens: turns of 36 messages, one held back in each', () => {
    const devices = pair('held back');
    const [a, b] = devices;
    const held: [Sent[], Sent[]] = [[], []];
    let opened = 0;
    for (let turn = 0; turn < 28; turn++) {
      const [from, to, side] = turn % 2 === 0 ? ([a, b, 1] as const) : ([b, a, 0] as const);
      if (held[side].length === 5) {
        // Of the fifth last chain, which the next message makes the sixth last.
        const late = held[side].shift()!;
        assert.deepEqual(to.receive(late), late.plaintext);
        opened++;
      }
      held[side].push(from.send('late'));
      for (let i = 0; i < 36; i++) to.receive(from.send('text'));
    }
    expect(Math.min(epochOf(a), epochOf(b))).toBeGreaterThanOrEqual(5);
    expect(opened).toBe(18);
  });

  it('PQR-10, DR-11: two thousand messages lost on the way to a turn: what the chain keeps, the epoch keeps', () => {
    const [a, b] = pair('two thousand');
    const sent = Array.from({ length: 2001 }, (_, i) => a.send(`${i}`));
    b.receive(sent[2000]!);
    b.restart();
    expect(b.receive(sent[0]!)).toEqual(sent[0]!.plaintext);
    expect(b.snapshot().length).toBeLessThan(196_608);
  });

  it('PQR-12, DR-18: at every limit at once a session is stored and read', () => {
    const [a, b] = pair('all limits');
    for (let turn = 0; turn < 5; turn++) {
      const skipped = Array.from({ length: 801 }, (_, i) => a.send(`${turn} ${i}`));
      // Every second one: as many runs as there can be.
      for (let i = 1; i < 801; i += 2) b.receive(skipped[i]!);
      a.receive(b.send('turn'));
    }
    const stored = b.snapshot();
    expect(stored.length).toBeGreaterThan(140_000);
    b.restart();
    expect(b.snapshot()).toEqual(stored);
  });

  it('PQR-13: how much longer a message could be is told, so that its envelope need not show it', () => {
    const devices = pair('lengths');
    const lengths = new Set<number>();
    const seen = new Set<string>();
    const noting = (device: Device): void => {
      const state = device.record.current!;
      const { message, headroom } = encrypt(P, device.random, state, new Uint8Array(100));
      const { postQuantum } = parseMessage(message);
      seen.add(postQuantum.length === 0 ? 'absent' : parsePart(postQuantum).type);
      lengths.add(message.length + headroom);
    };
    for (let round = 0; round < 90; round++) {
      talk(devices, 2);
      for (const device of devices) noting(device);
    }
    expect(seen.size).toBe(7);
    // Counters above 127 take a byte more; that has nothing to do with the part.
    expect(lengths.size).toBe(1);
    withPostQuantum(devices[0], { version: 0, state: new Uint8Array(0) });
    noting(devices[0]);
    expect(seen.has('absent')).toBe(true);
    expect(lengths.size).toBe(1);
  });

  it('DR-5, DR-15: a message of another session is looked for in all of them, whatever its part says', () => {
    const [a, b] = pair('archived');
    talk([a, b], 6);
    const old = a.record;
    // A session that is ahead in its post-quantum chain: to it the part of the old one looks like one used before.
    b.start(a);
    a.receive(b.send('new'));
    b.receive(a.send('answer'));
    for (let i = 0; i < 20; i++) b.receive(a.send('many'));
    a.record = old;
    const sent = a.send('on the old one');
    expect(b.receive(sent)).toEqual(sent.plaintext);
    expect(concat(b.record.current!.baseKey)).toEqual(old.current!.baseKey);
  });
});
