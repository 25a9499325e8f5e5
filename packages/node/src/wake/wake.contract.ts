/** What every way between edges does while nothing fails: OPS-20 to OPS-25. */
import { RefusalCode } from '@sotto/protocol/wire';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DeviceRef } from '../store/relay-store.ts';
import type { Attachment, Edge, LiveEnvelope, LiveMessage, Wake } from './wake.ts';

export interface WakeHarness {
  /** Of three edges, not joined yet. */
  readonly wakes: readonly [Wake, Wake, Wake];
  /** Waits until it holds; throws when it never does. */
  until(holds: () => boolean): Promise<void>;
  /** Whatever was told has arrived by now. */
  settle(): Promise<void>;
  dispose(): Promise<void>;
}

export interface WakeSkills {
  /** Carries messages of live nodes, and their answers. */
  readonly delivers: boolean;
  readonly sharesRates: boolean;
}

const ALICE = new Uint8Array(32).fill(1);
const BOB = new Uint8Array(32).fill(2);
const text = ({ mailbox, device }: DeviceRef): string => `${mailbox[0] ?? 0}/${mailbox[31] ?? 0}/${device}`;

/** Notes what it is told. */
class NotedEdge implements Edge {
  readonly told: string[] = [];
  readonly here: Attachment[] = [];
  answer: RefusalCode | null = null;

  attachments(): Iterable<Attachment> {
    return this.here;
  }

  stored(devices: readonly DeviceRef[]): void {
    this.told.push(...devices.map((device) => `stored ${text(device)}`));
  }

  replaced(attachment: Attachment, newer: boolean): void {
    this.told.push(`replaced ${text(attachment)} #${attachment.serial}${newer ? '' : '?'}`);
  }

  accessChanged(mailbox: Uint8Array | null): void {
    this.told.push(`access ${mailbox?.join('').slice(0, 4) ?? 'of all'}`);
  }

  keysTaken(devices: readonly DeviceRef[]): void {
    this.told.push(...devices.map((device) => `keys ${text(device)}`));
  }

  live(device: DeviceRef, { expires, body }: LiveEnvelope): boolean {
    this.told.push(`live ${text(device)} ${expires} ${body.join()}`);
    return true;
  }

  deliver(device: DeviceRef, { expires, body, tokenHash }: LiveMessage): Promise<RefusalCode | null> {
    this.told.push(`deliver ${text(device)} ${expires} ${body.join()} ${tokenHash?.length ?? 0}`);
    return Promise.resolve(this.answer);
  }

  resumed(): void {}
}

export function describeWake(name: string, open: () => Promise<WakeHarness>, skills: WakeSkills): void {
  describe(`Wake: ${name}`, () => {
    let harness: WakeHarness;
    let edges: NotedEdge[];
    const attach = async (at: number, device: DeviceRef, serial: number): Promise<void> => {
      edges[at]!.here.push({ ...device, serial });
      await harness.wakes[at]!.attached({ ...device, serial });
    };
    /** What the edge was told, when it was told so many things. */
    const told = async (at: number, count: number): Promise<readonly string[]> => {
      await harness.until(() => edges[at]!.told.length >= count);
      await harness.settle();
      return edges[at]!.told;
    };

    beforeEach(async () => {
      harness = await open();
      edges = harness.wakes.map((wake) => {
        const edge = new NotedEdge();
        wake.join(edge);
        return edge;
      });
      await harness.settle();
      for (const { told: noted } of edges) noted.length = 0;
    });
    afterEach(() => harness.dispose());

    test('OPS-20: what is stored is told to the edge where the device is, and to no other', async () => {
      const [a, b, c] = harness.wakes;
      await attach(1, { mailbox: ALICE, device: 1 }, 7);
      await attach(2, { mailbox: ALICE, device: 2 }, 7);
      a.stored([
        { mailbox: ALICE, device: 1 },
        { mailbox: BOB, device: 1 },
      ]);
      c.stored([{ mailbox: ALICE, device: 1 }]);
      b.stored([{ mailbox: ALICE, device: 1 }]);
      expect(await told(1, 2)).toEqual(['stored 1/1/1', 'stored 1/1/1']);
      expect(await told(0, 0)).toEqual([]);
      expect(await told(2, 0)).toEqual([]);
    });

    test('OPS-20: the caller may reuse its buffers at once', async () => {
      const [a] = harness.wakes;
      await attach(1, { mailbox: ALICE, device: 1 }, 7);
      const [mailbox, body] = [ALICE.slice(), Uint8Array.of(1, 2, 3)];
      a.stored([{ mailbox, device: 1 }]);
      const passed = a.live({ mailbox, device: 1 }, { expires: 9, body });
      a.accessChanged(mailbox);
      mailbox.fill(9);
      body.fill(9);
      expect(await passed).toBe(true);
      await harness.until(() => edges[1]!.told.length >= 3);
      expect(edges[1]!.told.toSorted()).toEqual(['access 1111', 'live 1/1/1 9 1,2,3', 'stored 1/1/1']);
    });

    test('OPS-21: a device that attaches elsewhere is taken from the edge that had it', async () => {
      const [a, b, c] = harness.wakes;
      await attach(1, { mailbox: ALICE, device: 1 }, 7);
      await attach(2, { mailbox: ALICE, device: 1 }, 3);
      expect(await told(1, 1)).toEqual(['replaced 1/1/1 #7']);
      // The one that was replaced says so when its link is closed.
      b.detached({ mailbox: ALICE, device: 1, serial: 7 });
      await harness.settle();
      a.stored([{ mailbox: ALICE, device: 1 }]);
      expect(await told(2, 1)).toEqual(['stored 1/1/1']);
      c.detached({ mailbox: ALICE, device: 1, serial: 3 });
      await harness.settle();
      a.stored([{ mailbox: ALICE, device: 1 }]);
      expect(await told(2, 1)).toEqual(['stored 1/1/1']);
      expect(await told(1, 1)).toEqual(['replaced 1/1/1 #7']);
    });

    test('OPS-21: a device that attaches anew at its own edge is taken from nobody', async () => {
      const [a, b] = harness.wakes;
      await attach(1, { mailbox: ALICE, device: 1 }, 7);
      await attach(1, { mailbox: ALICE, device: 1 }, 8);
      b.detached({ mailbox: ALICE, device: 1, serial: 7 });
      await harness.settle();
      a.stored([{ mailbox: ALICE, device: 1 }]);
      expect(await told(1, 1)).toEqual(['stored 1/1/1']);
    });

    test('OPS-22: changed access is told to every other edge', async () => {
      harness.wakes[1].accessChanged(BOB);
      expect(await told(0, 1)).toEqual(['access 2222']);
      expect(await told(2, 1)).toEqual(['access 2222']);
      expect(await told(1, 0)).toEqual([]);
    });

    test('OPS-23: live envelopes go where the device is; whoever is nowhere is said to be', async () => {
      const [a] = harness.wakes;
      await attach(2, { mailbox: BOB, device: 127 }, 1);
      const envelope = { expires: 4_102_444_800, body: Uint8Array.of(5, 0, 255) };
      expect(await a.live({ mailbox: BOB, device: 127 }, envelope)).toBe(true);
      expect(await a.live({ mailbox: BOB, device: 1 }, envelope)).toBe(false);
      expect(await told(2, 1)).toEqual(['live 2/2/127 4102444800 5,0,255']);
      a.keysTaken([{ mailbox: BOB, device: 127 }]);
      expect(await told(2, 2)).toEqual(['live 2/2/127 4102444800 5,0,255', 'keys 2/2/127']);
    });

    test('OPS-24: an edge that closed has nobody attached', async () => {
      const [a, b] = harness.wakes;
      await attach(1, { mailbox: ALICE, device: 1 }, 7);
      await b.close();
      expect(await a.live({ mailbox: ALICE, device: 1 }, { expires: 1, body: BOB })).toBe(false);
      expect(edges[1]!.told).toEqual([]);
    });

    test.runIf(skills.delivers)('OPS-25: a message of a live node is answered by its recipient', async () => {
      const [a] = harness.wakes;
      await attach(1, { mailbox: ALICE, device: 1 }, 7);
      const message = { expires: 5, body: Uint8Array.of(1), tokenHash: BOB };
      const deliver = async (mailbox: Uint8Array, given: LiveMessage): Promise<RefusalCode | null> => {
        const answer = a.deliver({ mailbox, device: 1 }, given);
        await harness.settle();
        return answer;
      };
      expect(await deliver(ALICE, message)).toBeNull();
      edges[1]!.answer = RefusalCode.TOKEN_USED;
      expect(await deliver(ALICE, { ...message, tokenHash: null })).toBe(RefusalCode.TOKEN_USED);
      expect(await deliver(BOB, message)).toBe(RefusalCode.NOT_ATTACHED);
      expect(edges[1]!.told).toEqual(['deliver 1/1/1 5 1 32', 'deliver 1/1/1 5 1 0']);
    });

    test.runIf(skills.sharesRates)('OPS-26: a rate is that of all edges together', async () => {
      const take = (at: number, mailbox: Uint8Array): Promise<boolean> =>
        harness.wakes[at]!.within('fetch', mailbox, 3, 0.001);
      expect([await take(0, ALICE), await take(1, ALICE), await take(2, ALICE)]).toEqual([true, true, true]);
      expect([await take(0, ALICE), await take(1, ALICE), await take(1, BOB)]).toEqual([false, false, true]);
      expect(await harness.wakes[0].within('one-time', ALICE, 3, 0.001)).toBe(true);
    });

    test('HTTP-12: a nonce of a device is taken once, at whichever edge', async () => {
      const take = (at: number, mailbox: Uint8Array, device: number, nonce: string): Promise<boolean> =>
        harness.wakes[at]!.takeNonce({ mailbox, device }, nonce, 360);
      const nonce = 'n'.repeat(63);
      expect(await take(0, ALICE, 1, `${nonce}1`)).toBe(true);
      expect([await take(1, ALICE, 1, `${nonce}1`), await take(2, ALICE, 1, `${nonce}1`)]).toEqual([false, false]);
      expect(await take(1, ALICE, 1, `${nonce}2`)).toBe(true);
      expect(await take(2, ALICE, 2, `${nonce}1`)).toBe(true);
      expect(await take(2, BOB, 1, `${nonce}1`)).toBe(true);
      const both = await Promise.all([take(0, BOB, 1, nonce), take(1, BOB, 1, nonce)]);
      expect(both.toSorted()).toEqual([false, true]);
    });
  });
}
