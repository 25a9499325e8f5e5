/**
 * This device's storage went back (ENG-43): what it had written after that and already passed on to the other devices
 * of the account, it asks them for, and it numbers on after what they have seen (DEV-16).
 */
import { sameBytes } from '@sotto/protocol/crypto';
import { create, SyncRecallSchema, SyncSchema } from '@sotto/protocol/wire';
import type { SyncMessage, SyncRecalled } from '@sotto/protocol/wire';
import type { EngineParts } from '../engine-parts.ts';
import { arrivalOf } from '../history/display.ts';
import { stateOf } from '../history/message-state.ts';
import type { Body } from '../outbox/contents.ts';
import { KIND } from '../outbox/outbox-rows.ts';
import { decisions } from './recall-answer.ts';
import { amend, readContent } from './sync-message-in.ts';
import { lastOnline } from './sync-questions.ts';

const NAME = 'recall';
/** Asked for once more, should a clock have been wrong a little. */
const MARGIN_MS = 3_600_000;
/** From one question to the same device to the next: when the storage went back again, and without an answer. */
const PAUSE_MS = 3_600_000;
const PATIENCE_MS = 86_400_000;
/** So long it is tried. */
const KEEP_MS = 60 * 86_400_000;
/** Orders so far ahead are a fault. */
const MAX_JUMP = 1_000_000;

/** Times in ms since 1970. */
interface RecallRecord {
  readonly at: number;
  readonly since: number;
  /** The node has our new keys. */
  readonly isReady: boolean;
  readonly asked: readonly Asked[];
}

interface Asked {
  readonly device: number;
  readonly at: number;
  /** Parts of its answer that came. */
  readonly came: readonly number[];
  readonly isDone: boolean;
}

export class Recall {
  readonly #parts: () => EngineParts;
  /** What was written before, before this run began, is in any image of before. */
  #before = 0;

  constructor(parts: () => EngineParts) {
    this.#parts = parts;
  }

  /** Whether others of the account may still have what was lost. */
  get isOpen(): boolean {
    return this.#parts().ownSide.devices.others.length > 0 && this.#read() !== null;
  }

  /** Before anything else is done. */
  begin(): void {
    this.#before = Math.max(0, (lastOnline(this.#parts().database) ?? 0) - MARGIN_MS);
  }

  /** Inside the transaction that retires the sessions. */
  wentBack(): void {
    const { timers } = this.#parts();
    const known = this.#read();
    const asked = (known?.asked ?? []).map(({ device, at }) => ({ device, at, came: [], isDone: false }));
    const since = Math.min(known?.since ?? this.#before, this.#before);
    this.#write({ at: timers.now(), since, isReady: false, asked });
  }

  /** This is a new device out of a backup of then, and listed. Inside a transaction. @param madeAt ms since 1970 */
  restored(madeAt: number): void {
    this.#write({ at: this.#parts().timers.now(), since: Math.max(0, madeAt - MARGIN_MS), isReady: true, asked: [] });
    this.ask();
  }

  /** The node has the new keys. Inside a transaction. */
  ready(): void {
    const record = this.#read();
    if (record === null) return;
    this.#write({ ...record, isReady: true });
    this.ask();
  }

  /** Asks whom it is time to ask. */
  ask(): void {
    const { database, ownSide, outbox, platform, timers } = this.#parts();
    const record = this.#read();
    const { others } = ownSide.devices;
    if (record === null || !record.isReady || others.length === 0) return;
    const nowMs = timers.now();
    database.transaction(() => {
      if (nowMs - record.at > KEEP_MS) return database.removeMeta(NAME);
      const asked = others.map((device): Asked => {
        const known = record.asked.find((entry) => entry.device === device);
        const pause = known !== undefined && known.at >= record.at ? PATIENCE_MS : PAUSE_MS;
        if (known !== undefined && (known.isDone || nowMs - known.at < pause)) return known;
        const payload = { sentAt: nowMs, recall: record.since };
        outbox.plan(ownSide.sync.contact(), platform.random(16), KIND.sync, payload, device);
        return { device, at: nowMs, came: [], isDone: false };
      });
      this.#write({ ...record, asked });
    });
  }

  /** Inside the inbox's transaction. */
  take(device: number, recalled: SyncRecalled, nowMs: number): void {
    const { contacts, ownSide } = this.#parts();
    const record = this.#read();
    const asked = record?.asked.find((entry) => entry.device === device);
    if (record === null || asked === undefined || asked.isDone || asked.came.includes(recalled.part)) return;
    ownSide.continueAfter(device, { next: Number(recalled.next), told: Number(recalled.told) }, nowMs);
    for (const message of recalled.messages) this.#takeMessage(message, nowMs);
    for (const { account, next } of recalled.orders) {
      const contact = contacts.byAccount(account);
      if (contact?.role === 'person' || contact?.role === 'gone') this.#continueOrders(contact.id, Number(next));
    }
    const came = [...asked.came, recalled.part];
    const now: Asked = { ...asked, came, isDone: came.length === recalled.parts };
    // What only one of the others has comes to the rest as well.
    if (now.isDone && ownSide.devices.others.length > 1) {
      for (const event of decisions(this.#parts(), record.since)) ownSide.sync.tell(event);
    }
    const entries = record.asked.map((entry) => (entry.device === device ? now : entry));
    if (entries.every(({ isDone }) => isDone)) this.#parts().database.removeMeta(NAME);
    else this.#write({ ...record, asked: entries });
  }

  bodyOf(since: number): Body {
    const recall = create(SyncRecallSchema, { since: BigInt(since) });
    return { case: 'sync', value: create(SyncSchema, { event: { case: 'recall', value: recall } }) };
  }

  #takeMessage(message: SyncMessage, nowMs: number): void {
    const { contacts, own } = this.#parts();
    const { account } = message;
    if (sameBytes(account, own.account.publicKey)) return;
    const contact = contacts.byAccount(account) ?? contacts.add(account, 'accepted', {});
    if (contact.role !== 'person') return;
    if (message.outgoing && message.device === own.device.device) this.#takeOwn(contact.id, message, nowMs);
    for (const encoded of message.amendments) amend(this.#parts(), contact, encoded, nowMs);
  }

  /** What this device wrote: once, under its id and order. */
  #takeOwn(contactId: number, message: SyncMessage, nowMs: number): void {
    const { contacts, display, history, own, ownSide } = this.#parts();
    const contact = contacts.byId(contactId);
    const content = readContent(this.#parts(), message.account, message.content);
    if (contact === null || content === null || !sameBytes(content.from, own.account.publicKey)) return;
    const order = Number(content.order);
    const known = history.byContent(contact.id, content.id);
    if (known === null) {
      const sentAt = Number(content.sentAt);
      display.show(contact, 'self', { ...arrivalOf(content, own.device.device, nowMs), receivedAt: sentAt });
      ownSide.shown(contact, content.id);
      if (ownSide.devices.others.length > 1) ownSide.sync.sent(contact, content.id.slice());
    } else if (known.outgoing && known.order === 0) {
      // Still to be sent, as far as this device knows: under the order it was sent with.
      history.setOrder(known.position, order);
    }
    const row = history.byContent(contact.id, content.id);
    const state = stateOf(message.state);
    if (row?.outgoing === true && state !== 'waiting' && state !== 'sent') {
      history.setState(row, state, state === 'failed' ? { problem: 'expired' } : {});
    }
    this.#continueOrders(contact.id, order + 1);
  }

  #continueOrders(contact: number, next: number): void {
    const { store } = this.#parts().database;
    const row = store.get('SELECT next FROM stream WHERE contact = ? AND device = 0', contact);
    const own = Number(row?.['next'] ?? 1);
    if (next <= own || next - own > MAX_JUMP) return;
    store.run('INSERT OR REPLACE INTO stream (contact, device, next) VALUES (?, 0, ?)', contact, next);
  }

  #read(): RecallRecord | null {
    return this.#parts().database.getMeta(NAME) as RecallRecord | null;
  }

  #write(record: RecallRecord): void {
    this.#parts().database.setMeta(NAME, record);
  }
}
