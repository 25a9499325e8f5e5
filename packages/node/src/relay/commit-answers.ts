import type { Primitives } from '@sotto/protocol/crypto';
import type { Clock } from '@sotto/protocol/link';
import { buildReceipts } from '@sotto/protocol/mailbox';
import { RefusalCode, type StoredItemFrame } from '@sotto/protocol/wire';
import type { Deliveries } from '../delivery/deliveries.ts';
import type { Delivery } from '../delivery/delivery.ts';
import { describeError, type Log } from '../log.ts';
import type { NodeIdentity } from '../node-identity.ts';
import type { NodeMetrics } from '../node-metrics.ts';
import type { StageTimes } from '../stages/stage-times.ts';
import { type DeviceRef, RelayStoreError, type StoreOutcome } from '../store/relay-store.ts';
import { deviceKey } from '../text-key.ts';
import type { Wake } from '../wake/wake.ts';
import type { CommitEnd, PendingSend, Sender } from './group-commit.ts';

export interface CommitAnswersParts {
  readonly primitives: Primitives;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: NodeMetrics;
  readonly identity: NodeIdentity;
  readonly deliveries: Deliveries;
  /** Told what was stored for devices that are not attached here; null: there are no other edges. */
  readonly wake: Pick<Wake, 'stored'> | null;
  readonly spread: (baseMs: number) => number;
  readonly stages: StageTimes;
}

/** Receipts in one Stored frame: what certainly fits a packet, with paths of 20 hashes. */
const ITEMS_PER_FRAME = 64;
const FAILED_MS = 1000;
/** The receipt is this node's own. */
const OWN = new Uint8Array(0);

/** After a commit: pushes to who is attached, then receipts, one signature for all of them (NODE-12 to NODE-14). */
export class CommitAnswers implements CommitEnd {
  readonly #parts: CommitAnswersParts;

  constructor(parts: CommitAnswersParts) {
    this.#parts = parts;
  }

  began(sends: readonly PendingSend[]): void {
    const { stages, deliveries } = this.#parts;
    if (stages.tracing) stages.gathered(sends);
    deliveries.commitBegan();
  }

  committed(sends: readonly PendingSend[], outcomes: readonly StoreOutcome[]): void {
    const { metrics, deliveries, wake, stages } = this.#parts;
    metrics.commits += 1;
    if (stages.tracing) stages.stored(sends);
    const accepted: PendingSend[] = [];
    const elsewhere: DeviceRef[] = [];
    for (const [index, send] of sends.entries()) {
      const outcome = outcomes[index];
      if (outcome === 'quota') {
        send.link.refuse(send.request, RefusalCode.QUOTA);
      } else if (outcome === 'token-used') {
        send.link.refuse(send.request, RefusalCode.TOKEN_USED);
      } else {
        accepted.push(send);
        if (outcome === 'stored') {
          metrics.stored += 1;
          if (!deliveries.stored(send.item) && wake !== null) elsewhere.push(send.item);
        } else {
          metrics.duplicates += 1;
          // The edge that stored it may have died before it said so.
          if (outcome === 'duplicate' && wake !== null) elsewhere.push(send.item);
        }
      }
    }
    deliveries.commitEnded();
    if (stages.tracing) stages.pushed(this.#deliveryOf);
    if (elsewhere.length > 0) wake?.stored(elsewhere);
    this.#answer(accepted);
    if (stages.tracing) stages.answered(sends, this.#deliveryOf);
  }

  readonly #deliveryOf = ({ mailbox, device }: DeviceRef): Delivery | undefined =>
    this.#parts.deliveries.get(deviceKey(mailbox, device));

  failed(sends: readonly PendingSend[], error: unknown): void {
    this.#parts.deliveries.commitEnded();
    this.#parts.log.error('commit-failed', { ...describeError(error), sends: sends.length });
    const full = error instanceof RelayStoreError && error.code === 'disk-full';
    for (const { link, request } of sends) {
      if (full) link.refuse(request, RefusalCode.DISK_FULL, this.#parts.spread(30 * FAILED_MS));
      else link.refuse(request, RefusalCode.BUSY, this.#parts.spread(FAILED_MS));
    }
  }

  #answer(accepted: readonly PendingSend[]): void {
    // Who is gone cannot be told: no signature for nobody.
    if (!accepted.some(({ link, request }) => request !== 0 && !link.closed)) return;
    const { primitives, clock, identity } = this.#parts;
    const at = clock.now();
    const ids = accepted.map(({ item }) => item.id);
    const receipts = buildReceipts(primitives, identity.nodeSeed, identity.network, at, ids);
    const { signature, leaves } = receipts;
    const byLink = new Map<Sender, StoredItemFrame[]>();
    const send = (link: Sender, items: StoredItemFrame[]) =>
      link.send(0, { case: 'stored', value: { at, leaves, signature, items, node: OWN } });
    for (const [leaf, { link, request }] of accepted.entries()) {
      if (request === 0 || link.closed) continue;
      let items = byLink.get(link);
      if (items === undefined || items.length === ITEMS_PER_FRAME) {
        if (items !== undefined) send(link, items);
        byLink.set(link, (items = []));
      }
      items.push({ request, leaf, path: receipts.path(leaf) });
    }
    for (const [link, items] of byLink) send(link, items);
  }
}
