import type { Primitives } from '@sotto/protocol/crypto';
import type { Clock } from '@sotto/protocol/link';
import type { Frame, SendFrame } from '@sotto/protocol/wire';
import { create, KeepAs, KeepSchema } from '@sotto/protocol/wire';
import type { Attacher } from '../../delivery/attacher.ts';
import type { Deliveries } from '../../delivery/deliveries.ts';
import type { Link } from '../../links/link.ts';
import type { Turn } from '../../links/turn.ts';
import type { Limits } from '../../limits.ts';
import type { Log } from '../../log.ts';
import type { NodeIdentity } from '../../node-identity.ts';
import type { NodeMetrics } from '../../node-metrics.ts';
import type { AccessCache } from '../../relay/access-cache.ts';
import type { GroupCommit } from '../../relay/group-commit.ts';
import type { Access, RelayStore } from '../../store/relay-store.ts';
import type { RingRuntime } from '../ring-runtime.ts';
import { AckDesk } from './ack-desk.ts';
import { Coordinator } from './coordinator.ts';
import { Custody } from './custody.ts';
import type { HomeFinder } from './home-finder.ts';
import { HomeTable } from './home-table.ts';
import { Incoming } from './incoming.ts';
import { KeepDesk } from './keep-desk.ts';
import { Listings } from './listings.ts';
import { Repair } from './repair.ts';
import { RepairDesk } from './repair-desk.ts';
import { Scrub } from './scrub.ts';
import type { SigningKeys } from './signing-keys.ts';

export interface RingKeepParts {
  readonly primitives: Primitives;
  readonly clock: Clock;
  readonly turn: Turn;
  readonly limits: Limits;
  readonly log: Log;
  readonly metrics: NodeMetrics;
  readonly identity: NodeIdentity;
  readonly ring: RingRuntime;
  readonly homes: HomeFinder;
  readonly store: RelayStore;
  readonly access: AccessCache;
  readonly commit: GroupCommit;
  readonly deliveries: Deliveries;
  readonly attacher: Attacher;
  readonly keys: SigningKeys;
  /** Everybody in it may reach everybody live. */
  readonly isRoom: boolean;
  readonly spread: (baseMs: number) => number;
}

/** What a node with a store keeps together with the other nodes of its ring. */
export class RingKeep {
  readonly coordinator: Coordinator;
  readonly acks: AckDesk;
  readonly custody: Custody;
  readonly repair: Repair;
  readonly #scrub: Scrub;
  readonly #parts: RingKeepParts;
  readonly desk: KeepDesk;

  constructor(parts: RingKeepParts) {
    const network = parts.identity.network;
    this.#parts = parts;
    this.coordinator = new Coordinator({ ...parts, network, onKept: (item) => this.custody.kept(item) });
    this.acks = new AckDesk(parts);
    const incoming = new Incoming(parts);
    const table = new HomeTable(parts);
    const listings = new Listings(parts);
    this.custody = new Custody({ ...parts, network });
    this.desk = new KeepDesk({ ...parts, incoming, custody: this.custody });
    this.#scrub = new Scrub(parts);
    this.repair = new Repair({ ...parts, incoming, table, listings });
    this.repair.start(new RepairDesk({ ...parts, table, listings, onNeed: (...need) => this.repair.need(...need) }));
  }

  /**
   * A live envelope for a device that is not attached here goes to the homes, one of which may have it (RING-26).
   * @returns false when there is nobody to pass it on to
   */
  passLive({ mailbox, device, expires, body, capability }: SendFrame): boolean {
    const { homes, ring } = this.#parts;
    if (homes.alone) return false;
    const item = { mailbox, device, expires: BigInt(expires), body, capability };
    const keep = create(KeepSchema, { as: KeepAs.LIVE, items: [item] });
    let passed = false;
    for (const key of homes.of(mailbox).others) {
      passed = ring.peer(key)?.post({ case: 'keep', value: keep }) === true || passed;
    }
    return passed;
  }

  /** Who may write to an account, as far as this node knows. @throws RelayStoreError, PeerError */
  accessOf(mailbox: Uint8Array): Promise<Access | null> {
    return new Promise((resolve, reject) => this.#parts.access.with(mailbox, resolve, reject));
  }

  /** A frame that clients send too, from another node. @returns whether it was one for this */
  shared(link: Link, { body }: Frame): boolean {
    if (body.case !== 'spreadAcks' || link.peer === null) return false;
    this.acks.fromPeer(link.peer.peer, body.value);
    return true;
  }

  /** Resolves when nothing is on its way to this node's disk. */
  idle(): Promise<void> {
    return this.desk.idle();
  }

  stop(): void {
    this.custody.stop();
    this.repair.stop();
    this.#scrub.stop();
  }
}
