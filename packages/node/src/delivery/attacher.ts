import { sameBytes } from '@sotto/protocol/crypto';
import { CLOSE } from '@sotto/protocol/link';
import { type Attach, AttachedSchema, create, MAX_DEVICE, RefusalCode } from '@sotto/protocol/wire';
import { keyCountsFrame } from '../directory/key-counts-frame.ts';
import type { Link } from '../links/link.ts';
import type { LinkOwner } from '../links/link-owner.ts';
import { describeError, type Log } from '../log.ts';
import type { NodeMetrics } from '../node-metrics.ts';
import type { AccessCache } from '../relay/access-cache.ts';
import type { Access, KeyCountsOf } from '../store/relay-store.ts';
import { deviceKey } from '../text-key.ts';
import type { Wake } from '../wake/wake.ts';
import type { Outlets } from './outlet.ts';

/** Who is told that somebody came or went. */
export interface AttachmentListener {
  attached(link: Link, owner: LinkOwner, attach: Attach): void;
  detached(link: Link): void;
}

export interface AttacherParts {
  readonly log: Log;
  readonly metrics: NodeMetrics;
  readonly access: AccessCache;
  readonly outlets: Outlets;
  /** How many envelopes wait for a device; 0 on a live node. */
  readonly waiting: (mailbox: Uint8Array, device: number) => Promise<number>;
  readonly keyCounts: (mailbox: Uint8Array, device: number) => Promise<KeyCountsOf>;
  readonly listener: AttachmentListener | null;
  readonly wake: Pick<Wake, 'attached' | 'detached'> | null;
  readonly spread: (baseMs: number) => number;
}

/** Attach: one link per device, the newest (NODE-20 to NODE-23). */
export class Attacher {
  readonly #parts: AttacherParts;
  /** Links with an outlet beside. */
  readonly #beside = new Set<Link>();

  constructor(parts: AttacherParts) {
    this.#parts = parts;
  }

  attach(link: Link, request: number, frame: Attach): void {
    const owner = link.owner!;
    this.#parts.access.with(
      owner.account,
      (access) => this.#attach(link, request, frame, owner, access),
      (error) => this.#failed(link, request, error),
    );
  }

  /** The link is gone. */
  detach(link: Link): void {
    const { owner, outlet } = link;
    if (owner === null || outlet === null) return;
    if (outlet.beside) return this.#endBeside(link);
    link.outlet = null;
    this.#parts.metrics.attached -= 1;
    const key = deviceKey(owner.account, owner.device);
    // Another link may have taken over already.
    if (this.#parts.outlets.get(key) === outlet) this.#parts.outlets.remove(key);
    outlet.end();
    this.#parts.wake?.detached({ mailbox: owner.account, device: owner.device, serial: link.serial });
    this.#parts.listener?.detached(link);
  }

  /** The device acknowledged these at another home: whoever pushes to it here need not wait for that. */
  taken(mailbox: Uint8Array, device: number, ids: readonly Uint8Array[]): void {
    this.#parts.outlets.get(deviceKey(mailbox, device))?.taken(ids);
    for (const { owner, outlet } of this.#beside) {
      if (owner!.device === device && sameBytes(owner!.account, mailbox)) outlet?.taken(ids);
    }
  }

  /** Whether a device of this account is linked here, attached or sweeping. */
  isHere(mailbox: Uint8Array): boolean {
    for (let device = 1; device <= MAX_DEVICE; device++) {
      if (this.#parts.outlets.get(deviceKey(mailbox, device)) !== undefined) return true;
    }
    for (const { owner } of this.#beside) if (sameBytes(owner!.account, mailbox)) return true;
    return false;
  }

  /** Devices that left the account's list lose their links (NODE-31). */
  expel(mailbox: Uint8Array, listed: readonly number[]): void {
    for (let device = 1; device <= MAX_DEVICE; device++) {
      if (listed.includes(device)) continue;
      this.#parts.outlets.get(deviceKey(mailbox, device))?.link.close(CLOSE.notAllowed);
    }
    for (const link of this.#beside) {
      const { account, device } = link.owner!;
      if (sameBytes(account, mailbox) && !listed.includes(device)) link.close(CLOSE.notAllowed);
    }
  }

  #attach(link: Link, request: number, frame: Attach, owner: LinkOwner, access: Access | null): void {
    if (link.closed) return;
    const { account, device } = owner;
    if (access !== null && !access.devices.includes(device)) {
      link.refuse(request, RefusalCode.NOT_ALLOWED);
      link.close(CLOSE.notAllowed);
      return;
    }
    if (frame.sweep) return this.#sweep(link, request, owner, access);
    const { outlets, metrics, listener } = this.#parts;
    const older = outlets.get(deviceKey(account, device));
    // The client gave this link up, and attached by another one before the Attach on this one came through.
    if (older !== undefined && older.link.serial > link.serial) return link.close(CLOSE.replaced);
    let outlet = link.outlet;
    let found: Promise<void> | undefined;
    if (outlet === null || outlet.beside) {
      this.#endBeside(link);
      outlet = outlets.open(link, account, device);
      link.outlet = outlet;
      metrics.attached += 1;
      found = this.#parts.wake?.attached({ mailbox: account, device, serial: link.serial });
    }
    // First the newer link, so that nobody is told that the account left.
    listener?.attached(link, owner, frame);
    if (older !== undefined && older.link !== link) older.link.close(CLOSE.replaced);
    const opened = outlet;
    const start = (): void => opened.start();
    // First the other edges know: what they store from then on is told here, and all else is in the backlog.
    if (found === undefined) this.#answer(link, request, owner, access, start);
    else void found.then(() => this.#answer(link, request, owner, access, start));
  }

  /** What waits here, for a device that is attached elsewhere: to another home of its account, say (NODE-25). */
  #sweep(link: Link, request: number, owner: LinkOwner, access: Access | null): void {
    const outlet = link.outlet ?? this.#parts.outlets.openBeside(link, owner.account, owner.device);
    link.outlet = outlet;
    if (outlet.beside) this.#beside.add(link);
    this.#answer(link, request, owner, access, () => outlet.sweep(() => link.send(0, { case: 'done', value: {} })));
  }

  #endBeside(link: Link): void {
    if (!this.#beside.delete(link)) return;
    link.outlet?.end();
    link.outlet = null;
  }

  #answer(
    link: Link,
    request: number,
    { account, device }: LinkOwner,
    access: Access | null,
    answered: () => void,
  ): void {
    Promise.all([this.#parts.waiting(account, device), this.#parts.keyCounts(account, device)]).then(
      ([waiting, counts]) => {
        const keys = keyCountsFrame(counts, access?.deviceListRevision ?? 0);
        if (request !== 0) link.send(request, { case: 'attached', value: create(AttachedSchema, { waiting, keys }) });
        answered();
      },
      (error: unknown) => this.#failed(link, request, error),
    );
  }

  #failed(link: Link, request: number, error: unknown): void {
    this.#parts.log.error('attach-failed', describeError(error));
    link.refuse(request, RefusalCode.BUSY, this.#parts.spread(1000));
  }
}
