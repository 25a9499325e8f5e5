import type { NodeKey } from './node-key.ts';

/** What decides whether a custodian may discard (RING-11). There is one set of rules; tests break single ones. */
export interface HandoffRules {
  /** Of R homes: how many must have an envelope. */
  readonly needed: (r: number) => number;
  /** How many count as having it. */
  readonly holders: (state: Custody, id: string) => number;
  /** Whether a receipt counts. */
  readonly counts: (state: Custody, receipt: CustodyReceipt) => boolean;
  /** Receipts are void when the giver started again. */
  readonly voidsOnRestart: boolean;
  /** Receipts are void when the homes changed. */
  readonly voidsOnChange: boolean;
}

interface Custody {
  readonly homes: readonly NodeKey[];
  readonly round: number;
  readonly boots: ReadonlyMap<NodeKey, string>;
  readonly confirmed: ReadonlyMap<NodeKey, ReadonlySet<string>>;
}

interface CustodyReceipt {
  readonly from: NodeKey;
  readonly boot: string;
  readonly round: number;
}

export const HANDOFF_RULES: HandoffRules = Object.freeze({
  needed: (r: number) => r,
  holders: ({ homes, confirmed }: Custody, id: string) =>
    homes.filter((home) => confirmed.get(home)?.has(id) === true).length,
  // Of a current home, to a question of this round, from the boot its link named.
  counts: ({ homes, round, boots }: Custody, receipt: CustodyReceipt) =>
    receipt.round === round &&
    homes.includes(receipt.from) &&
    (boots.get(receipt.from) ?? receipt.boot) === receipt.boot,
  voidsOnRestart: true,
  voidsOnChange: true,
});
