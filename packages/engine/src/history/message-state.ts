/** How the state of a message may change: forward only (ENG-4). */
import type { MessageState } from '../api.ts';

const STATES: readonly MessageState[] = ['waiting', 'sent', 'stored', 'delivered', 'read', 'failed'];
const RANK: Record<MessageState, number> = { waiting: 0, sent: 1, stored: 2, delivered: 3, read: 4, failed: 5 };

export const stateNumber = (state: MessageState): number => RANK[state];

export const stateOf = (number: unknown): MessageState => STATES[Number(number)] ?? 'waiting';

/**
 * waiting < sent < stored < delivered < read. What the recipient has cannot fail any more; what failed can still
 * turn out to have arrived (a receipt that came late), and a resend starts it again through `restart`.
 */
export function mayBecome(from: MessageState, to: MessageState): boolean {
  if (from === to) return false;
  if (to === 'failed') return RANK[from] < RANK.delivered;
  if (from === 'failed') return RANK[to] >= RANK.stored;
  return RANK[to] > RANK[from];
}

/** Whether a message has got as far as `wanted`, or will get no further by itself. */
export function hasReached(state: MessageState, wanted: MessageState): boolean {
  return state === 'failed' || RANK[state] >= RANK[wanted];
}
