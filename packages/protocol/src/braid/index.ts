export { BraidError } from './braid-error.ts';
export { MAX_PART_LENGTH } from './braid-part.ts';
export { checkSparse, receiveSparse, sendSparse, startSparse } from './sparse-ratchet.ts';
export { countSkipped, dropOldest, NO_SKIPPED_KEYS, runLength, SEED_LENGTH, takeSkipped } from './skipped-keys.ts';
export type { SkippedKeys, SkippedRun } from './skipped-keys.ts';
