import type { Link } from '../links/link.ts';
import type { StoreItem } from '../store/relay-store.ts';
import { deviceKey } from '../text-key.ts';
import { Delivery, type DeliveryParts } from './delivery.ts';
import type { Outlets } from './outlet.ts';

/** Who is not told of commits need not remember what they may name. */
const NO_REPORTS = { remembers: () => false };

/** The attached devices of a node with a store. */
export class Deliveries implements Outlets {
  readonly #parts: DeliveryParts;
  readonly #byDevice = new Map<string, Delivery>();
  #commits = 0;
  /** Those that remember what they removed until a commit is reported. */
  #remembering: Delivery[] = [];

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  get(key: string): Delivery | undefined {
    return this.#byDevice.get(key);
  }

  open(link: Link, mailbox: Uint8Array, device: number): Delivery {
    const delivery = new Delivery(this.#parts, this, link, mailbox, device, false);
    this.#byDevice.set(deviceKey(mailbox, device), delivery);
    return delivery;
  }

  openBeside(link: Link, mailbox: Uint8Array, device: number): Delivery {
    return new Delivery(this.#parts, NO_REPORTS, link, mailbox, device, true);
  }

  remove(key: string): void {
    this.#byDevice.delete(key);
  }

  all(): Iterable<Delivery> {
    return this.#byDevice.values();
  }

  /** @returns false when the device is not attached here */
  stored(item: StoreItem): boolean {
    const delivery = this.#byDevice.get(deviceKey(item.mailbox, item.device));
    delivery?.stored(item);
    return delivery !== undefined;
  }

  /** The store may show in a page what is not reported yet, and a page may be quicker than the report. */
  commitBegan(): void {
    this.#commits += 1;
  }

  /** Everything of this commit was reported to stored(). */
  commitEnded(): void {
    this.#commits -= 1;
    const remembering = this.#remembering;
    this.#remembering = [];
    for (const delivery of remembering) delivery.forget();
  }

  /** @returns whether a commit is under way: then `delivery` is told to forget() when it is reported */
  remembers(delivery: Delivery): boolean {
    if (this.#commits === 0) return false;
    this.#remembering.push(delivery);
    return true;
  }
}
