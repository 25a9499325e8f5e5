import type { ClientStore } from '@sotto/engine';
import type { AcknowledgeItem, PublishedKeys, StoreItem, StoreOutcome } from '@sotto/node';
import type { Device } from './device.ts';
import type { Journal } from './journal.ts';
import type { DiskObserver } from './node-disk.ts';
import type { Person } from './person.ts';

/** Writes down what the disk of the node gets and gives, and what the clients' disks say of it. */
export class EnvelopeWatch implements DiskObserver {
  readonly #journal: Journal;
  readonly #people: readonly Person[];
  readonly #unlisted = new Set<string>();
  /** Envelopes that a disk had seen which is an older one now. */
  readonly #seenBefore = new Set<string>();

  constructor(journal: Journal, people: readonly Person[]) {
    this.#journal = journal;
    this.#people = people;
  }

  /** The disk of this device is about to be replaced by an older copy. */
  replacing(device: Device): void {
    for (const row of device.program.durable.all('SELECT id FROM seen')) this.#seenBefore.add(keyOf(row['id']));
  }

  stored({ id, mailbox, device, body }: StoreItem, outcome: StoreOutcome): void {
    // Throw-away accounts, with which devices are linked, are nobody's.
    if (outcome !== 'stored' || !this.#people.some((person) => person.owns(mailbox))) return;
    const to = this.#screenOf(mailbox, device);
    const devices = this.#people.flatMap((person) => person.devices);
    for (const { name, program } of devices) {
      if (!hasTables(program.durable)) continue;
      const row = program.durable.get('SELECT content_id FROM outbox WHERE body = ?', body)?.['content_id'];
      if (!(row instanceof Uint8Array)) continue;
      const content = Buffer.from(row).toString('hex');
      return this.#journal.add({ type: 'stored', envelope: this.#journal.nameOf(id), by: name, to, content });
    }
    const others = devices.filter(({ name }) => name !== to);
    const by = others.length === 1 ? (others[0]?.name ?? null) : null;
    this.#journal.add({ type: 'stored', envelope: this.#journal.nameOf(id), by, to, content: null });
  }

  taken(id: Uint8Array): void {
    this.#journal.add({ type: 'taken', envelope: this.#journal.nameOf(id) });
  }

  acknowledged({ mailbox, device, ids }: AcknowledgeItem): void {
    const person = this.#people.find((somebody) => somebody.owns(mailbox));
    if (person === undefined) return;
    // One that joined just now has not said its number.
    const holders = person.devices.filter(({ number }) => number === device || number === 0);
    for (const id of ids) {
      const isSeen = ({ program }: Device): boolean =>
        hasTables(program.durable) && program.durable.get('SELECT 1 AS kept FROM seen WHERE id = ?', id) !== undefined;
      const kept = this.#seenBefore.has(keyOf(id)) || holders.some(isSeen);
      this.#journal.add({ type: 'acknowledged', envelope: this.#journal.nameOf(id), kept });
    }
  }

  published({ mailbox, deviceList }: PublishedKeys): void {
    if (deviceList === null) return;
    const person = this.#people.find((somebody) => somebody.owns(mailbox));
    for (const { name, number, isRevoked } of person?.devices ?? []) {
      // A list without it may also be one from before it came.
      if (!isRevoked || deviceList.devices.includes(number) || this.#unlisted.has(name)) continue;
      this.#unlisted.add(name);
      this.#journal.add({ type: 'unlisted', screen: name });
    }
  }

  #screenOf(mailbox: Uint8Array, device: number): string {
    const known = this.#deviceOf(mailbox, device);
    if (known !== undefined) return known.name;
    return `${this.#people.find((person) => person.owns(mailbox))?.name ?? 'somebody'} ${device}`;
  }

  #deviceOf(mailbox: Uint8Array, device: number): Device | undefined {
    const devices = this.#people.find((person) => person.owns(mailbox))?.devices;
    return devices?.find(({ number }) => number === device);
  }
}

/** Not so before the program has started for the first time. */
const hasTables = (disk: ClientStore): boolean =>
  disk.get("SELECT 1 AS found FROM sqlite_master WHERE name = 'seen'") !== undefined;

const keyOf = (id: unknown): string => (id instanceof Uint8Array ? Buffer.from(id).toString('base64') : '');
