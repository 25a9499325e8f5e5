import type { RingBug } from './ring-bug.ts';

/** A bug put into the nodes or people of a simulated ring. */
export interface RingMutant {
  readonly name: RingBug;
  /** What would be wrong with such a program. */
  readonly bug: string;
  /** Noticed there: tried before all others. */
  readonly seed: number;
  /** What must be noticed: the rule that says what it costs. */
  readonly rule: RegExp;
}

/** `stale-receipts` is not among them: random search finds it too seldom, hand-off-search.ts tries everything. */
export const RING_MUTANTS: readonly RingMutant[] = [
  { name: 'one-receipt', bug: 'The sender is told "stored" after one receipt.', seed: 5, rule: /^HIST-10/ },
  {
    name: 'push-and-forget',
    bug: 'A node that is no home any more sends what it holds to the homes, and discards it at once.',
    seed: 5,
    rule: /^HIST-10/,
  },
  {
    name: 'drop-after-one',
    bug: 'A custodian discards what one home gave a receipt for.',
    seed: 5,
    rule: /^HIST-10/,
  },
  { name: 'ack-before-fsync', bug: 'A node signs a receipt before its disk has it.', seed: 46, rule: /^HIST-10/ },
  { name: 'no-repair', bug: 'Homes do not compare what they hold.', seed: 1, rule: /^HIST-12/ },
  { name: 'no-hand-off', bug: 'What a node holds without being its home stays there.', seed: 5, rule: /^HIST-10/ },
  { name: 'no-tombstones', bug: 'What was acknowledged is forgotten, and stored again.', seed: 2, rule: /^HIST-7/ },
  { name: 'no-deduplication', bug: 'What another home delivers as well is shown again.', seed: 1, rule: /^HIST-2/ },
  {
    name: 'receipts-of-anybody',
    bug: 'The sender counts receipts of nodes that are no homes.',
    seed: 244,
    rule: /^HIST-10/,
  },
  {
    name: 'joiners-count',
    bug: 'The sender counts nodes as homes that will be some, two epochs later.',
    seed: 179,
    rule: /^HIST-10/,
  },
];
