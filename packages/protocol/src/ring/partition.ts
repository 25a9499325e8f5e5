import { concat, utf8, type Primitives } from '../crypto/index.ts';

const partitionLabel = utf8('sotto/partition/1');
const positionLabel = utf8('sotto/position/1');

/** First 14 bits of SHA-256("sotto/partition/1" | mailbox) (RING-1). @param mailbox account key, 32 B */
export function partitionOf(primitives: Primitives, mailbox: Uint8Array): number {
  const [high = 0, low = 0] = primitives.sha256(concat(partitionLabel, mailbox));
  return (high << 6) | (low >>> 2);
}

/** SHA-256("sotto/position/1" | node id | admission nonce), 32 B: chosen by neither alone (RING-2). */
export function positionOf(primitives: Primitives, node: Uint8Array, nonce: Uint8Array): Uint8Array {
  return primitives.sha256(concat(positionLabel, node, nonce));
}
