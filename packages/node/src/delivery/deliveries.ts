import type { Link } from '../links/link.ts';
import type { StoreItem } from '../store/relay-store.ts';
import { deviceKey } from '../text-key.ts';
import { Delivery, type DeliveryParts } from './delivery.ts';
import type { Outlets } from './outlet.ts';

/** The attached devices of a node with a store. */
export class Deliveries implements Outlets {
  readonly #parts: DeliveryParts;
  readonly #byDevice = new Map<string, Delivery>();

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  get(key: string): Delivery | undefined {
    return this.#byDevice.get(key);
  }

  open(link: Link, mailbox: Uint8Array, device: number): Delivery {
    const delivery = new Delivery(this.#parts, link, mailbox, device);
    this.#byDevice.set(deviceKey(mailbox, device), delivery);
    return delivery;
  }

  remove(key: string): void {
    this.#byDevice.delete(key);
  }

  stored(item: StoreItem): void {
    this.#byDevice.get(deviceKey(item.mailbox, item.device))?.stored(item);
  }
}
