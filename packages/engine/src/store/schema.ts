/** The client's database, version by version. A version once released is never edited: a change is a new entry. */
import { EngineError } from '../api.ts';
import type { ClientStore } from '../ports.ts';
import { say } from '../sentences/say.ts';

/**
 * Columns called `sealed` hold ciphertext (sealed-rows.ts); `tag` is a keyed hash of what it stands for, so that
 * no name, key or content is readable in the file. Positions, states, orders and times of retries are in the clear.
 */
const VERSION_1: readonly string[] = [
  `CREATE TABLE meta (name TEXT PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID`,
  `CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID`,
  `CREATE TABLE contact (id INTEGER PRIMARY KEY, tag BLOB NOT NULL UNIQUE, status INTEGER NOT NULL, sealed BLOB NOT NULL)`,
  // ord: the sender's counter; of a gap the first missing one, and ord_end the last. 0: none given yet.
  `CREATE TABLE message (
    position INTEGER PRIMARY KEY, contact INTEGER NOT NULL, content_id BLOB NOT NULL, outgoing INTEGER NOT NULL,
    state INTEGER NOT NULL, unread INTEGER NOT NULL, device INTEGER NOT NULL, ord INTEGER NOT NULL,
    ord_end INTEGER NOT NULL, gap INTEGER NOT NULL, stored_on INTEGER NOT NULL, problem INTEGER NOT NULL,
    sealed BLOB NOT NULL)`,
  `CREATE UNIQUE INDEX message_by_content ON message (contact, content_id)`,
  `CREATE INDEX message_by_contact ON message (contact, position)`,
  `CREATE INDEX message_unread ON message (contact, position) WHERE unread = 1`,
  `CREATE INDEX message_waiting ON message (position) WHERE outgoing = 1 AND state < 2`,
  `CREATE INDEX message_gap ON message (contact, device, ord) WHERE gap = 1`,
  `CREATE INDEX message_by_order ON message (contact, ord) WHERE outgoing = 1 AND ord > 0`,
  `CREATE TABLE session (tag BLOB PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID`,
  `CREATE TABLE device_list (tag BLOB PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID`,
  `CREATE TABLE prekey (
    kind INTEGER NOT NULL, id INTEGER NOT NULL, created_at INTEGER NOT NULL, uploaded INTEGER NOT NULL,
    sealed BLOB NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID`,
  // stage 0: to encrypt, 1: body ready to send, 2: stored at a node, kept until the recipient's receipt.
  `CREATE TABLE outbox (
    id INTEGER PRIMARY KEY, contact INTEGER NOT NULL, device INTEGER NOT NULL, content_id BLOB NOT NULL,
    kind INTEGER NOT NULL, stage INTEGER NOT NULL, next_at INTEGER NOT NULL, expires INTEGER NOT NULL,
    uncertain INTEGER NOT NULL, told INTEGER NOT NULL, sealed BLOB NOT NULL, body BLOB)`,
  `CREATE INDEX outbox_by_contact ON outbox (contact, stage, id)`,
  `CREATE INDEX outbox_by_content ON outbox (contact, content_id)`,
  `CREATE INDEX outbox_by_time ON outbox (next_at)`,
  `CREATE INDEX outbox_by_expiry ON outbox (expires)`,
  // device 0: our own counter towards that contact; else the next order expected from that device.
  `CREATE TABLE stream (
    contact INTEGER NOT NULL, device INTEGER NOT NULL, next INTEGER NOT NULL,
    PRIMARY KEY (contact, device)) WITHOUT ROWID`,
  `CREATE TABLE held (
    contact INTEGER NOT NULL, device INTEGER NOT NULL, ord INTEGER NOT NULL, content_id BLOB NOT NULL,
    held_at INTEGER NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (contact, device, ord)) WITHOUT ROWID`,
  `CREATE TABLE seen (id BLOB PRIMARY KEY, expires INTEGER NOT NULL) WITHOUT ROWID`,
  `CREATE INDEX seen_by_expiry ON seen (expires)`,
  `CREATE TABLE receipt_due (
    contact INTEGER NOT NULL, content_id BLOB NOT NULL, kind INTEGER NOT NULL,
    PRIMARY KEY (contact, content_id, kind)) WITHOUT ROWID`,
  // Envelopes whose sender's device list is being looked up; tag: of the sender's account.
  `CREATE TABLE parked (
    number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, tag BLOB NOT NULL, expires INTEGER NOT NULL, body BLOB NOT NULL)`,
  `CREATE INDEX parked_by_sender ON parked (tag, number)`,
];

/** Amendments, replies, disappearing messages. */
const VERSION_2: readonly string[] = [
  // Its words are gone and it is not shown; the row stays for a while, so that it is not taken in again.
  `ALTER TABLE message ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0`,
  // Seconds; 0: it stays.
  `ALTER TABLE message ADD COLUMN disappear INTEGER NOT NULL DEFAULT 0`,
  // ms since 1970; 0: not set. Of a hidden row: when it was hidden.
  `ALTER TABLE message ADD COLUMN expires_at INTEGER NOT NULL DEFAULT 0`,
  `ALTER TABLE message ADD COLUMN reply_to BLOB`,
  `CREATE INDEX message_by_deadline ON message (hidden, expires_at) WHERE expires_at > 0`,
  `CREATE INDEX message_by_quoted ON message (contact, reply_to) WHERE reply_to IS NOT NULL`,
  `DROP INDEX message_by_order`,
  `CREATE INDEX message_by_order ON message (contact, device, ord) WHERE outgoing = 1 AND ord > 0`,
  `CREATE TABLE amendment (
    number INTEGER PRIMARY KEY, contact INTEGER NOT NULL, content_id BLOB NOT NULL, target BLOB NOT NULL,
    outgoing INTEGER NOT NULL, device INTEGER NOT NULL, ord INTEGER NOT NULL, state INTEGER NOT NULL,
    problem INTEGER NOT NULL, waits INTEGER NOT NULL, sealed BLOB NOT NULL)`,
  `CREATE UNIQUE INDEX amendment_by_content ON amendment (contact, content_id)`,
  `CREATE INDEX amendment_by_target ON amendment (contact, target)`,
  `CREATE INDEX amendment_by_order ON amendment (contact, device, ord) WHERE outgoing = 1 AND ord > 0`,
  `CREATE INDEX amendment_waiting ON amendment (contact) WHERE outgoing = 1 AND state < 2`,
  `CREATE INDEX amendment_failed ON amendment (contact, target) WHERE state = 5`,
];

/** Several devices of one account. */
const VERSION_3: readonly string[] = [
  // ms since 1970: not sent before, whatever else happens.
  `ALTER TABLE outbox ADD COLUMN not_before INTEGER NOT NULL DEFAULT 0`,
  // What this device told the others of its account, in order, as long as one of them may ask for it again.
  `CREATE TABLE sync_event (
    ord INTEGER PRIMARY KEY, content_id BLOB NOT NULL, created_at INTEGER NOT NULL, sealed BLOB NOT NULL)`,
  // What never came from another device of the account.
  `CREATE TABLE sync_missing (
    device INTEGER NOT NULL, ord INTEGER NOT NULL, next_at INTEGER NOT NULL, tries INTEGER NOT NULL,
    PRIMARY KEY (device, ord)) WITHOUT ROWID`,
  // What is known of a message that is not here yet. kind: 1 they have it, 2 they read it, 3 read on another own device.
  `CREATE TABLE early_state (
    contact INTEGER NOT NULL, content_id BLOB NOT NULL, kind INTEGER NOT NULL, created_at INTEGER NOT NULL,
    PRIMARY KEY (contact, content_id, kind)) WITHOUT ROWID`,
  // Parts of the history for a device that joined, until it confirmed them.
  `CREATE TABLE archive_part (
    device INTEGER NOT NULL, part INTEGER NOT NULL, sent INTEGER NOT NULL, content_id BLOB NOT NULL,
    sealed BLOB NOT NULL, PRIMARY KEY (device, part)) WITHOUT ROWID`,
];

/** Care for sessions. */
const VERSION_4: readonly string[] = [
  // What is to be done about a device whose messages did not open or never came: when it is asked next, how often it was.
  `CREATE TABLE repair (
    contact INTEGER NOT NULL, device INTEGER NOT NULL, next_at INTEGER NOT NULL, asks INTEGER NOT NULL,
    asked_at INTEGER NOT NULL, restarts INTEGER NOT NULL, restarted_at INTEGER NOT NULL, gap_rounds INTEGER NOT NULL,
    PRIMARY KEY (contact, device)) WITHOUT ROWID`,
  // Contents of its that could not be opened.
  `CREATE TABLE repair_content (
    contact INTEGER NOT NULL, device INTEGER NOT NULL, content_id BLOB NOT NULL, failed_at INTEGER NOT NULL,
    PRIMARY KEY (contact, device, content_id)) WITHOUT ROWID`,
];

/** What is kept of the search index (search-snapshots.ts). */
const VERSION_5: readonly string[] = [
  `CREATE TABLE search_snapshot (shard INTEGER PRIMARY KEY, up_to INTEGER NOT NULL, sealed BLOB NOT NULL)`,
  // 4096: SHARD_SIZE. Whatever changes a message that is in a snapshot takes the snapshot with it.
  `CREATE TRIGGER search_changed AFTER UPDATE OF position, contact, gap, hidden, sealed ON message BEGIN
    DELETE FROM search_snapshot WHERE shard = OLD.position / 4096 AND up_to >= OLD.position; END`,
  `CREATE TRIGGER search_removed AFTER DELETE ON message BEGIN
    DELETE FROM search_snapshot WHERE shard = OLD.position / 4096 AND up_to >= OLD.position; END`,
  `CREATE TRIGGER search_added AFTER INSERT ON message BEGIN
    DELETE FROM search_snapshot WHERE shard = NEW.position / 4096 AND up_to >= NEW.position; END`,
];

/** Several homes. */
const VERSION_6: readonly string[] = [
  // Tag of the home that a one-time key is for; empty: of the only one there was, or a key for all homes.
  `ALTER TABLE prekey ADD COLUMN home TEXT NOT NULL DEFAULT ''`,
];

/** Messages are kept by several nodes. */
const VERSION_7: readonly string[] = [
  // The nodes whose receipts were checked, and how many are wanted.
  `ALTER TABLE message ADD COLUMN stored_nodes BLOB`,
  // Of what is at nodes: a tag of the homes among which it was stored; empty when those changed.
  `ALTER TABLE outbox ADD COLUMN homes BLOB`,
];

const MIGRATIONS: readonly (readonly string[])[] = [
  VERSION_1,
  VERSION_2,
  VERSION_3,
  VERSION_4,
  VERSION_5,
  VERSION_6,
  VERSION_7,
];

/** What this program writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/**
 * Brings the database to the newest version, each step in a transaction of its own.
 * @throws EngineError('failed') when a newer program wrote it, StoreError
 */
export function migrate(store: ClientStore): void {
  const found = Number(store.get('PRAGMA user_version')?.['user_version'] ?? 0);
  if (found > SCHEMA_VERSION) {
    throw new EngineError('failed', say('profile-newer-version'));
  }
  for (let version = found; version < SCHEMA_VERSION; version++) {
    store.transaction(() => applySchema(store, version, version + 1));
  }
}

/** The same without a transaction of its own: what is restored is written as it was, then brought up to date. */
export function applySchema(store: ClientStore, from: number, to: number): void {
  for (let version = from; version < to; version++) {
    for (const statement of MIGRATIONS[version] ?? []) store.run(statement);
  }
  store.run(`PRAGMA user_version = ${to}`);
}
