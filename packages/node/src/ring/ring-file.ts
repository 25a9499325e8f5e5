/** A join token that was given out: its secret is kept hashed. */
export interface OpenInvite {
  /** SHA-256 of the secret, lower-case hex. */
  readonly hash: string;
  /** Seconds since 1970. */
  readonly expires: number;
  /** Node id of the node that used it, hexadecimal; empty: nobody yet. */
  readonly node: string;
}

/** What a node keeps of its ring across restarts. */
export interface RingState {
  /** Founding operators' keys, 32 B each: their hash is the network id. */
  readonly founders: readonly Uint8Array[];
  readonly epochSeconds: number;
  /** Encoded Admission of this node. */
  readonly admission: Uint8Array;
  /** Encoded NodeDescriptors, this node's own among them. */
  readonly descriptors: readonly Uint8Array[];
  /** Of nodes that cheated: two encoded NodeDescriptors each (RING-9). */
  readonly proofs?: readonly { readonly first: Uint8Array; readonly second: Uint8Array }[];
  /** The highest sequence this node has signed: none is ever signed twice. */
  readonly sequence: number;
  readonly invites: readonly OpenInvite[];
}

/** Where it is kept. */
export interface RingFile {
  /** null: nothing yet. */
  load(): RingState | null;
  /** Kept when this returns. */
  save(state: RingState): void;
}

/** Lives as long as whoever holds it. */
export function memoryRingFile(): RingFile {
  let kept: RingState | null = null;
  return {
    load: () => kept,
    save: (state) => {
      kept = state;
    },
  };
}
