import { RefusalCode } from '@sotto/protocol/wire';
import { ReplayGuard } from '../http-api/signature/replay-guard.ts';
import type { LiveKeys } from '../live/live-keys.ts';
import { RateByKey } from '../links/rate-by-key.ts';
import type { DeviceRef } from '../store/relay-store.ts';
import { deviceKey, keyOf } from '../text-key.ts';
import type { Attachment, Edge, LiveEnvelope, LiveMessage, SharedRate, Wake } from '../wake/wake.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** What happens to whatever is told. */
export interface HubFaults {
  /** Whether this one is lost. */
  readonly lose: () => boolean;
  /** Whether it comes twice. */
  readonly double: () => boolean;
  readonly delayMs: () => number;
}

export const NO_FAULTS: HubFaults = { lose: () => false, double: () => false, delayMs: () => 0 };

/** Joins edges in memory, as badly as it is told to. */
export class WakeHub {
  faults: HubFaults;
  /** Where keys of live nodes are kept. */
  liveKeys: LiveKeys | null = null;
  readonly #clock: VirtualClock;
  readonly #edges = new Map<number, Edge>();
  readonly #present = new Map<string, { readonly edge: number; readonly serial: number }>();
  readonly #rates = new Map<SharedRate, RateByKey>();
  #nonces: ReplayGuard | null = null;
  #next = 0;

  constructor(clock: VirtualClock, faults = NO_FAULTS) {
    this.#clock = clock;
    this.faults = faults;
  }

  isPresent(key: string): boolean {
    return this.#present.has(key);
  }

  /** Forgets who is where, as a server that was flushed. */
  flush(): void {
    this.#present.clear();
  }

  /** All edges hear that something may have been lost, and say anew who is attached to them. */
  resume(): void {
    for (const [id, edge] of this.#edges) {
      for (const { mailbox, device, serial } of edge.attachments()) {
        const key = deviceKey(mailbox, device);
        const present = this.#present.get(key);
        if (present === undefined) this.#present.set(key, { edge: id, serial });
        else if (present.edge !== id) edge.replaced({ mailbox, device, serial }, false);
      }
      edge.resumed();
    }
  }

  edge(): Wake {
    const id = this.#next++;
    const known = (device: DeviceRef): number | undefined =>
      this.#present.get(deviceKey(device.mailbox, device.device))?.edge;
    return {
      alone: false,
      liveKeys: this.liveKeys,
      join: (edge) => void this.#edges.set(id, edge),
      stored: (devices) => this.#tellOwners(id, devices, (edge, refs) => edge.stored(refs)),
      attached: (attachment) => this.#attached(id, copyOf(attachment)),
      detached: (attachment) => this.#detached(id, copyOf(attachment)),
      accessChanged: (mailbox) => {
        const own = mailbox.slice();
        for (const other of this.#edges.keys()) if (other !== id) this.#tell(other, (edge) => edge.accessChanged(own));
      },
      keysTaken: (devices) => this.#tellOwners(id, devices, (edge, refs) => edge.keysTaken(refs)),
      live: (device, { expires, body }) => {
        const owner = known(device);
        if (owner === undefined || owner === id) return Promise.resolve(false);
        const [ref, envelope]: [DeviceRef, LiveEnvelope] = [copyOf(device), { expires, body: body.slice() }];
        this.#tell(owner, (edge) => void edge.live(ref, envelope));
        return Promise.resolve(true);
      },
      deliver: (device, { expires, body, tokenHash }) => {
        const owner = known(device);
        if (owner === undefined || owner === id) return Promise.resolve(RefusalCode.NOT_ATTACHED);
        return this.#deliver(owner, copyOf(device), { expires, body: body.slice(), tokenHash });
      },
      within: (rate, mailbox, burst, perSecond) => {
        let shared = this.#rates.get(rate);
        if (shared === undefined) this.#rates.set(rate, (shared = new RateByKey(burst, perSecond)));
        return Promise.resolve(shared.take(keyOf(mailbox), this.#clock.now()));
      },
      takeNonce: ({ mailbox, device }, nonce, lifeSeconds) => {
        this.#nonces ??= new ReplayGuard(lifeSeconds, 1000);
        const taken = this.#nonces.take(deviceKey(mailbox, device), nonce, Math.floor(this.#clock.now() / 1000));
        return Promise.resolve(taken !== 'replayed');
      },
      close: () => {
        this.#edges.delete(id);
        for (const [key, { edge }] of this.#present) if (edge === id) this.#present.delete(key);
        return Promise.resolve();
      },
    };
  }

  async #attached(id: number, attachment: Attachment): Promise<void> {
    const key = deviceKey(attachment.mailbox, attachment.device);
    if (this.faults.lose()) return;
    const before = this.#present.get(key);
    this.#present.set(key, { edge: id, serial: attachment.serial });
    if (before === undefined || before.edge === id) return;
    const older = { ...attachment, serial: before.serial };
    this.#tell(before.edge, (edge) => edge.replaced(older, true));
    await Promise.resolve();
  }

  #detached(id: number, { mailbox, device, serial }: Attachment): void {
    const key = deviceKey(mailbox, device);
    const present = this.#present.get(key);
    if (present?.edge === id && present.serial === serial && !this.faults.lose()) this.#present.delete(key);
  }

  #deliver(owner: number, device: DeviceRef, message: LiveMessage): Promise<RefusalCode | null> {
    return new Promise((resolve) => {
      if (this.faults.lose()) return void this.#clock.after(10_000, () => resolve(RefusalCode.NOT_DELIVERED));
      this.#clock.after(this.faults.delayMs(), () => {
        const edge = this.#edges.get(owner);
        if (edge === undefined) resolve(RefusalCode.NOT_DELIVERED);
        else void edge.deliver(device, message).then(resolve);
      });
    });
  }

  #tellOwners(
    from: number,
    devices: readonly DeviceRef[],
    tell: (edge: Edge, refs: readonly DeviceRef[]) => void,
  ): void {
    const byOwner = Map.groupBy(devices, ({ mailbox, device }) => this.#present.get(deviceKey(mailbox, device))?.edge);
    for (const [owner, refs] of byOwner) {
      const copies = refs.map(copyOf);
      if (owner !== undefined && owner !== from) this.#tell(owner, (edge) => tell(edge, copies));
    }
  }

  #tell(owner: number, tell: (edge: Edge) => void): void {
    if (this.faults.lose()) return;
    for (let times = this.faults.double() ? 2 : 1; times > 0; times--) {
      this.#clock.after(this.faults.delayMs(), () => {
        const edge = this.#edges.get(owner);
        if (edge !== undefined) tell(edge);
      });
    }
  }
}

const copyOf = <Ref extends DeviceRef>(ref: Ref): Ref => ({ ...ref, mailbox: ref.mailbox.slice() });
