/** Limits of a session (docs/protocol/ratchet.md, DR-10 to DR-14). */

/** Receiving chains kept: the newest and those whose late messages may still come. */
export const MAX_RECEIVING_CHAINS = 5;
/** Keys kept for messages that were overtaken, in all chains of a session together. */
export const MAX_SKIPPED_KEYS = 2000;
/** How far ahead of its chain a message may be. */
export const MAX_JUMP = 25_000;
/** Sessions kept beside the current one. */
export const MAX_ARCHIVED_SESSIONS = 40;
/** After this long without an answer a session is not used for sending any more. */
export const UNANSWERED_SESSION_MS = 30 * 24 * 3600 * 1000;
/** Highest counter of a message: 32 bits on the wire. */
export const MAX_COUNTER = 0xffff_ffff;
