/** What an authentic content changes here, inside the inbox's transaction. */
import { ReceiptKind } from '@sotto/protocol/wire';
import type { Content } from '@sotto/protocol/wire';
import { sameBytes } from '@sotto/protocol/crypto';
import type { ContactEntry, ContactRecord, Contacts } from '../contacts/contacts.ts';
import type { Database } from '../store/database.ts';
import { arrivalOf } from '../history/display.ts';
import type { Display } from '../history/display.ts';
import type { History } from '../history/history.ts';
import type { Arrival, Ordering } from '../history/ordering.ts';
import type { Lobby } from '../room/lobby.ts';
import type { OwnSide } from '../devices/own-side.ts';
import type { Outcomes } from '../outbox/outcomes.ts';
import type { Placeholders } from '../repair/placeholders.ts';
import type { Profile } from '../account/profile.ts';
import type { Receipts } from '../outbox/receipts.ts';
import type { RemoteDevices } from '../contacts/remote-devices.ts';
import type { Repair } from '../repair/repair.ts';
import type { Repeats } from '../outbox/repeats.ts';
import { routeFromWire, sameRoute } from '../contacts/route.ts';
import { forgetConversation } from '../contacts/remove-contact.ts';
import type { Wiping } from '../history/wiping.ts';
import type { Timers } from '../timers.ts';
import type { ViewAgreement } from '../ring/view-agreement.ts';
import type { Typing } from '../outbox/typing.ts';

/** People who may wait as requests; beyond that strangers are not heard. */
const MAX_REQUESTS = 500;

export interface ArrivalParts {
  readonly database: Database;
  readonly contacts: Contacts;
  readonly profile: Profile;
  readonly history: History;
  readonly wiping: Wiping;
  readonly timers: Timers;
  readonly ordering: Ordering;
  readonly outcomes: Outcomes;
  readonly receipts: Receipts;
  readonly repeats: Repeats;
  readonly devices: RemoteDevices;
  readonly display: Display;
  readonly typing: Typing;
  readonly lobby: Lobby;
  readonly placeholders: Placeholders;
  readonly repair: Repair;
  readonly viewAgreement: Pick<ViewAgreement, 'heard'>;
  readonly devicesOfOwn: Pick<OwnSide, 'take' | 'shown'>;
  /** A new stranger wrote. */
  readonly onInviteUsed: () => void;
}

export class Arrivals {
  readonly #parts: ArrivalParts;

  constructor(parts: ArrivalParts) {
    this.#parts = parts;
  }

  /** @param account verified sender @param live came live: nothing is confirmed */
  take(account: Uint8Array, device: number, content: Content, nowMs: number, live: boolean): void {
    // Everybody in a private room may be heard; nobody becomes a contact by it.
    if (content.body.case === 'roomLine') return live ? this.#parts.lobby.heard(account, content, nowMs) : undefined;
    if (this.#parts.devicesOfOwn.take(account, device, content, nowMs)) return;
    const contact = this.#contactFor(account, content);
    if (contact === null) return;
    if (contact.status === 'blocked') return this.#parts.ordering.drop(contact, device, Number(content.order));
    const { body } = content;
    // The other end of a linking: what it has to say are its steps.
    if (contact.role !== 'person' && body.case !== 'receipt') return;
    const known = this.#learn(contact, content);
    this.#parts.viewAgreement.heard(known, content);
    switch (body.case) {
      case 'receipt':
        return this.#takeReceipt(known, device, body.value.kind, body.value.ids);
      case 'typing':
        return this.#parts.typing.shown(known, body.value.active);
      case 'askAgain':
        return this.#parts.repeats.asked(known, device, body.value, nowMs);
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
    if (contact?.status !== 'accepted' || contact.role !== 'person') return;
    if (history.byContent(contact.id, contentId) !== null) return;
    const record = { unknown: true as const, sentAt: nowMs, receivedAt: nowMs };
    history.insert(contact, { contentId, outgoing: false, unread: true, state: 'delivered', device, order: 0, record });
  }

  /** What came cannot be opened: its place is shown, and the device is asked for it (ENG-40). */
  takeFailed(
    account: Uint8Array,
    device: number,
    contentId: Uint8Array,
    result: 'undecryptable' | 'duplicate',
    nowMs: number,
  ): void {
    const { contacts, placeholders, repair } = this.#parts;
    const contact = contacts.byAccount(account);
    if (contact === null || contact.role === 'gone' || (result === 'duplicate' && this.#isHere(contact, contentId)))
      return;
    placeholders.show(contact, device, contentId, nowMs);
    repair.failed(contact, device, contentId, nowMs);
  }

  /** A content that was opened before; else its sender's session went back, and gave an old number to a new content. */
  #isHere(contact: ContactEntry, contentId: Uint8Array): boolean {
    const row = this.#parts.database.store.get(
      `SELECT 1 AS found FROM held WHERE contact = ?1 AND content_id = ?2
       UNION ALL SELECT 1 FROM message WHERE contact = ?1 AND content_id = ?2
       UNION ALL SELECT 1 FROM amendment WHERE contact = ?1 AND content_id = ?2`,
      contact.id,
      contentId,
    );
    return row !== undefined;
  }

  /** An arrival whose turn it is. */
  readonly show = (contact: ContactEntry, arrival: Arrival, position: number | null): void => {
    const { display, devicesOfOwn } = this.#parts;
    // Written on another device of our own, whose counters are kept under the negative number.
    if (arrival.device < 0) display.show(contact, 'self', { ...arrival, device: -arrival.device }, position);
    else display.show(contact, 'them', arrival, position);
    devicesOfOwn.shown(contact, arrival.contentId);
    if (arrival.device > 0 && 'text' in arrival.saying) this.#parts.typing.ended(contact);
  };

  #takeMessage(contact: ContactEntry, device: number, content: Content, nowMs: number): void {
    const { history, ordering, receipts, display } = this.#parts;
    const order = Number(content.order);
    if (content.body.case !== 'text' && order === 0) return;
    receipts.note(contact, [content.id], 'delivered');
    const arrival = arrivalOf(content, device, nowMs);
    const before = history.byContent(contact.id, content.id);
    if (before === null) {
      if (!ordering.isHeld(contact.id, device, order, content.id)) ordering.accept(contact, arrival);
      return;
    }
    if (before.outgoing) return;
    ordering.settle(contact, arrival);
    if (before.record.undecryptable === true) display.fill(contact, before, arrival);
  }

  #takeReceipt(contact: ContactEntry, device: number, kind: ReceiptKind, ids: readonly Uint8Array[]): void {
    const state = kind === ReceiptKind.READ ? 'read' : 'delivered';
    for (const id of ids) this.#parts.outcomes.confirmed(contact, device, id, state);
  }

  /** A stranger who writes becomes a request; one who says nothing stays unknown. */
  #contactFor(account: Uint8Array, content: Content): ContactEntry | null {
    const { contacts, onInviteUsed, database } = this.#parts;
    const known = contacts.byAccount(account);
    if (known !== null && known.role !== 'gone') return known;
    if (content.body.case !== 'text') return null;
    const requests = contacts.all().filter(({ status }) => status === 'request').length;
    if (requests >= MAX_REQUESTS) return null;
    // The invite link shown may have brought them here: its token is used up.
    database.afterCommit(onInviteUsed);
    if (known === null) return contacts.add(account, 'request');
    forgetConversation(this.#parts, known);
    return contacts.update(known, { role: 'person' });
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
