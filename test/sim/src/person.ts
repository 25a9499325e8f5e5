import { parseAddress } from '@sotto/protocol/identity';
import type { Device } from './device.ts';

/** Somebody with one account and some devices. */
export class Person {
  readonly name: string;
  /** The first one made the account. */
  readonly devices: Device[] = [];
  readonly others: Person[] = [];
  /** Whom this person does not add: their first message is a request then and is accepted when it is seen. */
  readonly waitsFor = new Set<Person>();
  /** Their invite link, as soon as there is one. */
  invite = '';
  /** Their account, as soon as a program said it. */
  address = '';

  constructor(name: string) {
    this.name = name;
  }

  get first(): Device {
    const [first] = this.devices;
    if (first === undefined) throw new Error(`${this.name} has no device.`);
    return first;
  }

  /** Those that are not revoked; perhaps not yet one of the account's. */
  get current(): Device[] {
    return this.devices.filter((device) => !device.isRevoked);
  }

  /** Those on which this person can write. */
  get active(): Device[] {
    return this.current.filter((device) => device === this.first || device.number > 0);
  }

  owns(mailbox: Uint8Array): boolean {
    return this.address !== '' && Buffer.compare(parseAddress(this.address), mailbox) === 0;
  }
}
