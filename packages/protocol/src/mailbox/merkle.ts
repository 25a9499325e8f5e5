/**
 * Merkle trees of RFC 6962, section 2.1. Splitting at the largest power of two gives the same tree as pairing level
 * by level and lifting an odd last node unchanged, which is how it is built here: no recursion, one buffer.
 */
import { sameBytes, type Primitives } from '../crypto/index.ts';
import { MailboxError, requireBytes } from './mailbox-error.ts';

const HASH = 32;
const LEAF_PREFIX = 0x00;
const NODE_PREFIX = 0x01;

// Reused for every hash; nothing keeps a reference to them.
const leafInput = new Uint8Array(1 + HASH);
leafInput[0] = LEAF_PREFIX;
const nodeInput = new Uint8Array(1 + 2 * HASH);
nodeInput[0] = NODE_PREFIX;

function hashLeaf(primitives: Primitives, id: Uint8Array): Uint8Array {
  leafInput.set(id, 1);
  return primitives.sha256(leafInput);
}

function hashNode(primitives: Primitives, left: Uint8Array, right: Uint8Array): Uint8Array {
  nodeInput.set(left, 1);
  nodeInput.set(right, 1 + HASH);
  return primitives.sha256(nodeInput);
}

export interface MerkleTree {
  readonly root: Uint8Array;
  readonly leaves: number;
  /** Sibling hashes from leaf `index` up, 32 B each: PATH of RFC 6962, section 2.1.1. */
  path(index: number): Uint8Array;
}

/** @param ids envelope ids, 32 B each, at least one; a leaf is SHA-256(0x00 | id) */
export function merkleTree(primitives: Primitives, ids: readonly Uint8Array[]): MerkleTree {
  return treeOver(
    primitives,
    ids.map((id) => {
      requireBytes(id, HASH, 'An envelope id');
      return hashLeaf(primitives, id);
    }),
  );
}

/** The tree over leaves that are hashed already. */
export function treeOver(primitives: Primitives, leafHashes: readonly Uint8Array[]): MerkleTree {
  if (leafHashes.length === 0) throw new MailboxError('bad-length', 'A Merkle tree has at least one leaf.');
  let level = leafHashes;
  const levels = [level];
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const left = level[i] as Uint8Array;
      const right = level[i + 1];
      above.push(right === undefined ? left : hashNode(primitives, left, right));
    }
    level = above;
    levels.push(level);
  }
  return { root: level[0] as Uint8Array, leaves: leafHashes.length, path: (index) => pathOf(levels, index) };
}

function pathOf(levels: readonly (readonly Uint8Array[])[], index: number): Uint8Array {
  const leaves = levels[0]?.length ?? 0;
  if (!Number.isInteger(index) || index < 0 || index >= leaves) {
    throw new MailboxError('bad-length', 'There is no such leaf.');
  }
  const path = new Uint8Array((levels.length - 1) * HASH);
  let length = 0;
  let position = index;
  for (const level of levels) {
    const sibling = level[position ^ 1];
    if (sibling !== undefined) {
      path.set(sibling, length);
      length += HASH;
    }
    position >>>= 1;
  }
  return path.subarray(0, length);
}

export function merkleRoot(primitives: Primitives, ids: readonly Uint8Array[]): Uint8Array {
  return merkleTree(primitives, ids).root;
}

/** The path of every leaf. */
export function merklePaths(primitives: Primitives, ids: readonly Uint8Array[]): Uint8Array[] {
  const tree = merkleTree(primitives, ids);
  return ids.map((_, index) => tree.path(index));
}

/** Leaves of the largest tree that is looked at. */
export const MAX_LEAVES = 2 ** 20;

/**
 * The root that a path leads to, or null when the path cannot belong to leaf `leaf` of a tree of `leaves` leaves:
 * too short, too long, out of range. Verification of an inclusion proof, RFC 9162 section 2.1.3.2.
 */
export function rootFromPath(
  primitives: Primitives,
  proof: { readonly id: Uint8Array; readonly leaf: number; readonly leaves: number; readonly path: Uint8Array },
): Uint8Array | null {
  const { id, leaf, leaves, path } = proof;
  if (id.length !== HASH || path.length % HASH !== 0) return null;
  if (!Number.isInteger(leaf) || !Number.isInteger(leaves) || leaf < 0 || leaf >= leaves || leaves > MAX_LEAVES) {
    return null;
  }
  let position = leaf;
  let lastPosition = leaves - 1;
  let hash = hashLeaf(primitives, id);
  for (let offset = 0; offset < path.length; offset += HASH) {
    if (lastPosition === 0) return null;
    const sibling = path.subarray(offset, offset + HASH);
    if (position % 2 === 1 || position === lastPosition) {
      hash = hashNode(primitives, sibling, hash);
      // The last node of an odd level has no sibling there: it was lifted until it is a right child.
      while (position % 2 === 0 && position !== 0) {
        position >>>= 1;
        lastPosition >>>= 1;
      }
    } else {
      hash = hashNode(primitives, hash, sibling);
    }
    position >>>= 1;
    lastPosition >>>= 1;
  }
  return lastPosition === 0 ? hash : null;
}

/** Whether a path leads from `id` to `root`. */
export function verifyPath(
  primitives: Primitives,
  root: Uint8Array,
  proof: { readonly id: Uint8Array; readonly leaf: number; readonly leaves: number; readonly path: Uint8Array },
): boolean {
  const found = rootFromPath(primitives, proof);
  return found !== null && sameBytes(found, root);
}
