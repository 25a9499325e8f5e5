import { hash } from 'node:crypto';

const LABEL = Buffer.from('sotto/partition/1', 'utf8');

/**
 * The partition of a mailbox: the first 14 bits of SHA-256("sotto/partition/1" | mailbox) (RING-1). The same as
 * protocol/ring computes; stores know it by themselves, because one of them runs in a thread without primitives.
 */
export function partitionOf(mailbox: Uint8Array): number {
  const digest = hash('sha256', Buffer.concat([LABEL, mailbox]), 'buffer');
  return digest.readUInt16BE(0) >>> 2;
}

/** SHA-256 over the sorted first halves of the ids, first half: what PartitionFingerprint holds. @param halves 16 B each */
export function fingerprintOf(halves: readonly Uint8Array[]): Uint8Array {
  const sorted = halves.toSorted((a, b) => Buffer.compare(a, b));
  return new Uint8Array(hash('sha256', Buffer.concat(sorted), 'buffer').subarray(0, 16));
}
