import type { StoredFrame } from '../wire/index.ts';
import { verifyReceipt } from '../mailbox/index.ts';
import type { Primitives } from '../crypto/index.ts';
import { nodeKeyOf, type NodeKey } from './node-key.ts';
import type { Homes } from './placement.ts';
import type { View } from './view.ts';

/**
 * Receipts of one envelope as its sender counts them (RING-13): verified by itself, of homes and stand-ins of its own
 * view only, each node once. Enough are W, of as many operators as the view has among them.
 */
export class SendQuorum {
  readonly #primitives: Primitives;
  readonly #network: Uint8Array;
  readonly #view: View;
  readonly #homes: Homes;
  readonly #notBeforeMs: number;
  readonly #stored = new Set<NodeKey>();

  constructor(options: {
    readonly primitives: Primitives;
    readonly homes: Homes;
    readonly view: View;
    /** Network id, 32 B. */
    readonly network: Uint8Array;
    /** Receipts from before are of an earlier attempt and prove nothing now; default: all count. */
    readonly notBeforeMs?: number;
  }) {
    this.#primitives = options.primitives;
    this.#homes = options.homes;
    this.#view = options.view;
    this.#network = options.network;
    this.#notBeforeMs = options.notBeforeMs ?? 0;
  }

  /**
   * Looks at a receipt. Never throws.
   * @param node id of the node whose receipt it is, 32 B: of `frame.node`, or else of the link it came by
   * @param item the one of `frame.items` that answers this envelope's request
   * @param id of the envelope, 32 B
   * @returns whether it counts; one of a node that was counted already does
   */
  receipt(
    node: Uint8Array,
    frame: Pick<StoredFrame, 'at' | 'leaves' | 'signature'>,
    item: { readonly leaf: number; readonly path: Uint8Array },
    id: Uint8Array,
  ): boolean {
    const key = nodeKeyOf(node);
    if (this.#stored.has(key)) return true;
    if (frame.at < this.#notBeforeMs || !this.#places.includes(key)) return false;
    const { at, leaves, signature } = frame;
    const { leaf, path } = item;
    const network = this.#network;
    if (!verifyReceipt(this.#primitives, { nodeId: node, network, at, leaves, signature, id, leaf, path }))
      return false;
    this.#stored.add(key);
    return true;
  }

  /** Nodes that have it. */
  get stored(): number {
    return this.#stored.size;
  }

  get storedOn(): readonly NodeKey[] {
    return [...this.#stored];
  }

  /** Copies that are wanted: R. */
  get of(): number {
    return this.#homes.r;
  }

  get enough(): boolean {
    const { w, r } = this.#homes;
    if (r === 0 || this.#stored.size < w) return false;
    return this.#operators(this.#stored).size >= Math.min(w, this.#operators(this.#places).size);
  }

  get #places(): readonly NodeKey[] {
    return [...this.#homes.homes, ...this.#homes.standIns];
  }

  #operators(keys: Iterable<NodeKey>): Set<string> {
    return new Set([...keys].flatMap((key) => this.#view.member(key)?.domains.operator ?? []));
  }
}
