import { be32, be64, concat, sameBytes, utf8, type Primitives } from '../crypto/index.ts';
import { requireBytes } from './mailbox-error.ts';
import { merkleTree, rootFromPath } from './merkle.ts';

const label = utf8('sotto/receipt/1');

/** "sotto/receipt/1" | network | be64 at | be32 leaves | root: what a node signs for one commit (MB-5). */
function receiptBytes(network: Uint8Array, at: number, leaves: number, root: Uint8Array): Uint8Array {
  return concat(label, network, be64(at), be32(leaves), root);
}

/**
 * Signs the root of one commit.
 * @param signingSeed Ed25519 seed of the node id, 32 B
 * @param at node's clock, ms since 1970
 */
export function signReceipt(
  primitives: Primitives,
  signingSeed: Uint8Array,
  network: Uint8Array,
  at: number,
  tree: { readonly leaves: number; readonly root: Uint8Array },
): Uint8Array {
  requireBytes(network, 32, 'A network id');
  requireBytes(tree.root, 32, 'A root');
  return primitives.ed25519.sign(signingSeed, receiptBytes(network, at, tree.leaves, tree.root));
}

/** One signature for everything one commit stored. */
export interface Receipts {
  readonly signature: Uint8Array;
  readonly leaves: number;
  /** Of the envelope at `ids[index]`. */
  path(index: number): Uint8Array;
}

/** Receipts for the envelopes of one commit, in the order of `ids` (at least one). */
export function buildReceipts(
  primitives: Primitives,
  signingSeed: Uint8Array,
  network: Uint8Array,
  at: number,
  ids: readonly Uint8Array[],
): Receipts {
  const tree = merkleTree(primitives, ids);
  const signature = signReceipt(primitives, signingSeed, network, at, tree);
  return { signature, leaves: tree.leaves, path: (index) => tree.path(index) };
}

/** The signed part of a receipt. */
export interface ReceiptHead {
  /** Ed25519, 32 B. */
  readonly nodeId: Uint8Array;
  readonly network: Uint8Array;
  /** ms since 1970, node's clock. */
  readonly at: number;
  readonly leaves: number;
  readonly signature: Uint8Array;
}

/** Which leaf an envelope is. */
export interface ReceiptItem {
  /** Envelope id, 32 B. */
  readonly id: Uint8Array;
  readonly leaf: number;
  readonly path: Uint8Array;
}

/** Whether the node of `nodeId` signed that it stored envelope `id` (MB-5, MB-6). Never throws. */
export function verifyReceipt(primitives: Primitives, receipt: ReceiptHead & ReceiptItem): boolean {
  return verifyReceipts(primitives, receipt, [receipt])[0] === true;
}

/**
 * The same for many envelopes under one signature, which is checked once. Never throws.
 * @returns for each item whether it is proven
 */
export function verifyReceipts(primitives: Primitives, head: ReceiptHead, items: readonly ReceiptItem[]): boolean[] {
  const { nodeId, network, at, leaves, signature } = head;
  if (network.length !== 32 || !Number.isSafeInteger(at) || at < 0) return items.map(() => false);
  let signedRoot: Uint8Array | null = null;
  return items.map(({ id, leaf, path }) => {
    const root = rootFromPath(primitives, { id, leaf, leaves, path });
    if (root === null) return false;
    if (signedRoot !== null) return sameBytes(root, signedRoot);
    if (!primitives.ed25519.verify(nodeId, receiptBytes(network, at, leaves, root), signature)) return false;
    signedRoot = root;
    return true;
  });
}
