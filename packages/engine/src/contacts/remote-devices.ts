/** The devices of others: their signed lists as last seen, and the keys to seal to. */
import { addressOf, verifyDeviceList } from '@sotto/protocol/identity';
import type { VerifiedDeviceList, VerifiedSealKey } from '@sotto/protocol/identity';
import { sameBytes } from '@sotto/protocol/crypto';
import type { Primitives } from '@sotto/protocol/crypto';
import type { DeviceList } from '@sotto/protocol/wire';
import type { Database } from '../store/database.ts';
import type { EventStream } from '../event-stream.ts';
import { toHex } from '../store/hex.ts';
import { inWords, say } from '../sentences/say.ts';

/** What is known of an account's devices. */
export interface KnownDevices {
  readonly list: VerifiedDeviceList;
  readonly sealKeys: ReadonlyMap<number, VerifiedSealKey>;
}

interface StoredDevices {
  readonly list: Uint8Array;
  readonly sealKeys: readonly { device: number; id: number; key: Uint8Array; until: number }[];
}

export class RemoteDevices {
  readonly #database: Database;
  readonly #primitives: Primitives;
  readonly #events: EventStream;
  readonly #own: Uint8Array;
  readonly #cache = new Map<string, KnownDevices | null>();
  /** Revisions that contacts mentioned inside messages and that were not seen yet. */
  readonly #mentioned = new Map<string, number>();
  readonly #suspicions = new Map<string, number>();
  /** Somebody's list is said to have changed. */
  onMention: (account: Uint8Array) => void = () => undefined;

  /** Another list than before was taken over; `before` is null the first time. Inside the transaction that keeps it. */
  onChange: (account: Uint8Array, before: VerifiedDeviceList | null, now: VerifiedDeviceList) => void = () => undefined;

  /** @param own key of the own account, whose other devices are kept here too */
  constructor(database: Database, primitives: Primitives, events: EventStream, own: Uint8Array) {
    this.#own = own;
    this.#database = database;
    this.#primitives = primitives;
    this.#events = events;
    database.onRollback(() => this.#cache.clear());
  }

  known(account: Uint8Array): KnownDevices | null {
    const name = toHex(account);
    const cached = this.#cache.get(name);
    if (cached !== undefined) return cached;
    const tag = this.#database.rows.tag('devices', account);
    const sealed = this.#database.store.get('SELECT sealed FROM device_list WHERE tag = ?', tag)?.['sealed'];
    let known: KnownDevices | null = null;
    if (sealed !== undefined) {
      const stored = this.#database.rows.openRecord('device_list', toHex(tag), sealed) as StoredDevices;
      known = {
        list: verifyDeviceList(this.#primitives, stored.list, account),
        sealKeys: new Map(stored.sealKeys.map(({ device, ...key }) => [device, key])),
      };
    }
    this.#cache.set(name, known);
    return known;
  }

  /**
   * Takes over a list that a node handed out, with the sealing keys that came with it. A change is told.
   * @throws IdentityError when it is not this account's, is older than, or contradicts the one seen before
   */
  accept(account: Uint8Array, list: DeviceList, sealKeys: ReadonlyMap<number, VerifiedSealKey>): KnownDevices {
    const before = this.known(account);
    const verified = this.#verify(account, list, before?.list);
    const merged = new Map([...(before?.sealKeys ?? []), ...sealKeys]);
    const known: KnownDevices = {
      list: verified,
      sealKeys: new Map([...merged].filter(([device]) => verified.devices.some((entry) => entry.device === device))),
    };
    this.#database.transaction(() => {
      this.#write(account, known);
      if (before !== null && sameBytes(before.list.hash, verified.hash)) return;
      if (before !== null && !sameBytes(account, this.#own)) this.#tellChange(account, before.list, verified);
      this.onChange(account, before?.list ?? null, verified);
    });
    if ((this.#mentioned.get(toHex(account)) ?? 0) <= verified.revision) this.#mentioned.delete(toHex(account));
    return known;
  }

  /** What was taken for granted of an own list that nobody has seen is given up. Inside a transaction. */
  forget(account: Uint8Array): void {
    this.#database.store.run('DELETE FROM device_list WHERE tag = ?', this.#database.rows.tag('devices', account));
    this.#cache.delete(toHex(account));
    this.#mentioned.delete(toHex(account));
  }

  /** A contact says inside a message that its list has this revision. */
  mention(account: Uint8Array, revision: number): void {
    const known = this.known(account);
    if (known === null || revision <= known.list.revision) return;
    this.#mentioned.set(toHex(account), revision);
    this.onMention(account);
  }

  /**
   * The device began anew: it may have lost keys that others still seal to. They are looked up before the next content.
   * Inside a transaction. @param device null: all
   */
  suspect(account: Uint8Array, device: number | null): void {
    const known = this.known(account);
    this.#suspicions.set(toHex(account), this.suspicions(account) + 1);
    if (known === null) return;
    const sealKeys = new Map([...known.sealKeys].filter(([number]) => device !== null && number !== device));
    this.#write(account, { list: known.list, sealKeys });
  }

  /** How often so far: an answer to a question from before the last time may still hold the lost keys. */
  suspicions(account: Uint8Array): number {
    return this.#suspicions.get(toHex(account)) ?? 0;
  }

  /** Whether a newer list than the one known is said to be there. */
  isStale(account: Uint8Array): boolean {
    return this.#mentioned.has(toHex(account));
  }

  /** The newer list was looked for in vain. */
  giveUp(account: Uint8Array): void {
    this.#mentioned.delete(toHex(account));
  }

  #write(account: Uint8Array, known: KnownDevices): void {
    const stored: StoredDevices = {
      list: known.list.encoded,
      sealKeys: [...known.sealKeys].map(([device, { id, key, until }]) => ({ device, id, key, until })),
    };
    const tag = this.#database.rows.tag('devices', account);
    this.#database.store.run(
      'INSERT OR REPLACE INTO device_list (tag, sealed) VALUES (?, ?)',
      tag,
      this.#database.rows.sealRecord('device_list', toHex(tag), stored),
    );
    this.#cache.set(toHex(account), known);
  }

  #verify(account: Uint8Array, list: DeviceList, previous: VerifiedDeviceList | undefined): VerifiedDeviceList {
    try {
      return verifyDeviceList(this.#primitives, list, account, previous);
    } catch (error) {
      if (previous !== undefined) {
        const isOwn = sameBytes(account, this.#own);
        this.#events.notice(
          'device-list-refused',
          say(isOwn ? 'notice-own-list-refused' : 'notice-list-refused'),
          ...(isOwn ? [] : [addressOf(account)]),
        );
      }
      throw error;
    }
  }

  #tellChange(account: Uint8Array, before: VerifiedDeviceList, now: VerifiedDeviceList): void {
    const had = new Set(before.devices.map(({ device }) => device));
    const has = new Set(now.devices.map(({ device }) => device));
    const added = [...has].filter((device) => !had.has(device)).length;
    const removed = [...had].filter((device) => !has.has(device)).length;
    if (added + removed === 0) return;
    const words = [...(added > 0 ? [`${added} added`] : []), ...(removed > 0 ? [`${removed} removed`] : [])].join(', ');
    this.#events.notice(
      'devices-changed',
      inWords(
        `Their devices changed: ${words}. Their account key is the same.`,
        say('notice-devices-changed', { added, removed }),
      ),
      addressOf(account),
    );
  }
}
