import { RefusalCode } from '@sotto/protocol/wire';
import type { Outlet } from '../delivery/outlet.ts';
import type { Link } from '../links/link.ts';
import type { Sender } from '../relay/group-commit.ts';
import type { Limits } from '../limits.ts';
import type { NodeMetrics } from '../node-metrics.ts';
import { keyOf } from '../text-key.ts';
import type { LiveEnvelope } from '../wake/wake.ts';

interface Awaited {
  readonly bytes: number;
  /** Who sent it: more than one link when it was sent again meanwhile. */
  readonly senders: { readonly link: Sender; readonly request: number }[];
}

const ID_BYTES = 32;

/** An attached device of a live node: what is pushed ends *delivered* or *not delivered*, and is kept nowhere (NODE-41). */
export class LiveOutlet implements Outlet {
  readonly link: Link;
  readonly beside: boolean;
  readonly #limits: Limits;
  readonly #metrics: NodeMetrics;
  /** Made when the first one is pushed: most devices are idle. */
  #awaited: Map<string, Awaited> | null = null;
  #bytes = 0;

  constructor(parts: { limits: Limits; metrics: NodeMetrics }, link: Link, beside: boolean) {
    this.#limits = parts.limits;
    this.#metrics = parts.metrics;
    this.link = link;
    this.beside = beside;
  }

  get unacknowledged(): number {
    return this.#awaited?.size ?? 0;
  }

  start(): void {}

  resume(): void {}

  wake(): void {}

  taken(): void {}

  /** Nothing ever waits. */
  sweep(done: () => void): void {
    done();
  }

  /** Has too much unacknowledged to take another one. */
  get full(): boolean {
    const { deliveryFrames, deliveryBytes } = this.#limits;
    return this.unacknowledged >= deliveryFrames || this.#bytes >= deliveryBytes || this.link.slow;
  }

  /** A repeated Send waits for the same acknowledgement. @param key keyOf() the envelope's id @returns false when this envelope is not under way */
  join(sender: Sender, request: number, key: string): boolean {
    const awaited = this.#awaited?.get(key);
    awaited?.senders.push({ link: sender, request });
    return awaited !== undefined;
  }

  /** The sender gets its answer, and its place in the window back, when the device acknowledges or leaves. */
  push(sender: Sender, request: number, key: string, { expires, body }: LiveEnvelope): void {
    this.#awaited ??= new Map();
    this.#awaited.set(key, { bytes: body.length, senders: [{ link: sender, request }] });
    this.#bytes += body.length;
    this.#metrics.pushed += 1;
    this.link.send(0, { case: 'deliver', value: { expires, body, live: false } });
  }

  acknowledge(ids: Uint8Array, request: number): void {
    for (let offset = 0; offset + ID_BYTES <= ids.length; offset += ID_BYTES) {
      const key = keyOf(ids.subarray(offset, offset + ID_BYTES));
      const awaited = this.#awaited?.get(key);
      if (awaited === undefined) continue;
      this.#awaited?.delete(key);
      this.#bytes -= awaited.bytes;
      this.#metrics.delivered += 1;
      for (const { link, request: asked } of awaited.senders) {
        link.end(awaited.bytes);
        if (asked !== 0) link.send(asked, { case: 'delivered', value: {} });
      }
    }
    this.link.end(ids.length);
    if (request !== 0) this.link.send(request, { case: 'done', value: {} });
  }

  end(): void {
    for (const { bytes, senders } of this.#awaited?.values() ?? []) {
      for (const { link, request } of senders) {
        link.end(bytes);
        link.refuse(request, RefusalCode.NOT_DELIVERED);
      }
    }
    this.#awaited = null;
    this.#bytes = 0;
  }
}
