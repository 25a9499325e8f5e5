/** What another device of the account tells, inside the inbox's transaction. Everything in it may come twice. */
import { conversationId } from '@sotto/protocol/mailbox';
import { decodeContent, WireError } from '@sotto/protocol/wire';
import type {
  Content,
  Sync,
  SyncContact,
  SyncDevices,
  SyncRead,
  SyncRecalled,
  SyncSent,
  SyncSettings,
} from '@sotto/protocol/wire';
import { sameBytes } from '@sotto/protocol/crypto';
import type { OwnIdentity } from '../account/identity-store.ts';
import type { Profile } from '../account/profile.ts';
import type { ContactEntry, Contacts } from '../contacts/contacts.ts';
import { arrivalOf } from '../history/display.ts';
import type { History } from '../history/history.ts';
import type { Ordering } from '../history/ordering.ts';
import type { Platform } from '../ports.ts';
import type { Database } from '../store/database.ts';
import type { Receipts } from '../outbox/receipts.ts';
import type { Timers } from '../timers.ts';
import { archiveExpected } from './archive-in.ts';
import type { DeviceNames } from './device-names.ts';
import type { EarlyStates } from './early-states.ts';
import type { SelfSync } from './self-sync.ts';
import { decidedOn, isLaterDecision, learnedFromWire, settingsFromWire, statusFromWire } from './sync-contact.ts';
import type { SyncGaps } from './sync-gaps.ts';

/**
 * A decision so far ahead of our clock does not count: a device could make itself the latest for ever, beyond its
 * removal. What counts can always be followed by a later one (DEV-12).
 */
const MAX_AHEAD_MS = 366 * 86_400_000;

/** The number of a Sync content, and how often it was asked for. */
interface SyncNumber {
  readonly order: number;
  readonly asked: number;
}

/** A copy that the archive has as well waits for it so often: 30 s, 10 min and an hour, then it is shown at the end. */
const MAX_POSTPONED = 3;

export interface SyncTakingParts {
  readonly platform: Platform;
  readonly timers: Timers;
  readonly database: Database;
  readonly own: OwnIdentity;
  readonly profile: Profile;
  readonly contacts: Contacts;
  readonly history: History;
  readonly ordering: () => Ordering;
  readonly receipts: () => Receipts;
  readonly names: DeviceNames;
  readonly early: EarlyStates;
  readonly gaps: SyncGaps;
  readonly self: SelfSync;
  /** A person was accepted, blocked or removed on another device: the same here, without telling anybody. */
  readonly onStatus: (contact: ContactEntry, status: 'accepted' | 'blocked' | 'removed') => void;
  /** Something that was said before its person was removed came after it. */
  readonly onLate: (contact: ContactEntry) => void;
  /** Messages were read on another device. */
  readonly onRead: (contact: ContactEntry, ids: readonly Uint8Array[]) => void;
  /** The delivery capability was changed on another device; `conflict`: this one had changed it as well. */
  readonly onCapability: (conflict: boolean) => void;
  /** Part of an archive, from this device. */
  readonly onArchive: (content: Content, device: number) => void;
  /** Another device's storage went back: it asks for what came from it since, in ms by its clock. */
  readonly onRecall: (device: number, since: number) => void;
  /** The answer to such a question of this device. */
  readonly onRecalled: (device: number, recalled: SyncRecalled, nowMs: number) => void;
  /** Another device has this; it need not be told again. */
  readonly onReceipt: (self: ContactEntry, device: number, contentId: Uint8Array) => void;
  /** Something came: something may be missing. */
  readonly onCame: () => void;
}

export class SyncTaking {
  readonly #parts: SyncTakingParts;

  constructor(parts: SyncTakingParts) {
    this.#parts = parts;
  }

  /** @param device another device of the own list, verified */
  take(device: number, content: Content, nowMs: number): void {
    const { self, gaps, onCame } = this.#parts;
    const { body } = content;
    const contact = self.contact();
    switch (body.case) {
      case 'receipt':
        for (const id of body.value.ids) this.#parts.onReceipt(contact, device, id);
        return;
      case 'typing':
        return;
      case 'askAgain':
        return self.tellAgain(device, body.value);
      default:
    }
    // A part of an archive is confirmed at once: so much of it shows anyhow what it is.
    if (body.case === 'sync' && body.value.event.case === 'archive') {
      self.taking(() => this.#parts.onArchive(content, device));
      return onCame();
    }
    const order = Number(content.order);
    let number: SyncNumber | null = null;
    if (order > 0) {
      number = { order, asked: gaps.came(contact.id, device, order, nowMs) };
      onCame();
    }
    if (body.case === 'sync' && number !== null && this.#isTooSoon(device, number, body.value.event, nowMs)) {
      // Not confirmed: the confirmation might come after the question for it, and take the answer back.
      return gaps.postpone(device, order, number.asked, nowMs);
    }
    this.#parts.receipts().note(contact, [content.id], 'delivered');
    if (body.case === 'sync') self.taking(() => this.#takeEvent(device, number, body.value.event, nowMs));
  }

  /** A kind of a later version is passed over. */
  #takeEvent(device: number, number: SyncNumber | null, event: Sync['event'], nowMs: number): void {
    switch (event.case) {
      case 'sent':
        return this.#takeSent(device, number, event.value, nowMs);
      case 'read':
        return this.#takeRead(event.value, nowMs);
      case 'contact':
        return void this.takeContact(event.value);
      case 'settings':
        return this.#takeSettings(event.value);
      case 'devices':
        return this.takeDevices(event.value);
      case 'recall':
        return this.#parts.onRecall(device, Number(event.value.since));
      case 'recalled':
        return this.#parts.onRecalled(device, event.value, nowMs);
      default:
    }
  }

  #takeSent(device: number, number: SyncNumber | null, { content: encoded, failed }: SyncSent, nowMs: number): void {
    const { contacts, history, own } = this.#parts;
    const ordering = this.#parts.ordering();
    const content = this.ownContent(encoded);
    if (content === null) return;
    const contact = contacts.byAccount(content.to) ?? contacts.add(content.to, 'accepted', {});
    if (contact.role !== 'person' && contact.role !== 'gone') return;
    const known = history.byContent(contact.id, content.id);
    if (known !== null && known.device === own.device.device) return;
    const arrival = { ...arrivalOf(content, -device, nowMs), ...(number === null ? {} : { told: number.order }) };
    if (known === null) {
      if (!ordering.isHeld(contact.id, -device, arrival.order, content.id)) ordering.accept(contact, arrival);
    } else ordering.settle(contact, arrival);
    const row = history.byContent(contact.id, content.id);
    if (row?.outgoing === true)
      history.setState(row, failed ? 'failed' : 'stored', failed ? { problem: 'other-device' } : {});
    if (contact.role === 'gone' && Number(content.sentAt) <= contact.changedAt) this.#parts.onLate(contact);
  }

  /** A message that was written before this device was there: the archive that has its place is on its way. */
  #isTooSoon(device: number, { asked }: SyncNumber, event: Sync['event'], nowMs: number): boolean {
    const { database, contacts, history, ordering } = this.#parts;
    if (event.case !== 'sent' || asked >= MAX_POSTPONED || archiveExpected(database) === null) return false;
    const content = this.ownContent(event.value.content);
    const contact = content === null ? null : contacts.byAccount(content.to);
    if (content === null || contact?.role !== 'person') return false;
    const arrival = arrivalOf(content, -device, nowMs);
    const isShown = 'text' in arrival.saying || 'timer' in arrival.saying;
    return isShown && history.byContent(contact.id, content.id) === null && ordering().isBefore(contact, arrival);
  }

  /** Null when it is not a content of this account to somebody else, in their conversation. */
  ownContent(encoded: Uint8Array): Content | null {
    const { own, platform } = this.#parts;
    const { publicKey } = own.account;
    try {
      const content = decodeContent(encoded);
      const { from, to, conversation } = content;
      if (!sameBytes(from, publicKey) || sameBytes(to, publicKey)) return null;
      return sameBytes(conversation, conversationId(platform.primitives, from, to)) ? content : null;
    } catch (error) {
      if (error instanceof WireError) return null;
      throw error;
    }
  }

  #takeRead({ account, ids }: SyncRead, nowMs: number): void {
    const { contacts, history, early, onRead } = this.#parts;
    const contact = contacts.byAccount(account);
    if (contact?.role !== 'person') return;
    const here = ids.filter((id) => history.byContent(contact.id, id) !== null);
    for (const id of ids) {
      if (!here.includes(id)) early.note(contact.id, id, 'read-here', nowMs);
    }
    onRead(contact, here);
  }

  /** Also for a device that joins. @returns null: it is not about a person */
  takeContact(told: SyncContact): ContactEntry | null {
    const { contacts, own, profile, onStatus } = this.#parts;
    const { account, petname, verified } = told;
    if (sameBytes(account, own.account.publicKey)) return null;
    const known = contacts.byAccount(account);
    if (known !== null && known.role !== 'person' && known.role !== 'gone') return null;
    const decision = { status: statusFromWire(told.status), petname, verified, changedAt: Number(told.changedAt) };
    const { home } = profile.current;
    const isHome = home !== null && told.route !== undefined && sameBytes(home.node, told.route.node);
    const psk = isHome ? home.psk : (known?.route?.psk ?? null);
    const learned = learnedFromWire(told, known, psk);
    const { status, ...rest } = decision;
    const timer =
      told.disappearAfter > 0 && (known === null || known.timer === undefined)
        ? { timer: { seconds: told.disappearAfter, stamp: { at: 0, sentAt: 0, id: new Uint8Array(16) } } }
        : {};
    if (known === null) {
      const changedAt = this.#mayCount(told.changedAt) ? decision.changedAt : 0;
      if (status === 'removed') return contacts.add(account, 'request', { changedAt }, 'gone');
      return contacts.add(account, status, { ...learned, ...timer, ...rest, changedAt });
    }
    const isLater = this.#mayCount(told.changedAt) && isLaterDecision(decision, { ...known, status: decidedOn(known) });
    const isBack = isLater && known.role === 'gone' && status !== 'removed' && status !== 'request';
    const back = isBack ? { role: 'person' as const } : {};
    const changed = contacts.update(known, { ...learned, ...timer, ...(isLater ? rest : {}), ...back });
    if (isLater && status !== 'request' && status !== decidedOn(known)) onStatus(changed, status);
    return contacts.byId(changed.id);
  }

  #mayCount(changedAt: bigint): boolean {
    return Number(changedAt) <= this.#parts.timers.now() + MAX_AHEAD_MS;
  }

  #takeSettings(told: SyncSettings): void {
    const { profile, onCapability } = this.#parts;
    const before = profile.current;
    const settings = settingsFromWire(told);
    if (settings.changedAt <= before.changedAt || !this.#mayCount(told.changedAt)) return;
    const same = sameBytes(settings.capability, before.capability);
    profile.update(same ? { ...settings, capability: before.capability } : { ...settings, rotatedHere: false });
    const follows = settings.previousCapability !== null && sameBytes(settings.previousCapability, before.capability);
    onCapability(!same && !follows);
  }

  takeDevices({ devices, changedAt }: SyncDevices): void {
    const { names } = this.#parts;
    if (Number(changedAt) <= names.current.changedAt || !this.#mayCount(changedAt)) return;
    const told = Object.fromEntries(devices.map(({ device, name }) => [String(device), name]));
    names.write({ names: told, changedAt: Number(changedAt) });
  }
}
