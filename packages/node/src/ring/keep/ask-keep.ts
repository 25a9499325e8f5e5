import { type Primitives, sameBytes } from '@sotto/protocol/crypto';
import { verifyReceipts } from '@sotto/protocol/mailbox';
import { create, KeepAs, type Kept, KeepSchema, type RefusalCode } from '@sotto/protocol/wire';
import type { StoreItem } from '../../store/relay-store.ts';
import { PeerError } from '../peer-error.ts';
import type { PeerLink } from '../peer-link.ts';

/** What all receipts of one answer share. */
export interface ReceiptHead {
  readonly at: number;
  readonly leaves: number;
  readonly signature: Uint8Array;
}

/** Of one envelope: its receipt under the head, or why it was not kept. */
type KeepAnswer =
  | { readonly kept: true; readonly leaf: number; readonly path: Uint8Array }
  | { readonly kept: false; readonly code: RefusalCode; readonly retryMs: number };

export interface KeptAnswer {
  readonly head: ReceiptHead;
  /** In the order of what was asked. */
  readonly items: readonly KeepAnswer[];
  /** Of the node's start at which it kept them, 8 B. */
  readonly boot: Uint8Array;
}

/** An envelope for another node. */
export interface KeepOffer extends StoreItem {
  /** What the sender showed, 16 B: for homes only. Without: nothing, or it is not known any more. */
  readonly capability?: Uint8Array;
}

export interface AskKeepParts {
  readonly primitives: Primitives;
  readonly network: Uint8Array;
}

const NO_BYTES = new Uint8Array(0);

/**
 * Has another node keep envelopes, and checks its receipts (RING-20). Who answers with receipts that do not hold has
 * misbehaved.
 * @param items at most MAX_KEEP_ITEMS, and what fits a packet
 * @throws PeerError
 */
export async function askKeep(
  parts: AskKeepParts,
  peer: PeerLink,
  as: KeepAs,
  items: readonly KeepOffer[],
  timeoutMs?: number,
): Promise<KeptAnswer> {
  const keep = create(KeepSchema, { as, items: items.map((item) => keepItemOf(item, as === KeepAs.HOME)) });
  const answer = await peer.request({ case: 'keep', value: keep }, timeoutMs);
  const kept = answer.case === 'kept' ? checkKept(parts, peer, answer.value, items) : 'answer';
  if (typeof kept !== 'string') return kept;
  // It started again in between: nothing of it counts, and nothing is wrong.
  if (kept !== 'kept-boot') peer.misbehaved(kept);
  throw new PeerError('down');
}

/** As it crosses to another node. @param toHome who stands in learns no capability */
export function keepItemOf({ mailbox, device, expires, lane, body, tokenHash, capability }: KeepOffer, toHome = false) {
  return {
    mailbox,
    device,
    expires: BigInt(expires),
    body,
    stranger: lane === 'stranger',
    tokenHash: tokenHash ?? NO_BYTES,
    capability: toHome && capability !== undefined ? capability : NO_BYTES,
  };
}

/** @returns a word for what is wrong */
function checkKept(
  { primitives, network }: AskKeepParts,
  peer: PeerLink,
  kept: Kept,
  asked: readonly StoreItem[],
): KeptAnswer | 'kept-items' | 'kept-boot' | 'kept-receipt' {
  const at = Number(kept.at);
  const { leaves, signature, boot } = kept;
  if (kept.items.length !== asked.length) return 'kept-items';
  if (peer.boot === null || !sameBytes(boot, peer.boot)) return 'kept-boot';
  const claimed = asked.flatMap(({ id }, index) => {
    const { refusal, leaf, path } = kept.items[index]!;
    return refusal === 0 ? [{ id, leaf, path }] : [];
  });
  const head = { nodeId: peer.node, network, at, leaves, signature };
  if (!verifyReceipts(primitives, head, claimed).every(Boolean)) return 'kept-receipt';
  const items = kept.items.map(({ refusal, leaf, path, retryMs }): KeepAnswer => {
    return refusal === 0 ? { kept: true, leaf, path } : { kept: false, code: refusal, retryMs };
  });
  return { head: { at, leaves, signature }, items, boot };
}
