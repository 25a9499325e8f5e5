import { type DatabaseSync } from 'node:sqlite';
import { keyOf } from '../key-of.ts';
import { type QueuedEnvelope, type StoreItem, type StoreOutcome } from '../relay-store.ts';
import { type StoreLimits } from '../store-limits.ts';
import { type DirectoryTables } from './directory-tables.ts';
import { knownId, tagOf } from './known-id.ts';
import { CONTACT, type LaneNumber, type Mailbox, Mailboxes, type Recent, STRANGER, type Usage } from './mailboxes.ts';
import { RecentEnvelopes } from './recent-envelopes.ts';
import { SequenceSource } from './sequence-source.ts';

/**
 * Envelopes on the disk. Every method runs inside the caller's transaction; after a rollback the caller calls
 * `load`, which reads everything kept in memory afresh.
 */
export class EnvelopeTables {
  readonly mailboxes: Mailboxes;
  readonly recent: RecentEnvelopes;
  readonly #limits: StoreLimits;
  readonly #tokens: Pick<DirectoryTables, 'tokenIsValid' | 'spendToken'>;
  readonly #sequences: SequenceSource;
  readonly #statements;

  constructor(
    database: DatabaseSync,
    limits: StoreLimits,
    tokens: Pick<DirectoryTables, 'tokenIsValid' | 'spendToken'>,
  ) {
    this.#limits = limits;
    this.#tokens = tokens;
    this.mailboxes = new Mailboxes(database);
    this.recent = new RecentEnvelopes(database, this.mailboxes);
    this.#sequences = new SequenceSource(database);
    this.#statements = {
      insert: database.prepare('INSERT INTO envelope VALUES (?, ?, ?, ?, ?, ?)'),
      selectKnown: database.prepare('SELECT sequence FROM known WHERE expires = ? AND id = ?'),
      select: database.prepare('SELECT id, expires, body FROM envelope WHERE sequence = ?'),
      selectWaiting: database.prepare(
        `SELECT waiting.sequence AS sequence, id, expires, body
         FROM waiting CROSS JOIN envelope ON envelope.sequence = waiting.sequence
         WHERE waiting.mailbox = ? AND waiting.sequence > ? AND waiting.sequence <= ?
         ORDER BY waiting.sequence LIMIT ?`,
      ),
      findByTag: database.prepare(
        `SELECT waiting.sequence AS sequence, waiting.lane AS lane, bytes, id, expires
         FROM waiting CROSS JOIN envelope ON envelope.sequence = waiting.sequence
         WHERE waiting.mailbox = ? AND waiting.sequence <= ? AND tag IN (SELECT value FROM json_each(?))
         ORDER BY waiting.sequence`,
      ),
      remove: database.prepare('DELETE FROM envelope WHERE sequence = ?'),
      removeWaiting: database.prepare('DELETE FROM waiting WHERE mailbox = ? AND sequence = ?'),
      markKnown: database.prepare('UPDATE known SET sequence = 0 WHERE expires = ? AND id = ?'),
      insertTaken: database.prepare('INSERT INTO taken VALUES (?, ?, ?)'),
    };
  }

  load(): void {
    this.mailboxes.clear();
    this.#sequences.load();
    this.recent.load();
  }

  store(item: StoreItem): StoreOutcome {
    const { id, expires, body, tokenHash } = item;
    const key = keyOf(id);
    const recent = this.recent.get(key);
    if (recent !== undefined) return recent.gone ? 'acknowledged' : 'duplicate';
    const known = this.#statements.selectKnown.get(expires, knownId(id));
    if (known !== undefined) return known['sequence'] === 0 ? 'acknowledged' : 'duplicate';
    if (tokenHash !== null && !this.#tokens.tokenIsValid(item.mailbox, tokenHash)) return 'token-used';
    const mailbox = this.mailboxes.findOrCreate(item.mailbox, item.device, this.recent.settledThrough);
    const lane = item.lane === 'contact' ? CONTACT : STRANGER;
    if (!this.#hasRoom(lane, mailbox.usage[lane], body.length)) return 'quota';

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
    return taken;
  }

  waiting(account: Uint8Array, device: number): number {
    const mailbox = this.mailboxes.find(account, device, this.recent.settledThrough);
    return mailbox === null ? 0 : count(mailbox);
  }

  acknowledge(account: Uint8Array, device: number, ids: readonly Uint8Array[]): void {
    const mailbox = this.mailboxes.find(account, device, this.recent.settledThrough);
    if (mailbox === null) return;
    const settled: Uint8Array[] = [];
    for (const id of ids) {
      const recent = this.recent.get(keyOf(id));
      if (recent === undefined) settled.push(id);
      else if (recent.mailbox === mailbox && !recent.gone) this.#acknowledgeRecent(mailbox, recent, id);
    }
    if (settled.length > 0 && hasSettled(mailbox)) this.#acknowledgeSettled(mailbox, settled);
  }

  #acknowledgeRecent(mailbox: Mailbox, recent: Recent, id: Uint8Array): void {
    this.#statements.remove.run(recent.sequence);
    this.#statements.insertTaken.run(recent.sequence, recent.expires, id);
    if (this.recent.mayHaveRows(recent)) {
      this.#statements.removeWaiting.run(mailbox.number, recent.sequence);
      this.#statements.markKnown.run(recent.expires, knownId(id));
    }
    mailbox.recent.remove(recent);
    subtract(mailbox.usage[recent.lane], recent.bytes);
  }

  // A recipient acknowledges what came first, so the scan of its rows ends early; at worst it sees its own quota once.
  #acknowledgeSettled(mailbox: Mailbox, ids: readonly Uint8Array[]): void {
    const wanted = new Set(ids.map(keyOf));
    const tags = JSON.stringify(ids.map(tagOf));
    const found = [];
    for (const row of this.#statements.findByTag.iterate(mailbox.number, this.recent.settledThrough, tags)) {
      if (wanted.delete(keyOf(row['id'] as Uint8Array))) found.push(row);
      if (wanted.size === 0) break;
    }
    for (const { sequence, lane, bytes, id, expires } of found) {
      this.#statements.remove.run(sequence!);
      this.#statements.removeWaiting.run(mailbox.number, sequence!);
      this.#statements.markKnown.run(expires!, knownId(id as Uint8Array));
      subtract(mailbox.usage[lane as LaneNumber], Number(bytes));
    }
  }

  #hasRoom(lane: LaneNumber, usage: Usage, bytes: number): boolean {
    const { contactEnvelopes, contactBytes, strangerEnvelopes } = this.#limits;
    if (lane === STRANGER) return usage.envelopes < strangerEnvelopes;
    return usage.envelopes < contactEnvelopes && usage.bytes + bytes <= contactBytes;
  }
}

export function subtract(usage: Usage, bytes: number): void {
  usage.envelopes--;
  usage.bytes -= bytes;
}

const count = ({ usage }: Mailbox): number => usage[CONTACT].envelopes + usage[STRANGER].envelopes;

const hasSettled = (mailbox: Mailbox): boolean => count(mailbox) > mailbox.recent.size;
