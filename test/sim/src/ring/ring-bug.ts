/** A bug put in on purpose: what the history checker must notice (ring-mutants.ts). */
export type RingBug =
  | 'one-receipt'
  | 'push-and-forget'
  | 'drop-after-one'
  | 'ack-before-fsync'
  | 'no-repair'
  | 'no-hand-off'
  | 'no-tombstones'
  | 'no-deduplication'
  | 'receipts-of-anybody'
  | 'joiners-count';
