import { type DatabaseSync } from 'node:sqlite';
import { type AcknowledgeItem, type QueuedEnvelope, type StoreItem, type StoreOutcome } from '../relay-store.ts';
import { type StoreLimits, UNPROVEN_SHARE } from '../store-limits.ts';
import { type DirectoryTables } from './directory-tables.ts';
import { CONTACT, type LaneNumber, type Mailbox, Mailboxes, STRANGER, subtract, type Usage } from './mailboxes.ts';
import { RecentEnvelopes } from './recent-envelopes.ts';
import { SequenceSource } from './sequence-source.ts';
import { type SettlementPace } from './settlement.ts';
import { keyOfId, shortIdOf } from './short-id.ts';
import { TakenElsewhere } from './taken-elsewhere.ts';

/**
 * Envelopes on the disk. Every method runs inside the caller's transaction; after a rollback the caller calls
 * `load`, which reads everything kept in memory afresh.
 */
export class EnvelopeTables {
  readonly mailboxes: Mailboxes;
  readonly recent: RecentEnvelopes;
  readonly elsewhere: TakenElsewhere;
  readonly #limits: StoreLimits;
  readonly #tokens: Pick<DirectoryTables, 'tokenIsValid' | 'spendToken'>;
  readonly #sequences: SequenceSource;
  readonly #statements;

  constructor(
    database: DatabaseSync,
    limits: StoreLimits,
    tokens: Pick<DirectoryTables, 'tokenIsValid' | 'spendToken'>,
    pace: SettlementPace,
  ) {
    this.#limits = limits;
    this.#tokens = tokens;
    this.mailboxes = new Mailboxes(database);
    this.recent = new RecentEnvelopes(database, this.mailboxes, pace);
    this.elsewhere = new TakenElsewhere(database, this.mailboxes);
    this.#sequences = new SequenceSource(database);
    this.#statements = {
      insert: database.prepare('INSERT INTO envelope VALUES (?, ?, ?, ?, ?, ?)'),
      selectKnown: database.prepare('SELECT sequence FROM known WHERE expires = ? AND id = ?'),
      select: database.prepare('SELECT id, expires, body FROM envelope WHERE sequence = ?'),
      selectWaiting: database.prepare(
        `SELECT waiting.sequence AS sequence, envelope.id AS id, envelope.expires AS expires, body
         FROM waiting CROSS JOIN envelope ON envelope.sequence = waiting.sequence
         WHERE waiting.mailbox = ? AND waiting.sequence > ? AND waiting.sequence <= ?
         ORDER BY waiting.sequence LIMIT ?`,
      ),
      selectHead: database.prepare('SELECT max(sequence) AS head FROM waiting WHERE mailbox = ? AND sequence <= ?'),
      removeWaiting: database.prepare(
        `DELETE FROM waiting WHERE mailbox = ? AND sequence <= ? AND id IN (SELECT unhex(value) FROM json_each(?))
         RETURNING sequence, expires, lane, bytes, id`,
      ),
    };
  }

  load(): void {
    this.mailboxes.clear();
    this.#sequences.load();
    this.recent.load();
  }

  store(item: StoreItem): StoreOutcome {
    const { id, expires, body, tokenHash } = item;
    const key = keyOfId(id);
    const recent = this.recent.get(key);
    if (recent !== undefined) return recent.gone ? 'acknowledged' : 'duplicate';
    const known = this.#statements.selectKnown.get(expires, shortIdOf(id));
    if (known !== undefined) return known['sequence'] === 0 ? 'acknowledged' : 'duplicate';
    const { settledThrough } = this.recent;
    let mailbox = this.mailboxes.find(item.mailbox, item.device, settledThrough);
    if (mailbox !== null && mailbox.elsewhere > 0 && this.elsewhere.has(mailbox, id)) return 'acknowledged';
    if (tokenHash !== null && !this.#tokens.tokenIsValid(item.mailbox, tokenHash)) return 'token-used';
    mailbox ??= this.mailboxes.create(item.mailbox, item.device, settledThrough);
    const lane = item.lane === 'contact' ? CONTACT : STRANGER;
    if (!this.#hasRoom(lane, mailbox.usage[lane], item)) return 'quota';

    if (tokenHash !== null) this.#tokens.spendToken(item.mailbox, tokenHash);
    const sequence = this.#sequences.next();
    this.#statements.insert.run(sequence, mailbox.number, lane, expires, id, body);
    this.recent.add({ sequence, mailbox, key, lane, expires, bytes: body.length, gone: false });
    return 'stored';
  }

  take(account: Uint8Array, device: number, after: number, limit: number): QueuedEnvelope[] {
    const { settledThrough } = this.recent;
    const mailbox = this.mailboxes.find(account, device, settledThrough);
    if (mailbox === null || limit <= 0) return [];
    const taken: QueuedEnvelope[] = [];
    if (after < settledThrough && hasSettled(mailbox)) {
      for (const row of this.#statements.selectWaiting.iterate(mailbox.number, after, settledThrough, limit)) {
        taken.push(row as unknown as QueuedEnvelope);
      }
    }
    for (const { sequence } of mailbox.recent.after(after, limit - taken.length)) {
      const { id, expires, body } = this.#statements.select.get(sequence) as unknown as QueuedEnvelope;
      taken.push({ sequence, id, expires, body });
    }
    mailbox.handedOutThrough = Math.max(mailbox.handedOutThrough, taken.at(-1)?.sequence ?? 0);
    return taken;
  }

  waiting(account: Uint8Array, device: number): number {
    const mailbox = this.mailboxes.find(account, device, this.recent.settledThrough);
    return mailbox === null ? 0 : count(mailbox);
  }

  head(account: Uint8Array, device: number): number {
    const mailbox = this.mailboxes.peek(account, device);
    if (mailbox === null) return 0;
    const row = this.#statements.selectHead.get(mailbox.number, this.recent.settledThrough);
    return Math.max(Number(row?.['head'] ?? 0), mailbox.recent?.newest ?? 0);
  }

  acknowledge({ mailbox: account, device, ids, expires }: AcknowledgeItem): void {
    const { settledThrough } = this.recent;
    let mailbox = this.mailboxes.find(account, device, settledThrough);
    if (mailbox === null) {
      if (expires === undefined) return;
      mailbox = this.mailboxes.create(account, device, settledThrough);
    }
    // First: afterwards what was here would look as if it never was.
    if (expires !== undefined) this.#noteUnknown(mailbox, ids, expires);
    const settled: Uint8Array[] = [];
    for (const id of ids) {
      const recent = this.recent.get(keyOfId(id));
      if (recent === undefined) settled.push(id);
      else if (recent.mailbox === mailbox) this.recent.acknowledge(recent, id);
    }
    if (settled.length > 0 && hasSettled(mailbox)) this.#acknowledgeSettled(mailbox, settled);
  }

  #noteUnknown(mailbox: Mailbox, ids: readonly Uint8Array[], expires: readonly number[]): void {
    for (const [index, id] of ids.entries()) {
      if (mailbox.elsewhere >= this.#limits.contactEnvelopes) return;
      const expiry = expires[index]!;
      if (this.recent.get(keyOfId(id)) !== undefined) continue;
      if (this.#statements.selectKnown.get(expiry, shortIdOf(id)) === undefined)
        this.elsewhere.add(mailbox, id, expiry);
    }
  }

  #acknowledgeSettled(mailbox: Mailbox, ids: readonly Uint8Array[]): void {
    const wanted = new Set(ids.map((id) => Buffer.from(shortIdOf(id)).toString('hex')));
    const { settledThrough } = this.recent;
    const handedOut = Math.min(mailbox.handedOutThrough, settledThrough);
    const found = this.#removeWaiting(mailbox, handedOut, wanted);
    // After a restart, or an id that is not there: at worst a scan of the device's own quota.
    if (found < wanted.size && handedOut < settledThrough) this.#removeWaiting(mailbox, settledThrough, wanted);
  }

  #removeWaiting(mailbox: Mailbox, through: number, ids: ReadonlySet<string>): number {
    const rows = this.#statements.removeWaiting.all(mailbox.number, through, JSON.stringify([...ids]));
    for (const { sequence, expires, lane, bytes, id } of rows) {
      this.recent.acknowledgeSettled(Number(sequence), Number(expires), id as Uint8Array);
      subtract(mailbox.usage[lane as LaneNumber], Number(bytes));
    }
    return rows.length;
  }

  #hasRoom(lane: LaneNumber, usage: Usage, { body, unproven }: StoreItem): boolean {
    const { contactEnvelopes, contactBytes, strangerEnvelopes } = this.#limits;
    if (lane === STRANGER) return usage.envelopes < strangerEnvelopes;
    const share = unproven === true ? UNPROVEN_SHARE : 1;
    return usage.envelopes < contactEnvelopes * share && usage.bytes + body.length <= contactBytes * share;
  }
}

const count = ({ usage }: Mailbox): number => usage[CONTACT].envelopes + usage[STRANGER].envelopes;

const hasSettled = (mailbox: Mailbox): boolean => count(mailbox) > mailbox.recent.size;
