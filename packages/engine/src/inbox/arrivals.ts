/** What an authentic content changes here, inside the inbox's transaction. */
import { ReceiptKind } from '@sotto/protocol/wire';
import type { Content } from '@sotto/protocol/wire';
import { sameBytes } from '@sotto/protocol/crypto';
import type { ContactEntry, ContactRecord, Contacts } from '../contacts/contacts.ts';
import type { Database } from '../store/database.ts';
import type { History } from '../history/history.ts';
import type { Arrival, Ordering } from '../history/ordering.ts';
import type { Lobby } from '../room/lobby.ts';
import type { Outcomes } from '../outbox/outcomes.ts';
import type { Profile } from '../account/profile.ts';
import type { Receipts } from '../outbox/receipts.ts';
import type { RemoteDevices } from '../contacts/remote-devices.ts';
import type { Repeats } from '../outbox/repeats.ts';
import { routeFromWire, sameRoute } from '../contacts/route.ts';
import type { Search } from '../history/search.ts';
import type { Typing } from '../outbox/typing.ts';

/** People who may wait as requests; beyond that strangers are not heard. */
const MAX_REQUESTS = 500;
/** Placeholders that one contact can cause in an hour: anybody can wrap rubbish in a contact's certificate. */
const MAX_PLACEHOLDERS = 5;
const HOUR_MS = 3_600_000;

export interface ArrivalParts {
  readonly database: Database;
  readonly contacts: Contacts;
  readonly profile: Profile;
  readonly history: History;
  readonly ordering: Ordering;
  readonly outcomes: Outcomes;
  readonly receipts: Receipts;
  readonly repeats: Repeats;
  readonly devices: RemoteDevices;
  readonly search: Search;
  readonly typing: Typing;
  readonly lobby: Lobby;
  /** A new stranger wrote. */
  readonly onInviteUsed: () => void;
}

export class Arrivals {
  readonly #parts: ArrivalParts;
  readonly #placeholders = new Map<number, { since: number; count: number }>();

  constructor(parts: ArrivalParts) {
    this.#parts = parts;
  }

  /** @param account verified sender @param live came live: nothing is confirmed */
  take(account: Uint8Array, device: number, content: Content, nowMs: number, live: boolean): void {
    // Everybody in a private room may be heard; nobody becomes a contact by it.
    if (content.body.case === 'roomLine') return live ? this.#parts.lobby.heard(account, content, nowMs) : undefined;
    const contact = this.#contactFor(account, content);
    if (contact === null) return;
    if (contact.status === 'blocked') return this.#parts.ordering.drop(contact, device, Number(content.order));
    const known = this.#learn(contact, content);
    const { body } = content;
    switch (body.case) {
      case 'receipt':
        return this.#takeReceipt(known, device, body.value.kind, body.value.ids);
      case 'typing':
        return this.#parts.typing.shown(known, body.value.active);
      case 'askAgain':
        return this.#parts.repeats.asked(known, body.value.orders, nowMs);
      case 'hello':
        if (!live) this.#parts.receipts.note(known, [content.id], 'delivered');
        return;
      default:
        return this.#takeMessage(known, device, content, nowMs);
    }
  }

  /** An authentic content of a later version of the protocol: shown as such. */
  takeUnknown(account: Uint8Array, device: number, contentId: Uint8Array, nowMs: number): void {
    const { contacts, history } = this.#parts;
    const contact = contacts.byAccount(account);
    if (contact?.status !== 'accepted' || history.byContent(contact.id, contentId) !== null) return;
    const record = { unknown: true as const, sentAt: nowMs, receivedAt: nowMs };
    history.insert(contact, { contentId, outgoing: false, unread: true, state: 'delivered', device, order: 0, record });
  }

  /** Something came that cannot be opened: its place is shown. The repair of sessions takes up here. */
  takeUndecryptable(account: Uint8Array, device: number, contentId: Uint8Array, nowMs: number): void {
    const { contacts, history } = this.#parts;
    const contact = contacts.byAccount(account);
    if (contact === null || contact.status !== 'accepted') return;
    if (history.byContent(contact.id, contentId) !== null) return;
    const seen = this.#placeholders.get(contact.id);
    const recent = seen !== undefined && nowMs - seen.since < HOUR_MS ? seen : { since: nowMs, count: 0 };
    this.#placeholders.set(contact.id, { since: recent.since, count: recent.count + 1 });
    if (recent.count >= MAX_PLACEHOLDERS) return;
    const record = { undecryptable: true as const, sentAt: nowMs, receivedAt: nowMs };
    history.insert(contact, { contentId, outgoing: false, unread: true, state: 'delivered', device, order: 0, record });
  }

  /** Puts an arrival whose turn it is into the history. */
  readonly show = (contact: ContactEntry, arrival: Arrival, position: number | null): void => {
    const { history, search } = this.#parts;
    const { contentId, device, order, text, sentAt, receivedAt } = arrival;
    const record = text === null ? { unknown: true as const, sentAt, receivedAt } : { text, sentAt, receivedAt };
    const message = { contentId, outgoing: false, unread: true, state: 'delivered' as const, device, order, record };
    search.add(history.insert(contact, message, position ?? undefined));
    this.#parts.typing.ended(contact);
  };

  #takeMessage(contact: ContactEntry, device: number, content: Content, nowMs: number): void {
    const { history, ordering, receipts, search } = this.#parts;
    const order = Number(content.order);
    const text = content.body.case === 'text' ? content.body.value.text : null;
    if (text === null && order === 0) return;
    receipts.note(contact, [content.id], 'delivered');
    const sentAt = Math.min(Number(content.sentAt), nowMs);
    const arrival = { contentId: content.id.slice(), device, order, text, sentAt, receivedAt: nowMs };
    const before = history.byContent(contact.id, content.id);
    if (before === null) {
      if (!ordering.isHeld(contact.id, device, order, content.id)) ordering.accept(contact, arrival);
      return;
    }
    if (before.outgoing) return;
    ordering.settle(contact, device, order);
    if (before.record.undecryptable !== true || text === null) return;
    const record = { text, sentAt, receivedAt: before.record.receivedAt };
    history.replaceRecord(before, record, order, device);
    search.add({ position: before.position, contact: before.contact, record });
  }

  #takeReceipt(contact: ContactEntry, device: number, kind: ReceiptKind, ids: readonly Uint8Array[]): void {
    const state = kind === ReceiptKind.READ ? 'read' : 'delivered';
    for (const id of ids) this.#parts.outcomes.confirmed(contact, device, id, state);
  }

  /** A stranger who writes becomes a request; one who says nothing stays unknown. */
  #contactFor(account: Uint8Array, content: Content): ContactEntry | null {
    const { contacts, onInviteUsed, database } = this.#parts;
    const known = contacts.byAccount(account);
    if (known !== null) return known;
    if (content.body.case !== 'text') return null;
    const requests = contacts.all().filter(({ status }) => status === 'request').length;
    if (requests >= MAX_REQUESTS) return null;
    // The invite link shown may have brought them here: its token is used up.
    database.afterCommit(onInviteUsed);
    return contacts.add(account, 'request');
  }

  /** Profile, route and capability ride along with contents. */
  #learn(contact: ContactEntry, content: Content): ContactEntry {
    const { contacts, profile, devices } = this.#parts;
    devices.mention(contact.account, Number(content.deviceListRevision));
    const changes: { -readonly [Key in keyof ContactRecord]?: ContactRecord[Key] } = {};
    if (content.profile !== undefined) {
      if (content.profile.name !== contact.profileName) changes.profileName = content.profile.name;
      if (content.profile.color !== contact.color) changes.color = content.profile.color;
    }
    const { home } = profile.current;
    const sameNode = home !== null && content.route !== undefined && sameBytes(home.node, content.route.node);
    const psk = sameNode ? home.psk : (contact.route?.psk ?? null);
    const route = routeFromWire(content.route, psk);
    if (route !== null && !sameRoute(route, contact.route)) changes.route = route;
    const { capability } = content;
    if (capability.length === 16 && (contact.capability === null || !sameBytes(capability, contact.capability))) {
      changes.capability = capability.slice();
    }
    return Object.keys(changes).length === 0 ? contact : contacts.update(contact, changes);
  }
}
