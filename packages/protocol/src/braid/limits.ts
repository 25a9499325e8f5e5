/** Limits of the post-quantum ratchet (docs/protocol/ratchet.md, PQR-9 to PQR-11). */

/** Epochs whose chains are kept: as many as messages of the five receiving chains (DR-10) can belong to. */
export const KEPT_EPOCHS = 5;
/** Keys kept for messages that were overtaken, in all epochs together. */
export const MAX_SKIPPED_PART_KEYS = 2000;
/** How far ahead of its chain a message may be. */
export const MAX_PART_JUMP = 25_000;
