import type { Primitives } from '@sotto/protocol/crypto';
import { sameBytes } from '@sotto/protocol/crypto';
import { CLOSE, type Clock } from '@sotto/protocol/link';
import { verifySpreadAck } from '@sotto/protocol/ring';
import { RefusalCode, type SpreadAcks } from '@sotto/protocol/wire';
import type { Attacher } from '../../delivery/attacher.ts';
import type { Link } from '../../links/link.ts';
import type { Limits } from '../../limits.ts';
import { describeError, type Log } from '../../log.ts';
import type { NodeIdentity } from '../../node-identity.ts';
import type { NodeMetrics } from '../../node-metrics.ts';
import type { AccessCache } from '../../relay/access-cache.ts';
import type { Access, RelayStore } from '../../store/relay-store.ts';
import type { PeerLink } from '../peer-link.ts';
import type { RingRuntime } from '../ring-runtime.ts';
import type { HomeFinder } from './home-finder.ts';
import { LateAcks } from './late-acks.ts';
import type { SigningKeys } from './signing-keys.ts';

export interface AckDeskParts {
  readonly primitives: Primitives;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly log: Log;
  readonly metrics: NodeMetrics;
  readonly identity: NodeIdentity;
  readonly ring: RingRuntime;
  readonly homes: HomeFinder;
  readonly store: Pick<RelayStore, 'acknowledge'>;
  readonly access: AccessCache;
  readonly attacher: Pick<Attacher, 'taken'>;
  readonly keys: SigningKeys;
  readonly spread: (baseMs: number) => number;
}

const ID_BYTES = 32;
const FAILED_MS = 1000;

/** Acknowledgements that a device signed for all homes of its account (RING-25). */
export class AckDesk {
  readonly #parts: AckDeskParts;
  readonly #late: LateAcks;

  constructor(parts: AckDeskParts) {
    this.#parts = parts;
    this.#late = new LateAcks(parts.ring);
  }

  /** From the device itself: taken here when this is a home, and passed on to the homes. */
  fromDevice(link: Link, request: number, acks: SpreadAcks): void {
    const { account, device } = link.owner!;
    if (!sameBytes(acks.account, account) || acks.device !== device || !this.#inRange(acks)) {
      return link.refuse(request, RefusalCode.NOT_ALLOWED);
    }
    this.#verified(acks, (holds) => {
      if (holds === 'unknown') return link.refuse(request, RefusalCode.NOT_ALLOWED);
      if (!holds) return link.close(CLOSE.malformed);
      this.#passOn(acks);
      this.#take(acks, (taken) => {
        if (!taken) link.refuse(request, RefusalCode.BUSY, this.#parts.spread(FAILED_MS));
        else if (request !== 0) link.send(request, { case: 'done', value: {} });
      });
    });
  }

  /** From another home, which had it from the device: not passed on again. */
  fromPeer(peer: PeerLink, acks: SpreadAcks): void {
    if (!this.#parts.homes.of(acks.account).isHome || !this.#inRange(acks)) return;
    this.#verified(acks, (holds) => {
      // A list that came here late may not name the device yet: then its next sweep brings the rest.
      if (holds === 'unknown') return;
      if (!holds) return peer.misbehaved('acknowledgement');
      this.#take(acks, () => {});
    });
  }

  /** What is expired needs no tombstone, and nothing lives longer than the longest expiry. */
  #inRange({ expires }: SpreadAcks): boolean {
    const latest = this.#parts.clock.now() / 1000 + this.#parts.limits.maxExpirySeconds;
    return expires.every((expiry) => Number(expiry) <= latest);
  }

  #verified(acks: SpreadAcks, use: (holds: boolean | 'unknown') => void): void {
    const { access, log } = this.#parts;
    access.with(
      acks.account,
      (known) => use(this.#holds(acks, known)),
      (error) => {
        log.warn('acknowledgement-unchecked', describeError(error));
        use('unknown');
      },
    );
  }

  #holds(acks: SpreadAcks, known: Access | null): boolean | 'unknown' {
    const { primitives, identity, keys } = this.#parts;
    const signingKey = known === null ? null : keys.of(acks.account, known, acks.device);
    if (signingKey === null) return 'unknown';
    return verifySpreadAck(primitives, acks, { network: identity.network, signingKey });
  }

  #take({ account, device, ids, expires }: SpreadAcks, report: (taken: boolean) => void): void {
    const { homes, store, attacher, metrics, log } = this.#parts;
    if (!homes.of(account).isHome && !homes.alone) return report(true);
    const list: Uint8Array[] = [];
    for (let offset = 0; offset < ids.length; offset += ID_BYTES) list.push(ids.subarray(offset, offset + ID_BYTES));
    store.acknowledge([{ mailbox: account, device, ids: list, expires: expires.map(Number) }]).then(
      () => {
        metrics.acknowledged += list.length;
        attacher.taken(account, device, list);
        report(true);
      },
      (error: unknown) => {
        log.error('acknowledge-failed', describeError(error));
        report(false);
      },
    );
  }

  #passOn(acks: SpreadAcks): void {
    const { homes, ring } = this.#parts;
    for (const key of homes.of(acks.account).others) {
      if (ring.peer(key)?.postFrame({ case: 'spreadAcks', value: acks }) === false) this.#late.add(key, acks);
    }
  }
}
