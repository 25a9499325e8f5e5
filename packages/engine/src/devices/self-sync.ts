/**
 * Telling the other devices of the account what happened on this one. They are written to like a contact that nobody
 * sees; each content leaves 1 to 30 s after what it tells of, so that a watching node cannot put the two together
 * (DEV-9; crypto.md, "Sealed sender and padding").
 */
import { conversationId } from '@sotto/protocol/mailbox';
import {
  ContentSchema,
  create,
  encode,
  SyncDevicesSchema,
  SyncReadSchema,
  SyncSchema,
  SyncSentSchema,
} from '@sotto/protocol/wire';
import type { Sync, SyncDevices } from '@sotto/protocol/wire';
import { sameBytes } from '@sotto/protocol/crypto';
import { between } from '../backoff.ts';
import type { OwnIdentity } from '../account/identity-store.ts';
import type { Profile, ProfileRecord } from '../account/profile.ts';
import type { ContactEntry, Contacts } from '../contacts/contacts.ts';
import type { Body } from '../outbox/contents.ts';
import { bodyOf, sentAtOf } from '../outbox/own-contents.ts';
import type { OwnContents } from '../outbox/own-contents.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { KIND, MAX_COPY_DELAY_MS } from '../outbox/outbox-rows.ts';
import type { OutboxRows, PlannedRow } from '../outbox/outbox-rows.ts';
import type { Platform } from '../ports.ts';
import type { Database } from '../store/database.ts';
import type { Timers } from '../timers.ts';
import type { DeviceNames } from './device-names.ts';
import { contactToWire, decidedOn, isSharedChange, settingsToWire } from './sync-contact.ts';
import type { SyncEvent, SyncEvents } from './sync-events.ts';

const MIN_DELAY_MS = 1000;
/** Messages in one content. */
const MAX_IDS = 500;

export interface SelfSyncParts {
  readonly platform: Platform;
  readonly timers: Timers;
  readonly database: Database;
  readonly own: OwnIdentity;
  readonly profile: Profile;
  readonly contacts: Contacts;
  readonly ownContents: OwnContents;
  readonly rows: OutboxRows;
  readonly names: DeviceNames;
  readonly events: SyncEvents;
  readonly outbox: () => Outbox;
  readonly others: () => readonly number[];
}

export class SelfSync {
  readonly #parts: SelfSyncParts;
  /** What is being written came from another device: it is not told again. */
  #taking = false;
  /** What was written later leaves later: the others show it in that order. */
  #lastAt = 0;
  /** Contact ids and names of what waits to be told: it is composed when it leaves, so once is enough. */
  readonly #waiting = new Map<string, Uint8Array>();

  constructor(parts: SelfSyncParts) {
    this.#parts = parts;
  }

  /** The hidden contact that stands for the other devices. Inside a transaction. */
  contact(): ContactEntry {
    const { contacts, own, profile } = this.#parts;
    const { publicKey } = own.account;
    const { capability } = profile.current;
    const known = contacts.byAccount(publicKey);
    // Nothing rides along with these contents: the others have the same profile.
    if (known === null)
      return contacts.add(publicKey, 'accepted', { capability, told: Number.MAX_SAFE_INTEGER }, 'self');
    if (known.capability !== null && sameBytes(known.capability, capability)) return known;
    return contacts.update(known, { capability });
  }

  /** Runs `body`; what it changes is not told back. */
  taking(body: () => void): void {
    const before = this.#taking;
    this.#taking = true;
    try {
      body();
    } finally {
      this.#taking = before;
    }
  }

  /** A content of this device is at a node, or was given up. Inside a transaction. */
  sent(contact: ContactEntry, contentId: Uint8Array): void {
    if (contact.role !== 'person') return;
    const { platform, timers, events, others } = this.#parts;
    const event = { kind: 'sent', contact: contact.id, contentId } as const;
    // A device that is made out of a backup later asks for what was said since, also by the only one there was.
    if (others().length === 0) events.append(platform.random(16), event, timers.now());
    else this.#plan(event);
  }

  /** Inside a transaction. */
  read(contact: ContactEntry, ids: readonly Uint8Array[]): void {
    if (contact.role !== 'person') return;
    for (let from = 0; from < ids.length; from += MAX_IDS) {
      this.#plan({ kind: 'read', contact: contact.id, ids: ids.slice(from, from + MAX_IDS) });
    }
  }

  /** Notes when it was changed, and tells it. Inside the transaction that changed it. */
  contactChanged(before: ContactEntry | null, now: ContactEntry): void {
    if (this.#taking || (now.role !== 'person' && now.role !== 'gone')) return;
    const { contacts, timers } = this.#parts;
    const isDecision =
      before === null ||
      decidedOn(before) !== decidedOn(now) ||
      before.petname !== now.petname ||
      before.verified !== now.verified;
    const isLearned =
      before === null ||
      before.profileName !== now.profileName ||
      before.color !== now.color ||
      before.route !== now.route ||
      before.capability !== now.capability;
    const nowMs = timers.now();
    const decided = isDecision && decidedOn(now) !== 'request';
    if (!decided && !isLearned) return;
    this.taking(() => {
      contacts.update(now, {
        ...(decided ? { changedAt: Math.max(nowMs, now.changedAt + 1) } : {}),
        ...(isLearned ? { learnedAt: nowMs } : {}),
      });
    });
    if (decided) this.#planOnce({ kind: 'contact', contact: now.id }, `contact/${now.id}`);
  }

  /** As contactChanged(), of what all devices share. */
  profileChanged(before: ProfileRecord, now: ProfileRecord): void {
    if (this.#taking) return;
    const { profile, timers } = this.#parts;
    if (isSharedChange(before, now)) {
      this.taking(() => profile.update({ changedAt: Math.max(timers.now(), before.changedAt + 1) }));
    } else if (now.changedAt === before.changedAt) return;
    this.#planOnce({ kind: 'settings' }, 'settings');
  }

  /** Names changed, or the list did: the others look it up. Inside a transaction. */
  devicesChanged(): void {
    this.#planOnce({ kind: 'devices' }, 'devices');
  }

  /** Once more, to all: some of them may never have got it. Inside a transaction. */
  tell(event: SyncEvent): void {
    this.#plan(event);
  }

  /** Another device never got this. Inside the inbox's transaction. */
  tellAgain(device: number, { orders, ids }: { orders: readonly bigint[]; ids: readonly Uint8Array[] }): void {
    const { events, rows, outbox, platform, timers } = this.#parts;
    const self = this.contact();
    const byId = ids.map((id) => events.byContent(id));
    const found = [...orders.map((order) => events.byOrder(Number(order))), ...byId];
    for (const event of new Map(found.map((event) => [event?.order, event])).values()) {
      if (event === null || rows.isPlannedForAll(self.id, event.contentId)) continue;
      rows.takeBack(self.id, device, event.contentId);
      this.#send(event.contentId, event.order, device);
    }
    const gone = ids.filter((_, i) => byId[i] === null).map((id) => id.slice());
    if (gone.length > 0) {
      outbox().plan(self, platform.random(16), KIND.gone, { sentAt: timers.now(), ids: gone }, device);
    }
  }

  #planOnce(event: SyncEvent, name: string): void {
    const { rows, own, contacts } = this.#parts;
    const self = contacts.byAccount(own.account.publicKey);
    const waiting = this.#waiting.get(name);
    if (self !== null && waiting !== undefined && rows.isPlannedForAll(self.id, waiting)) return;
    const contentId = this.#plan(event);
    if (contentId !== null) this.#waiting.set(name, contentId);
  }

  /** null: there is nobody to tell. */
  #plan(event: SyncEvent): Uint8Array | null {
    const { platform, timers, events, others } = this.#parts;
    if (others().length === 0) return null;
    const contentId = platform.random(16);
    this.#send(contentId, events.append(contentId, event, timers.now()), 0);
    return contentId;
  }

  #send(contentId: Uint8Array, order: number, device: number): void {
    const { platform, timers, outbox } = this.#parts;
    const nowMs = timers.now();
    const notBefore = Math.max(this.#lastAt, nowMs + between(platform.random, MIN_DELAY_MS, MAX_COPY_DELAY_MS));
    this.#lastAt = notBefore;
    outbox().plan(this.contact(), contentId, KIND.sync, { sentAt: nowMs, order }, device, notBefore);
  }

  /** What a planned row says now; null: what it was about is gone. */
  bodyOf({ payload }: PlannedRow): Body | null {
    const numbered = payload.order === undefined ? null : this.#parts.events.byOrder(payload.order);
    const found = numbered?.event ?? payload.event;
    const event = found === undefined ? null : this.#compose(found);
    return event === null ? null : { case: 'sync', value: create(SyncSchema, { event }) };
  }

  #compose(event: SyncEvent): Sync['event'] | null {
    const { contacts, profile, names } = this.#parts;
    if (event.kind === 'settings') return { case: 'settings', value: settingsToWire(profile.current) };
    if (event.kind === 'devices') return { case: 'devices', value: devicesToWire(names) };
    const contact = contacts.byId(event.contact);
    if (contact === null) return null;
    switch (event.kind) {
      case 'contact':
        return { case: 'contact', value: contactToWire(contact) };
      case 'read':
        return { case: 'read', value: create(SyncReadSchema, { account: contact.account, ids: [...event.ids] }) };
      case 'sent':
        return this.#sent(contact, event.contentId);
    }
  }

  #sent(contact: ContactEntry, contentId: Uint8Array): Sync['event'] | null {
    const { ownContents, own, platform } = this.#parts;
    const found = ownContents.find(contact.id, contentId);
    if (found === null) return null;
    const body = bodyOf(found);
    const from = own.account.publicKey;
    const content = create(ContentSchema, {
      version: 1,
      id: contentId,
      conversation: conversationId(platform.primitives, from, contact.account),
      from,
      to: contact.account,
      sentAt: BigInt(sentAtOf(found)),
      order: BigInt(found.row.order),
    });
    content.body = body;
    const failed = found.row.state === 'failed';
    return { case: 'sent', value: create(SyncSentSchema, { content: encode(ContentSchema, content), failed }) };
  }
}

export function devicesToWire(names: DeviceNames): SyncDevices {
  const { current } = names;
  const devices = Object.entries(current.names).map(([device, name]) => ({ device: Number(device), name }));
  return create(SyncDevicesSchema, { devices, changedAt: BigInt(current.changedAt) });
}
