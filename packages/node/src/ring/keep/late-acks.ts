import type { NodeKey } from '@sotto/protocol/ring';
import type { SpreadAcks } from '@sotto/protocol/wire';
import type { RingRuntime } from '../ring-runtime.ts';

/** Kept for one home that is away, and for how many homes. */
const MOST_BYTES = 2 ** 20;
const MOST_HOMES = 64;
/** Of an acknowledgement beside its ids. */
const OVERHEAD = 512;

interface Waiting {
  readonly acks: SpreadAcks[];
  bytes: number;
}

/** Acknowledgements for homes that are out of reach: they get them when their link is back (RING-25). */
export class LateAcks {
  readonly #ring: RingRuntime;
  readonly #waiting = new Map<NodeKey, Waiting>();

  constructor(ring: RingRuntime) {
    this.#ring = ring;
    ring.onPeer(({ key, up }) => {
      if (up) this.#send(key);
    });
  }

  /** The oldest go when there are too many: the device's next sweep finds them (NODE-25). */
  add(to: NodeKey, acks: SpreadAcks): void {
    let waiting = this.#waiting.get(to);
    if (waiting === undefined) {
      this.#forgetStrangers();
      if (this.#waiting.size >= MOST_HOMES) return;
      this.#waiting.set(to, (waiting = { acks: [], bytes: 0 }));
    }
    const { account, ids, signature } = acks;
    // Copies: the bytes belong to a packet that may hold much more.
    waiting.acks.push({ ...acks, account: account.slice(), ids: ids.slice(), signature: signature.slice() });
    waiting.bytes += sizeOf(acks);
    while (waiting.bytes > MOST_BYTES) waiting.bytes -= sizeOf(waiting.acks.shift()!);
  }

  #send(to: NodeKey): void {
    const waiting = this.#waiting.get(to);
    this.#waiting.delete(to);
    const peer = this.#ring.peer(to);
    for (const value of waiting?.acks ?? []) peer?.postFrame({ case: 'spreadAcks', value });
  }

  /** Nodes that are in the network no more do not come back. */
  #forgetStrangers(): void {
    for (const key of this.#waiting.keys()) if (this.#ring.peer(key) === null) this.#waiting.delete(key);
  }
}

const sizeOf = ({ ids }: SpreadAcks): number => OVERHEAD + 2 * ids.length;
