import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RatchetError } from './ratchet-error.ts';
import { MAX_RECEIVING_CHAINS } from './limits.ts';
import { parseMessage } from './ratchet-message.ts';
import { parsePrekeyMessage } from './prekey-message.ts';
import { createKeys, Device } from './two-devices.fixture.ts';
import type { Sent } from './two-devices.fixture.ts';

const keysOfA = createKeys('fuzz a', 1);
const keysOfB = createKeys('fuzz b', 2);

type Step = {
  readonly do: 'send' | 'deliver' | 'lose' | 'replay' | 'restart' | 'begin';
  readonly by: 0 | 1;
  readonly pick: number;
};

const step: fc.Arbitrary<Step> = fc.record({
  do: fc.oneof(
    { weight: 16, arbitrary: fc.constant('send' as const) },
    { weight: 16, arbitrary: fc.constant('deliver' as const) },
    { weight: 2, arbitrary: fc.constant('lose' as const) },
    { weight: 3, arbitrary: fc.constant('replay' as const) },
    { weight: 4, arbitrary: fc.constant('restart' as const) },
    { weight: 1, arbitrary: fc.constant('begin' as const) },
  ),
  by: fc.constantFrom(0, 1),
  pick: fc.nat(1000),
});

/** Two devices, and between them whatever the network likes. */
class Conversation {
  readonly devices: readonly [Device, Device];
  /** Under way to device 0 and to device 1. */
  readonly inFlight: readonly [Sent[], Sent[]] = [[], []];
  readonly delivered: readonly [Sent[], Sent[]] = [[], []];
  /** By session: the ratchet keys in the order in which each device first opened a message of them. */
  readonly chains: readonly [Map<string, string[]>, Map<string, string[]>] = [new Map(), new Map()];
  #count = 0;

  constructor(withOneTime: boolean, bothStart: boolean) {
    this.devices = [new Device(keysOfA, 'fuzz random a'), new Device(keysOfB, 'fuzz random b')];
    this.devices[0].start(this.devices[1], withOneTime);
    if (bothStart) this.devices[1].start(this.devices[0], withOneTime);
  }

  run({ do: what, by, pick }: Step): void {
    const device = this.devices[by];
    const coming = this.inFlight[by];
    if (what === 'restart') device.restart();
    else if (what === 'begin') device.start(this.devices[by === 0 ? 1 : 0], pick % 2 === 0);
    else if (what === 'send') this.send(by);
    else if (what === 'lose') coming.splice(pick % Math.max(1, coming.length), 1);
    else if (what === 'deliver' && coming.length > 0) this.deliver(by, coming.splice(pick % coming.length, 1)[0]!);
    else if (what === 'replay' && this.delivered[by].length > 0) this.replay(by, pick);
  }

  send(by: 0 | 1): void {
    const device = this.devices[by];
    if (device.record.current === null) return;
    this.inFlight[by === 0 ? 1 : 0].push(device.send(`message ${this.#count++}`));
  }

  deliver(to: 0 | 1, sent: Sent): void {
    const device = this.devices[to];
    const before = device.snapshot();
    let plaintext: Uint8Array;
    try {
      plaintext = device.receive(sent);
    } catch (error) {
      // The one good excuse: five newer chains of the same session have pushed this one out.
      assert.ok(error instanceof RatchetError);
      assert.ok(this.#chainIsGone(to, sent), error.code);
      assert.deepEqual(device.snapshot(), before);
      return;
    }
    assert.deepEqual(plaintext, sent.plaintext);
    this.delivered[to].push(sent);
    const name = device.lastSession!.baseKey.toString();
    const chain = ratchetKeyOf(sent);
    const known = this.chains[to].get(name) ?? [];
    if (!known.includes(chain)) this.chains[to].set(name, [...known, chain]);
  }

  replay(to: 0 | 1, pick: number): void {
    const device = this.devices[to];
    const before = device.snapshot();
    assert.throws(() => device.receive(this.delivered[to][pick % this.delivered[to].length]!), RatchetError);
    assert.deepEqual(device.snapshot(), before);
  }

  deliverAll(): void {
    for (const to of [0, 1] as const) {
      for (const sent of this.inFlight[to].splice(0)) this.deliver(to, sent);
    }
  }

  #chainIsGone(to: 0 | 1, sent: Sent): boolean {
    const chain = ratchetKeyOf(sent);
    for (const known of this.chains[to].values()) {
      const at = known.indexOf(chain);
      if (at >= 0) return known.length - at > MAX_RECEIVING_CHAINS;
    }
    return false;
  }
}

const ratchetKeyOf = ({ kind, message }: Sent): string =>
  parseMessage(kind === 'prekey' ? parsePrekeyMessage(message).message : message).ratchetKey.toString();

describe('two devices and a hostile network', () => {
  it.each([
    ['one begins', false],
    ['both begin at once', true],
  ])('DR-7, DR-8, DR-15: %s: reordered, lost, repeated, restarted, each message opens exactly once', (_, bothStart) => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 60 }), fc.boolean(), (steps, withOneTime) => {
        const conversation = new Conversation(withOneTime, bothStart);
        for (const each of steps) conversation.run(each);
        conversation.deliverAll();
        // What is said one after the other brings both to one session, whatever was before.
        for (let round = 0; round < 2; round++) {
          for (const by of [0, 1] as const) {
            conversation.send(by);
            conversation.deliverAll();
          }
        }
        const [a, b] = conversation.devices;
        expect(a.record.current?.baseKey).toEqual(b.record.current?.baseKey);
        expect(a.record.current?.pending).toBeNull();
        expect(b.record.current?.pending).toBeNull();
      }),
      { numRuns: 40 },
    );
  });
});
