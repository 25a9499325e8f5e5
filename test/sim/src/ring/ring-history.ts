/** What is seen in one run of a ring. Envelopes, nodes and people are named by any text. */
export type RingEvent =
  /** Somebody wants to send this. */
  | { readonly type: 'tried'; readonly id: string; readonly to: string; readonly expiresMs: number }
  /**
   * Its sender was told that it is kept.
   * @property copies disks of honest nodes that have it at this moment, or lost it since they said so
   * @property promised how many such there must be: the write quorum, less the lying homes that signed for it or were relied on
   */
  | { readonly type: 'stored'; readonly id: string; readonly copies: number; readonly promised: number }
  /** More homes lied, or lost it, than the write quorum of that view allows: nothing is promised of it any more. */
  | { readonly type: 'beyond'; readonly id: string }
  /** On the screen of its recipient, whose own disk has it. */
  | { readonly type: 'shown'; readonly id: string; readonly by: string }
  /** The recipient said that it has it. */
  | { readonly type: 'confirmed'; readonly id: string; readonly by: string }
  /** Taken off the disk of a node for its recipient's word. */
  | { readonly type: 'removed'; readonly id: string; readonly node: string }
  /** On the disk of a node as something new. */
  | { readonly type: 'kept'; readonly id: string; readonly node: string }
  /** That disk is gone, with all that it knew. */
  | { readonly type: 'disk-died'; readonly node: string }
  /** No faults from here on. */
  | { readonly type: 'calm' }
  /** Time enough for repair and hand-off has passed. @property missing envelopes a home lacks, or others have left over */
  | { readonly type: 'settled'; readonly missing: readonly { readonly node: string; readonly text: string }[] }
  /** Time enough for everything has passed. */
  | {
      readonly type: 'end';
      readonly nowMs: number;
      readonly left: readonly { readonly node: string; readonly id: string }[];
    }
  | { readonly type: 'fault'; readonly by: string; readonly text: string }
  /** For the reader of a trace; means nothing to the checker. */
  | { readonly type: 'note'; readonly by: string; readonly text: string };
