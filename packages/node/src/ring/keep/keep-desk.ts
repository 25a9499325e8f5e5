import type { Primitives } from '@sotto/protocol/crypto';
import type { Clock } from '@sotto/protocol/link';
import { buildReceipts, envelopeId } from '@sotto/protocol/mailbox';
import { create, type Keep, KeepAs, type KeepItem, KeptSchema, MAX_DEVICE, RefusalCode } from '@sotto/protocol/wire';
import type { Deliveries } from '../../delivery/deliveries.ts';
import type { Turn } from '../../links/turn.ts';
import type { Limits } from '../../limits.ts';
import { describeError, type Log } from '../../log.ts';
import type { NodeIdentity } from '../../node-identity.ts';
import type { NodeMetrics } from '../../node-metrics.ts';
import type { AccessCache } from '../../relay/access-cache.ts';
import { capabilityHolds } from '../../relay/authorise.ts';
import type { Access, StoreItem, StoreOutcome } from '../../store/relay-store.ts';
import { RelayStoreError } from '../../store/relay-store.ts';
import { deviceKey } from '../../text-key.ts';
import { PeerError } from '../peer-error.ts';
import type { PeerReply } from '../peer-handlers.ts';
import type { PeerLink } from '../peer-link.ts';
import type { RingRuntime } from '../ring-runtime.ts';
import type { Custody } from './custody.ts';
import type { HomeFinder } from './home-finder.ts';
import type { Incoming } from './incoming.ts';

export interface KeepDeskParts {
  readonly primitives: Primitives;
  readonly clock: Clock;
  readonly turn: Turn;
  readonly limits: Limits;
  readonly log: Log;
  readonly metrics: NodeMetrics;
  readonly identity: NodeIdentity;
  readonly ring: RingRuntime;
  readonly homes: HomeFinder;
  readonly incoming: Incoming;
  readonly access: AccessCache;
  readonly deliveries: Deliveries;
  /** What is kept here for other nodes. */
  readonly custody: Pick<Custody, 'kept' | 'quota'>;
  readonly isRoom: boolean;
  readonly spread: (baseMs: number) => number;
}

/** To be stored; `inCustody`: of this partition, as its stand-in, and counted by the quota. */
interface Checked {
  readonly item: StoreItem;
  readonly inCustody: number | null;
}

/** One Keep of another node: item by item what is to be stored, or why not. */
interface Asked {
  readonly reply: PeerReply;
  readonly items: (Checked | RefusalCode)[];
}

const BUSY_MS = 100;
const FAILED_MS = 1000;

/** Keeps envelopes for other nodes, as a home or standing in for one, and answers with receipts (RING-20, RING-22). */
export class KeepDesk {
  readonly #parts: KeepDeskParts;
  readonly #bodySizes: ReadonlySet<number>;
  #gathering: Asked[] = [];
  #pending = 0;
  #planned = false;
  #onIdle: (() => void)[] = [];

  constructor(parts: KeepDeskParts) {
    this.#parts = parts;
    this.#bodySizes = new Set(parts.limits.bodySizes);
    parts.ring.serve('keep', (from, keep, reply) => this.answer(from, keep, reply));
  }

  answer(from: PeerLink, keep: Keep, reply: PeerReply): void {
    if (keep.as === KeepAs.LIVE) this.#passLive(keep);
    else if (reply.wanted) this.#take(from, keep, reply);
  }

  /** Resolves when nothing waits for the disk. */
  idle(): Promise<void> {
    if (this.#pending === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  #take(from: PeerLink, { items, as }: Keep, reply: PeerReply): void {
    const { limits, spread } = this.#parts;
    if (this.#pending + items.length > limits.pendingSends) return reply.refuse(RefusalCode.BUSY, spread(BUSY_MS));
    this.#pending += items.length;
    const asked: Asked = { reply, items: [] };
    let left = items.length;
    for (const [index, item] of items.entries()) {
      this.#check(from, item, as, (checked) => {
        asked.items[index] = checked;
        left -= 1;
        if (left === 0) this.#gather(asked);
      });
    }
  }

  /** @param end called once, now or later */
  #check(from: PeerLink, asked: KeepItem, as: KeepAs, end: (checked: Checked | RefusalCode) => void): void {
    const { homes, primitives, access } = this.#parts;
    const { mailbox, device, body, tokenHash, stranger } = asked;
    if (!this.#wellFormed(asked)) return end(RefusalCode.BAD_ENVELOPE);
    const { isHome, isStandIn, partition } = homes.of(mailbox);
    if (!isHome && (as === KeepAs.HOME || !isStandIn)) return end(RefusalCode.NOT_HOME);
    const expires = Number(asked.expires);
    const item: StoreItem = {
      id: envelopeId(primitives, { mailbox, device, expires, body }),
      mailbox,
      device,
      expires,
      lane: stranger ? 'stranger' : 'contact',
      body,
      tokenHash: tokenHash.length === 0 ? null : tokenHash,
    };
    access.with(
      mailbox,
      (known) => {
        if (known === null) end(RefusalCode.NO_MAILBOX);
        else if (!known.devices.includes(device)) end(RefusalCode.NO_DEVICE);
        else if (isHome) end({ item: this.#inLane(known, item, asked.capability), inCustody: null });
        else end(this.#inCustody(from, partition, item));
      },
      (error) => {
        // Homes that are away are why somebody stands in: it cannot be known then whether the account exists.
        if (isHome || !(error instanceof PeerError)) end(RefusalCode.BUSY);
        else end(this.#inCustody(from, partition, item));
      },
    );
  }

  #wellFormed({ expires: expiry, body, device }: KeepItem): boolean {
    const { clock, limits } = this.#parts;
    const expires = Number(expiry);
    const nowSeconds = clock.now() / 1000;
    const inTime = expires > nowSeconds && expires <= nowSeconds + limits.maxExpirySeconds;
    return inTime && this.#bodySizes.has(body.length) && device <= MAX_DEVICE;
  }

  /** Another node's word opens half of the contacts' lane; what the sender showed, all of it (RING-31). */
  #inLane(known: Access, item: StoreItem, capability: Uint8Array): StoreItem {
    if (item.lane === 'stranger' || item.tokenHash !== null) return item;
    const { primitives, clock } = this.#parts;
    const holds = capability.length > 0 && capabilityHolds(primitives, known, capability, clock.now(), null);
    return holds ? item : { ...item, unproven: true };
  }

  /** Who stands in knows no tokens: the homes ask for it when they get it. */
  #inCustody(from: PeerLink, partition: number, item: StoreItem): Checked | RefusalCode {
    const { custody } = this.#parts;
    return custody.quota.take(from.key, partition, item.body.length)
      ? { item, inCustody: partition }
      : RefusalCode.BUSY;
  }

  #gather(asked: Asked): void {
    this.#gathering.push(asked);
    if (this.#planned) return;
    this.#planned = true;
    this.#parts.turn.runBatch(this.#commit);
  }

  readonly #commit = (): void => {
    this.#planned = false;
    const gathered = this.#gathering;
    this.#gathering = [];
    const checked = gathered.flatMap((asked) => asked.items.filter((one) => typeof one !== 'number'));
    // Only a home may use a token up.
    const items = checked.map(({ item, inCustody }) => (inCustody === null ? item : { ...item, tokenHash: null }));
    this.#parts.incoming.storeWhole(items).then(
      (outcomes) => {
        this.#answer(gathered, items, outcomes);
        for (const [index, one] of checked.entries()) this.#keptOrNot(one, outcomes[index] === 'stored');
      },
      (error: unknown) => {
        this.#failed(gathered, error);
        for (const one of checked) this.#keptOrNot(one, false);
      },
    );
  };

  #keptOrNot({ item, inCustody }: Checked, isNew: boolean): void {
    const { custody } = this.#parts;
    if (inCustody === null) return;
    if (isNew) custody.kept(item);
    else custody.quota.left(inCustody, item.body.length);
  }

  #failed(gathered: readonly Asked[], error: unknown): void {
    const { log, spread } = this.#parts;
    log.error('commit-failed', { ...describeError(error), sends: gathered.length });
    const full = error instanceof RelayStoreError && error.code === 'disk-full';
    const retryMs = spread(full ? 30 * FAILED_MS : FAILED_MS);
    for (const { reply, items } of gathered) {
      this.#pending -= items.length;
      reply.refuse(full ? RefusalCode.DISK_FULL : RefusalCode.BUSY, retryMs);
    }
    this.#ended();
  }

  /** One signature for the commit, the same in the answer to each Keep. */
  #answer(gathered: readonly Asked[], items: readonly StoreItem[], outcomes: readonly StoreOutcome[]): void {
    const { primitives, identity, clock, ring, spread } = this.#parts;
    const kept = items.filter((_, index) => refusalOf(outcomes[index]!) === null);
    const at = clock.now();
    const ids = kept.map(({ id }) => id);
    const receipts = ids.length === 0 ? null : buildReceipts(primitives, identity.nodeSeed, identity.network, at, ids);
    let [leaf, next] = [0, 0];
    for (const { reply, items: asked } of gathered) {
      const answers = asked.map((item) => {
        const refusal = typeof item === 'number' ? item : refusalOf(outcomes[next++]!);
        if (refusal === null) return { leaf, path: receipts!.path(leaf++) };
        return { refusal, retryMs: refusal === RefusalCode.BUSY ? spread(FAILED_MS) : 0 };
      });
      this.#pending -= asked.length;
      const { signature, leaves } = receipts ?? { signature: new Uint8Array(0), leaves: 0 };
      const head = { at: BigInt(at), leaves, signature, boot: ring.boot };
      reply.answer({ case: 'kept', value: create(KeptSchema, { ...head, items: answers }) });
    }
    this.#ended();
  }

  #ended(): void {
    if (this.#pending > 0) return;
    const idle = this.#onIdle;
    this.#onIdle = [];
    for (const resolve of idle) resolve();
  }

  /** To the device if it is attached here and the sender may; no answer, and nothing is kept (RING-26). */
  #passLive({ items }: Keep): void {
    const { homes, deliveries, metrics, access } = this.#parts;
    for (const item of items) {
      const { mailbox, device, expires, body } = item;
      if (!this.#wellFormed(item) || !homes.of(mailbox).isHome) continue;
      const key = deviceKey(mailbox, device);
      if (deliveries.get(key) === undefined) continue;
      access.with(
        mailbox,
        (known) => {
          const link = known !== null && this.#mayLive(known, item) ? deliveries.get(key)?.link : undefined;
          if (link === undefined || link.slow) return;
          link.send(0, { case: 'deliver', value: { expires: Number(expires), body, live: true } });
          metrics.liveRelayed += 1;
        },
        () => {},
      );
    }
  }

  #mayLive(known: Access, { device, capability }: KeepItem): boolean {
    const { primitives, clock, isRoom } = this.#parts;
    if (!known.devices.includes(device)) return false;
    return capability.length === 0 ? isRoom : capabilityHolds(primitives, known, capability, clock.now(), null);
  }
}

function refusalOf(outcome: StoreOutcome): RefusalCode | null {
  if (outcome === 'quota') return RefusalCode.QUOTA;
  return outcome === 'token-used' ? RefusalCode.TOKEN_USED : null;
}
