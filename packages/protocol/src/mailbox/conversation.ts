import { concat, utf8, type Primitives } from '../crypto/index.ts';
import { requireBytes } from './mailbox-error.ts';

const label = utf8('sotto/conversation/1');

/** SHA-256("sotto/conversation/1" | both account keys, smaller first): the same for both sides (MB-10). */
export function conversationId(primitives: Primitives, accountA: Uint8Array, accountB: Uint8Array): Uint8Array {
  requireBytes(accountA, 32, 'An account key');
  requireBytes(accountB, 32, 'An account key');
  const [first, second] = comesFirst(accountA, accountB) ? [accountA, accountB] : [accountB, accountA];
  return primitives.sha256(concat(label, first, second));
}

function comesFirst(a: Uint8Array, b: Uint8Array): boolean {
  for (const [i, byte] of a.entries()) {
    const other = b[i] as number;
    if (byte !== other) return byte < other;
  }
  return true;
}
