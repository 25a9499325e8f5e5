import { CLOSE, type Clock } from '@sotto/protocol/link';
import { RefusalCode } from '@sotto/protocol/wire';
import type { Attacher } from '../delivery/attacher.ts';
import type { Deliveries } from '../delivery/deliveries.ts';
import type { Outlet, Outlets } from '../delivery/outlet.ts';
import type { BundleDesk } from '../directory/bundle-desk.ts';
import type { Limits } from '../limits.ts';
import type { LiveRelay } from '../live/live-relay.ts';
import { describeError, type Log } from '../log.ts';
import { countIn, type NodeMetrics } from '../node-metrics.ts';
import type { AccessCache } from '../relay/access-cache.ts';
import type { StageTimes } from '../stages/stage-times.ts';
import type { Access, DeviceRef, RelayStore } from '../store/relay-store.ts';
import { deviceKey } from '../text-key.ts';
import type { Attachment, Edge, LiveEnvelope, LiveMessage, Wake } from './wake.ts';

export interface EdgeDeskParts {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly log: Log;
  readonly metrics: NodeMetrics;
  readonly stages: StageTimes;
  readonly wake: Wake;
  readonly access: AccessCache;
  readonly attacher: Attacher;
  readonly desk: BundleDesk;
  readonly outlets: Outlets;
  /** null: a live node. */
  readonly stored: { readonly store: RelayStore; readonly deliveries: Deliveries } | null;
  /** null: a node with a store. */
  readonly live: LiveRelay | null;
  /** @returns ms between base and twice that */
  readonly spread: (baseMs: number) => number;
}

/** Devices that the store is asked about at once. */
const SLICE = 1000;
/** After the wake came back: with what is spread, within two seconds. */
const RESUME_MS = 500;

/**
 * What this edge does for the others, and what it does against whatever they could not tell it: it asks the store
 * itself how far the queues of its devices reach, and forgets access that it was told long ago (OPS-20 to OPS-26).
 */
export class EdgeDesk implements Edge {
  readonly #parts: EdgeDeskParts;
  #cancel: (() => void) | null = null;
  #looking = false;
  /** Devices may have left their lists without a word of it here. */
  #listsStale = false;
  #stopped = false;

  constructor(parts: EdgeDeskParts) {
    this.#parts = parts;
    parts.wake.join(this);
    this.#plan(parts.limits.recheckMs);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  *attachments(): Iterable<Attachment> {
    for (const outlet of this.#parts.outlets.all()) yield attachmentOf(outlet);
  }

  stored(devices: readonly DeviceRef[]): void {
    const { stages, stored } = this.#parts;
    for (const ref of devices) {
      const outlet = this.#outletOf(ref);
      if (outlet === undefined) continue;
      if (--stages.wakeCountdown === 0) {
        const delivery = stored?.deliveries.get(keyOfDevice(ref));
        if (delivery !== undefined) stages.wokenBy(delivery);
      }
      outlet.wake();
    }
  }

  replaced(attachment: Attachment, newer: boolean): void {
    const link = this.#outletOf(attachment)?.link;
    if (link === undefined || link.serial !== attachment.serial) return;
    link.close(newer ? CLOSE.replaced : CLOSE.goingAway);
    // What was pushed to this link since the device left it was told to nobody else.
    this.#parts.wake.stored([attachment]);
  }

  accessChanged(mailbox: Uint8Array | null): void {
    const { access, attacher } = this.#parts;
    if (mailbox === null) {
      access.clear();
      this.#listsStale = true;
      this.#plan(this.#parts.spread(RESUME_MS));
    } else {
      access.invalidate(mailbox);
      if (attacher.isHere(mailbox)) void this.#expelUnlisted(mailbox);
    }
  }

  keysTaken(devices: readonly DeviceRef[]): void {
    for (const ref of devices) if (this.#outletOf(ref) !== undefined) void this.#warn(ref);
  }

  live(device: DeviceRef, { expires, body }: LiveEnvelope): boolean {
    const { metrics } = this.#parts;
    const link = this.#outletOf(device)?.link;
    if (link === undefined || link.slow) {
      countIn(metrics.liveDropped, link === undefined ? 'not-attached' : 'slow-reader');
      return false;
    }
    link.send(0, { case: 'deliver', value: { expires, body, live: true } });
    metrics.liveRelayed += 1;
    return true;
  }

  deliver(device: DeviceRef, message: LiveMessage): Promise<RefusalCode | null> {
    return this.#parts.live?.deliver(device, message) ?? Promise.resolve(RefusalCode.NOT_ATTACHED);
  }

  resumed(): void {
    this.accessChanged(null);
  }

  #plan(ms: number): void {
    this.#cancel?.();
    this.#cancel = this.#stopped ? null : this.#parts.clock.after(ms, this.#recheck);
  }

  readonly #recheck = (): void => {
    const { access, log, limits } = this.#parts;
    this.#plan(limits.recheckMs);
    access.age();
    if (this.#looking) return;
    this.#looking = true;
    this.#look()
      .catch((error: unknown) => log.error('recheck-failed', describeError(error)))
      .finally(() => {
        this.#looking = false;
      });
  };

  async #look(): Promise<void> {
    const { stored, outlets } = this.#parts;
    const listsStale = this.#listsStale;
    this.#listsStale = false;
    const attached = [...outlets.all()].map(attachmentOf);
    for (let first = 0; first < attached.length && !this.#stopped; first += SLICE) {
      const slice = attached.slice(first, first + SLICE);
      const heads = (await stored?.store.heads(slice)) ?? [];
      for (const [at, head] of heads.entries()) stored?.deliveries.get(keyOfDevice(slice[at]!))?.reaches(head);
      if (listsStale) await Promise.all(slice.map(({ mailbox }) => this.#expelUnlisted(mailbox)));
    }
  }

  #outletOf(ref: DeviceRef): Outlet | undefined {
    return this.#parts.outlets.get(keyOfDevice(ref));
  }

  /** Devices that left the list lose their links here as well (NODE-31). */
  async #expelUnlisted(mailbox: Uint8Array): Promise<void> {
    const access = await this.#accessOf(mailbox);
    if (access !== null) this.#parts.attacher.expel(mailbox, access.devices);
  }

  async #warn({ mailbox, device }: DeviceRef): Promise<void> {
    const { desk, log } = this.#parts;
    const access = await this.#accessOf(mailbox);
    if (access === null) return;
    await desk
      .warn(mailbox, access, [device])
      .catch((error: unknown) => log.error('fetch-failed', describeError(error)));
  }

  /** null also when it cannot be read now. */
  #accessOf(mailbox: Uint8Array): Promise<Access | null> {
    const { access, log } = this.#parts;
    return new Promise((resolve) =>
      access.with(mailbox, resolve, (error) => {
        log.error('access-failed', describeError(error));
        resolve(null);
      }),
    );
  }
}

const keyOfDevice = ({ mailbox, device }: DeviceRef): string => deviceKey(mailbox, device);

function attachmentOf({ link }: Outlet): Attachment {
  const { account, device } = link.owner!;
  return { mailbox: account, device, serial: link.serial };
}
