import type { NodeKey } from './node-key.ts';
import type { KeepFailure } from './step-store.ts';

/** Envelope ids are hexadecimal here: keys of sets. `round` comes back from the `keep` effect it answers. */
export type HandoffEvent =
  | {
      readonly type: 'start';
      readonly self: NodeKey;
      readonly epoch: number;
      /** The R homes of the partition now. */
      readonly homes: readonly NodeKey[];
      /** Boots of the peers with a link, hexadecimal. */
      readonly boots: ReadonlyMap<NodeKey, string>;
    }
  /** Answer to `read`: ids held after that one, sorted, at most HANDOFF_PAGE; none: there are no more. */
  | { readonly type: 'page'; readonly ids: readonly string[] }
  /** A receipt that was verified: these are on that home's disk. */
  | {
      readonly type: 'kept';
      readonly from: NodeKey;
      readonly boot: string;
      readonly round: number;
      readonly ids: readonly string[];
    }
  | {
      readonly type: 'refused';
      readonly from: NodeKey;
      readonly round: number;
      readonly ids: readonly string[];
      readonly code: KeepFailure;
      readonly retryMs: number;
    }
  /** Acknowledged or expired here in the meantime: nothing to hand over. */
  | { readonly type: 'gone'; readonly ids: readonly string[] }
  /** A link to that node came up. */
  | { readonly type: 'peerBoot'; readonly from: NodeKey; readonly boot: string }
  /** At each new view, also when the homes are the same. */
  | { readonly type: 'view'; readonly epoch: number; readonly homes: readonly NodeKey[] }
  | { readonly type: 'tick' };

export type HandoffEffect =
  | { readonly type: 'read'; readonly after: string; readonly limit: number }
  | { readonly type: 'keep'; readonly to: NodeKey; readonly ids: readonly string[]; readonly round: number }
  | { readonly type: 'discard'; readonly ids: readonly string[] }
  /** So many homes that the others are no quorum say that nobody has this mailbox, or this device of it (RING-32). */
  | { readonly type: 'unwanted'; readonly ids: readonly string[] }
  | { readonly type: 'wake'; readonly atMs: number }
  /** `empty`: nothing is held any more; `home`: this node is a home of the partition. */
  | { readonly type: 'done'; readonly reason: 'empty' | 'home' };
