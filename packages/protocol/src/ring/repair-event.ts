import type { ReconcileRange } from './reconcile.ts';

/** Count and fingerprint of the envelopes of one partition; partitions without any are left out. */
export interface DigestOfPartition {
  readonly partition: number;
  readonly count: number;
  /** 16 B, as fingerprintOf gives it. */
  readonly fingerprint: Uint8Array;
}

export type RepairEvent =
  | { readonly type: 'peerUp' }
  | { readonly type: 'peerDown' }
  /** The view changed. */
  | { readonly type: 'view' }
  /** Answer to `readDigests`. `shared`: partitions from `from` to `to` of which both nodes are homes now. */
  | {
      readonly type: 'digests';
      readonly from: number;
      readonly to: number;
      readonly digests: readonly DigestOfPartition[];
      readonly shared: readonly number[];
    }
  /** The peer's answer to `sendPartitions`. */
  | { readonly type: 'partitions'; readonly from: number; readonly digests: readonly DigestOfPartition[] }
  /** Answer to `readIds`: as sortIds gives them. */
  | { readonly type: 'ids'; readonly partition: number; readonly ids: readonly Uint8Array[] }
  /** The peer's answer to `sendReconcile`; none: it has nothing left to say. */
  | { readonly type: 'reconcile'; readonly partition: number; readonly ranges: readonly ReconcileRange[] }
  /** What answering a Reconcile of the peer showed that this node lacks. */
  | { readonly type: 'need'; readonly partition: number; readonly ids: readonly Uint8Array[] }
  /** Answer to `fetch`: what came and is stored. `rest`: the others are there, and are to be asked for again. */
  | {
      readonly type: 'fetched';
      readonly partition: number;
      readonly ids: readonly Uint8Array[];
      readonly rest: boolean;
    }
  | { readonly type: 'tick' };

export type RepairEffect =
  | { readonly type: 'readDigests'; readonly from: number }
  | {
      readonly type: 'sendPartitions';
      readonly from: number;
      readonly to: number;
      readonly digests: readonly DigestOfPartition[];
    }
  | { readonly type: 'readIds'; readonly partition: number }
  | { readonly type: 'sendReconcile'; readonly partition: number; readonly ranges: readonly ReconcileRange[] }
  /** Ask for copies of these, check and store them. */
  | { readonly type: 'fetch'; readonly partition: number; readonly ids: readonly Uint8Array[] }
  | { readonly type: 'wake'; readonly atMs: number }
  /** Everything was compared once. */
  | { readonly type: 'swept' };
