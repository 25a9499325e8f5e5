/**
 * From planned contents to sealed envelopes. One transaction stores the new session states together with the
 * envelopes made with them; only then is anything sent, and what is stored is never encrypted again (ENG-5).
 */
import { encryptWithRecord, sendingSession, startSession, withSession } from '@sotto/protocol/ratchet';
import type { SessionRecord } from '@sotto/protocol/ratchet';
import { decodeDeviceCertificate, SealedKind } from '@sotto/protocol/wire';
import type { DeviceCertificate } from '@sotto/protocol/wire';
import { DEFAULT_EXPIRY_SECONDS } from '@sotto/protocol/mailbox';
import type { Clock, Primitives, Random } from '../ports.ts';
import type { ContactEntry, Contacts } from '../contacts/contacts.ts';
import { askAgainBody, composeContent, helloBody, receiptBody, textBody } from './contents.ts';
import type { Body } from './contents.ts';
import type { Database } from '../store/database.ts';
import type { History } from '../history/history.ts';
import type { MessageRow } from '../history/message-row.ts';
import type { OwnIdentity } from '../account/identity-store.ts';
import { KIND } from './outbox-rows.ts';
import type { OutboxRows, PlannedRow } from './outbox-rows.ts';
import type { Profile } from '../account/profile.ts';
import type { Sealer } from './sealer.ts';
import type { Sessions } from '../contacts/sessions.ts';
import type { Target } from './targets.ts';

/** One content, composed. */
interface Composed {
  readonly row: PlannedRow;
  readonly message: MessageRow | null;
  readonly order: number;
  readonly content: Uint8Array;
}

/** What one device gets. */
interface Encrypted {
  readonly target: Target;
  readonly version: number;
  readonly record: SessionRecord;
  readonly bodies: readonly Uint8Array[];
}

/** Attempts to commit before others may go first. */
const MAX_ATTEMPTS = 5;

export interface EncryptionParts {
  readonly platform: { readonly primitives: Primitives; readonly random: Random; readonly clock: Clock };
  readonly database: Database;
  readonly own: OwnIdentity;
  readonly profile: Profile;
  readonly contacts: Contacts;
  readonly sessions: Sessions;
  readonly history: History;
  readonly rows: OutboxRows;
  readonly sealer: Sealer;
}

export class Encryption {
  readonly #parts: EncryptionParts;
  readonly #certificate: DeviceCertificate;

  constructor(parts: EncryptionParts) {
    this.#parts = parts;
    this.#certificate = decodeDeviceCertificate(parts.own.device.certificate);
  }

  /**
   * Encrypts planned rows for every target and stores the result.
   * @returns false when something else used a session meanwhile; nothing was stored or sent, the rows are still planned
   * @throws RatchetError, SealedError, StoreError
   */
  async run(contactId: number, rows: readonly PlannedRow[], targets: readonly Target[]): Promise<boolean> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const contact = this.#parts.contacts.byId(contactId);
      if (contact === null) return true;
      const nextOrder = this.#nextOrder(contactId);
      const composed = this.#compose(contact, rows, nextOrder);
      const encrypted: Encrypted[] = [];
      for (const target of targets) encrypted.push(await this.#encryptFor(contact, target, composed));
      if (this.#commit(contact, rows, nextOrder, composed, encrypted)) return true;
    }
    return false;
  }

  #compose(contact: ContactEntry, rows: readonly PlannedRow[], nextOrder: number): Composed[] {
    const { platform, own, profile, history } = this.#parts;
    const composed: Composed[] = [];
    let order = nextOrder;
    for (const row of rows) {
      const message = row.kind === KIND.text ? history.byContent(contact.id, row.contentId) : null;
      const body = bodyOf(row, message);
      if (body === null) continue;
      const orderOfRow = message === null ? 0 : message.order > 0 ? message.order : order++;
      const draft = { id: row.contentId, sentAt: row.payload.sentAt, order: orderOfRow, body };
      const content = composeContent(platform.primitives, own, profile.current, contact, draft);
      composed.push({ row, message, order: orderOfRow, content });
    }
    return composed;
  }

  async #encryptFor(contact: ContactEntry, target: Target, composed: readonly Composed[]): Promise<Encrypted> {
    const { sessions, own, sealer } = this.#parts;
    const { primitives, random, clock } = this.#parts.platform;
    const { device } = target;
    const { identityKey, identitySecret } = own.device;
    const read = sessions.read(contact.account, device);
    let { record } = read;
    const nowMs = clock.now();
    if (sendingSession(record, nowMs) === null && target.bundle !== null) {
      const local = { identityKey, identitySecret, registrationId: own.registrationId };
      record = withSession(record, startSession(primitives, random, { local, bundle: target.bundle, nowMs }));
    }
    const bodies: Uint8Array[] = [];
    for (const { row, content } of composed) {
      const step = encryptWithRecord(primitives, random, record, content, nowMs);
      record = step.record;
      const message = {
        certificate: this.#certificate,
        kind: step.kind === 'prekey' ? SealedKind.PREKEY : SealedKind.RATCHET,
        contentId: row.contentId,
        message: step.message,
      };
      bodies.push(await sealer.seal({ sealKey: target.sealKey, mailbox: contact.account, device, message }));
    }
    return { target, version: read.version, record, bodies };
  }

  /** @returns false when a session or the counter was used by somebody else since it was read */
  #commit(
    contact: ContactEntry,
    rows: readonly PlannedRow[],
    nextOrder: number,
    composed: readonly Composed[],
    encrypted: readonly Encrypted[],
  ): boolean {
    const { database, sessions, history, rows: outbox, platform } = this.#parts;
    const expires = Math.floor(platform.clock.now() / 1000) + DEFAULT_EXPIRY_SECONDS;
    return database.transaction(() => {
      const overtaken = encrypted.some(
        ({ target, version }) => sessions.read(contact.account, target.device).version !== version,
      );
      if (overtaken || this.#nextOrder(contact.id) !== nextOrder || rows.some(({ id }) => !outbox.isPlanned(id))) {
        return false;
      }
      for (const { target, record } of encrypted) sessions.write(contact.account, target.device, record);
      let order = nextOrder;
      for (const [i, { row, message, order: given }] of composed.entries()) {
        for (const { target, bodies } of encrypted) {
          const body = bodies[i];
          if (body !== undefined) outbox.addSealed(row, target.device, body, expires, this.#tells(row, contact));
        }
        if (message !== null && given >= order) {
          history.setOrder(message.position, given);
          order = given + 1;
        }
      }
      if (order !== nextOrder) this.#setNextOrder(contact.id, order);
      for (const { id } of rows) outbox.remove(id);
      return true;
    });
  }

  /** The version of our profile that a receipt for this content would confirm. */
  #tells(row: PlannedRow, contact: ContactEntry): number {
    const { version } = this.#parts.profile.current;
    return row.kind !== KIND.receipt && contact.told < version ? version : 0;
  }

  #nextOrder(contact: number): number {
    const row = this.#parts.database.store.get('SELECT next FROM stream WHERE contact = ? AND device = 0', contact);
    return Number(row?.['next'] ?? 1);
  }

  #setNextOrder(contact: number, next: number): void {
    const sql = 'INSERT OR REPLACE INTO stream (contact, device, next) VALUES (?, 0, ?)';
    this.#parts.database.store.run(sql, contact, next);
  }

  /**
   * A message that certainly never reached anybody gives its order back when it was the last one, so that the next
   * message does not wait for it at the other end.
   */
  releaseOrder(message: MessageRow): boolean {
    if (message.order === 0 || this.#nextOrder(message.contact) !== message.order + 1) return false;
    this.#setNextOrder(message.contact, message.order);
    this.#parts.history.setOrder(message.position, 0);
    return true;
  }
}

/** null: what it says is gone. */
function bodyOf({ kind, payload }: PlannedRow, message: MessageRow | null): Body | null {
  switch (kind) {
    case KIND.text:
      return message?.record.text === undefined ? null : textBody(message.record.text);
    case KIND.receipt:
      return receiptBody(payload.receipt ?? 'delivered', [...(payload.ids ?? [])]);
    case KIND.askAgain:
      return askAgainBody(payload.orders ?? []);
    case KIND.hello:
      return helloBody();
    default:
      return null;
  }
}
