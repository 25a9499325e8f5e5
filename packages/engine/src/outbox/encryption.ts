/**
 * From planned contents to sealed envelopes. One transaction stores the new session states together with the
 * envelopes made with them; only then is anything sent, and what is stored is never encrypted again (ENG-5).
 */
import { encryptWithRecord, sendingSession, startSession, withSession } from '@sotto/protocol/ratchet';
import type { SessionRecord } from '@sotto/protocol/ratchet';
import { envelopeBytesFor } from '@sotto/protocol/sealed';
import { decodeDeviceCertificate, SealedKind } from '@sotto/protocol/wire';
import type { DeviceCertificate } from '@sotto/protocol/wire';
import { DEFAULT_EXPIRY_SECONDS } from '@sotto/protocol/mailbox';
import type { Clock, Primitives, Random } from '../ports.ts';
import type { ContactEntry, Contacts } from '../contacts/contacts.ts';
import { askAgainBody, composeContent, goneBody, helloBody, receiptBody } from './contents.ts';
import type { Body } from './contents.ts';
import type { Database } from '../store/database.ts';
import type { OwnIdentity } from '../account/identity-store.ts';
import { bodyOf } from './own-contents.ts';
import type { OwnContent, OwnContents } from './own-contents.ts';
import { KIND } from './outbox-rows.ts';
import type { OutboxRows, PlannedRow } from './outbox-rows.ts';
import { nextOwnOrder, setNextOwnOrder } from './own-orders.ts';
import type { Profile } from '../account/profile.ts';
import type { Sealer } from './sealer.ts';
import type { Sessions } from '../contacts/sessions.ts';
import type { ViewMark } from '../ring/view-agreement.ts';
import type { AbsentDevice, Target } from './targets.ts';

/** One content, composed. */
interface Composed {
  readonly row: PlannedRow;
  /** When it is one that has an order. */
  readonly ordered: OwnContent | null;
  readonly order: number;
  readonly content: Uint8Array;
}

/** What one device gets. */
interface Encrypted {
  readonly target: Target;
  readonly version: number;
  readonly record: SessionRecord;
  /** One a content, in their order; null: not for this device. */
  readonly bodies: readonly (Uint8Array | null)[];
}

/** Attempts to commit before others may go first. */
const MAX_ATTEMPTS = 5;
/** A device that cannot be written to yet is looked for so soon, then after twice the time, at last so often. */
const LOOK_SOON_MS = 10_000;
const LOOK_LATE_MS = 3_600_000;

export interface EncryptionParts {
  readonly platform: { readonly primitives: Primitives; readonly random: Random; readonly clock: Clock };
  readonly database: Database;
  readonly own: OwnIdentity;
  readonly profile: Profile;
  readonly contacts: Contacts;
  readonly sessions: Sessions;
  readonly ownContents: OwnContents;
  readonly rows: OutboxRows;
  readonly sealer: Sealer;
  /** Listed devices besides the targets; null: a target is not listed any more. */
  readonly absent: (account: Uint8Array, targets: readonly Target[]) => readonly AbsentDevice[] | null;
  /** What to tell them of the network that we see; null: nothing. */
  readonly viewMark: (contact: ContactEntry) => ViewMark | null;
  /** What devices of one account tell each other, and steps of linking; null: what it was about is gone. */
  readonly ownSideBody: (row: PlannedRow) => Body | null;
}

export class Encryption {
  readonly #parts: EncryptionParts;
  #certificate: DeviceCertificate | null = null;

  constructor(parts: EncryptionParts) {
    this.#parts = parts;
  }

  /**
   * Encrypts planned rows for every target and stores the result.
   * @returns false when something else used a session meanwhile, or a target is not listed any more; nothing was stored
   * or sent, the rows are still planned
   * @throws RatchetError, SealedError, StoreError
   */
  async run(contactId: number, rows: readonly PlannedRow[], targets: readonly Target[]): Promise<boolean> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const contact = this.#parts.contacts.byId(contactId);
      if (contact === null) return true;
      // One of them was removed meanwhile: the targets are to be chosen anew.
      if (this.#parts.absent(contact.account, targets) === null) return false;
      const nextOrder = nextOwnOrder(this.#parts.database, contactId);
      const composed = this.#compose(contact, rows, nextOrder);
      const encrypted: Encrypted[] = [];
      for (const target of targets) {
        if (!composed.some(({ row }) => isFor(row, target))) continue;
        const made = await this.#encryptFor(contact, target, composed);
        // Its session was given up since the target was prepared: that is to be done anew.
        if (made === null) return false;
        encrypted.push(made);
      }
      if (this.#commit(contact, rows, nextOrder, composed, { targets, encrypted })) return true;
    }
    return false;
  }

  #compose(contact: ContactEntry, rows: readonly PlannedRow[], nextOrder: number): Composed[] {
    const { platform, own, profile, ownContents } = this.#parts;
    const composed: Composed[] = [];
    const view = this.#parts.viewMark(contact);
    let order = nextOrder;
    for (const row of rows) {
      const isOrdered = row.kind === KIND.text || row.kind === KIND.amend;
      const ordered = isOrdered ? ownContents.find(contact.id, row.contentId) : null;
      const body = isOrdered ? ordered && bodyOf(ordered) : (bodyOfRow(row) ?? this.#parts.ownSideBody(row));
      if (body === null) continue;
      const orderOfRow =
        ordered === null ? (row.payload.order ?? 0) : ordered.row.order > 0 ? ordered.row.order : order++;
      const draft = { id: row.contentId, sentAt: row.payload.sentAt, order: orderOfRow, body, view };
      const content = composeContent(platform.primitives, own, profile.current, contact, draft);
      composed.push({ row, ordered, order: orderOfRow, content });
    }
    return composed;
  }

  async #encryptFor(contact: ContactEntry, target: Target, composed: readonly Composed[]): Promise<Encrypted | null> {
    const { sessions, own, sealer } = this.#parts;
    const { primitives, random, clock } = this.#parts.platform;
    const { device } = target;
    const { identityKey, identitySecret } = own.device;
    const read = sessions.read(contact.account, device);
    let { record } = read;
    const nowMs = clock.now();
    if (sendingSession(record, nowMs) === null) {
      if (target.bundle === null) return null;
      const local = { identityKey, identitySecret, registrationId: own.registrationId };
      record = withSession(record, startSession(primitives, random, { local, bundle: target.bundle, nowMs }));
    }
    const bodies: (Uint8Array | null)[] = [];
    for (const { row, content } of composed) {
      if (!isFor(row, target)) {
        bodies.push(null);
        continue;
      }
      const step = encryptWithRecord(primitives, random, record, content, nowMs);
      record = step.record;
      const message = {
        // Not before something is sent: until then it may still change (joining.ts).
        certificate: (this.#certificate ??= decodeDeviceCertificate(this.#parts.own.device.certificate)),
        kind: step.kind === 'prekey' ? SealedKind.PREKEY : SealedKind.RATCHET,
        contentId: row.contentId,
        message: step.message,
      };
      const { headroom } = step;
      const minimumBytes = envelopeBytesFor(content.length);
      const to = { sealKey: target.sealKey, mailbox: contact.account, device, minimumBytes, headroom };
      bodies.push(await sealer.seal({ ...to, message }));
    }
    return { target, version: read.version, record, bodies };
  }

  /** @returns false when a session or the counter was used by somebody else since it was read */
  #commit(
    contact: ContactEntry,
    rows: readonly PlannedRow[],
    nextOrder: number,
    composed: readonly Composed[],
    { targets, encrypted }: { targets: readonly Target[]; encrypted: readonly Encrypted[] },
  ): boolean {
    const { database, sessions, ownContents, rows: outbox, platform } = this.#parts;
    const expires = Math.floor(platform.clock.now() / 1000) + DEFAULT_EXPIRY_SECONDS;
    return database.transaction(() => {
      const overtaken = encrypted.some(
        ({ target, version }) => sessions.read(contact.account, target.device).version !== version,
      );
      if (
        overtaken ||
        nextOwnOrder(this.#parts.database, contact.id) !== nextOrder ||
        rows.some(({ id }) => !outbox.isPlanned(id))
      ) {
        return false;
      }
      const absent = this.#parts.absent(contact.account, targets);
      if (absent === null) return false;
      for (const { target, record } of encrypted) sessions.write(contact.account, target.device, record);
      let order = nextOrder;
      for (const [i, { row, ordered, order: given }] of composed.entries()) {
        for (const { target, bodies } of encrypted) {
          const body = bodies[i];
          if (body !== undefined && body !== null)
            outbox.addSealed(row, target.device, body, expires, this.#tells(row, contact));
        }
        if (ordered !== null && given >= order) {
          ownContents.setOrder(ordered, given);
          order = given + 1;
        }
      }
      if (order !== nextOrder) setNextOwnOrder(this.#parts.database, contact.id, order);
      const done = new Set(composed.map(({ row }) => row));
      for (const row of rows) {
        if (!done.has(row) || !this.#awaitDevices(row, absent)) outbox.remove(row.id);
      }
      return true;
    });
  }

  /**
   * What devices without usable keys are to get stays planned for each of them alone, until its keys are there or it
   * expires (ENG-52). @returns whether this very row waits
   */
  #awaitDevices(row: PlannedRow, absent: readonly AbsentDevice[]): boolean {
    const { rows, platform } = this.#parts;
    const nowMs = platform.clock.now();
    const at = nowMs + Math.min(LOOK_LATE_MS, Math.max(LOOK_SOON_MS, nowMs - row.payload.sentAt));
    if (row.device !== 0) {
      if (!absent.some(({ device }) => device === row.device)) return false;
      rows.awaitDevice(row.id, at);
      return true;
    }
    for (const { device, isAway } of absent) {
      // Who was never there has nothing that could be confirmed.
      if (row.kind === KIND.receipt && !isAway) continue;
      rows.plan(row.contact, row.contentId, row.kind, row.payload, row.expires, device, at);
    }
    return false;
  }

  /** The version of our profile that a receipt for this content would confirm. */
  #tells(row: PlannedRow, contact: ContactEntry): number {
    const { version } = this.#parts.profile.current;
    return row.kind !== KIND.receipt && contact.told < version ? version : 0;
  }

  /**
   * A content that certainly never reached anybody gives its order back when it was the last one, so that the next
   * content does not wait for it at the other end.
   */
  releaseOrder(content: OwnContent): boolean {
    const { contact, order } = content.row;
    if (order === 0 || nextOwnOrder(this.#parts.database, contact) !== order + 1) return false;
    setNextOwnOrder(this.#parts.database, contact, order);
    this.#parts.ownContents.setOrder(content, 0);
    return true;
  }
}

const isFor = (row: PlannedRow, target: Target): boolean => row.device === 0 || row.device === target.device;

/** Of a content without an order. */
function bodyOfRow({ kind, payload }: PlannedRow): Body | null {
  switch (kind) {
    case KIND.receipt:
      return receiptBody(payload.receipt ?? 'delivered', [...(payload.ids ?? [])]);
    case KIND.askAgain:
      return askAgainBody(payload.orders ?? [], payload.ids ?? []);
    case KIND.gone:
      return goneBody(payload.ids ?? [], payload.until);
    case KIND.hello:
      return helloBody();
    default:
      return null;
  }
}
