/** Written into the file, so that a database of another program is not taken for ours: "SOTO". */
export const APPLICATION_ID = 0x534f544f;

/**
 * One step for each version, each leading from the version before; a step that was released is never changed.
 * The file's own version is SQLite's user_version, which changes in the same transaction as the tables.
 *
 * Bodies live in append order: an insert touches the last page only, whoever it is for, and so does an
 * acknowledgement, which only notes what was taken. What touches a random page for each envelope, the indexes `waiting`
 * (by device) and `known` (by id) and the removal of bodies, is done later, many rows at once and sorted (Settlement).
 * Until then an envelope is *recent* and is looked up in memory, which is read back from the tail of `envelope` and
 * from `taken` when the store opens.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE state (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  INSERT INTO state VALUES ('next_sequence', 1), ('settled_through', 0);

  CREATE TABLE mailbox (
    number INTEGER PRIMARY KEY,
    account BLOB NOT NULL,
    device INTEGER NOT NULL,
    UNIQUE (account, device)
  );
  CREATE TABLE envelope (
    sequence INTEGER PRIMARY KEY,
    mailbox INTEGER NOT NULL,
    lane INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    id BLOB NOT NULL,
    body BLOB NOT NULL
  );
  -- Acknowledged and not settled yet, in the order of acknowledgement. Here and below an id is its first 16 bytes.
  CREATE TABLE taken (
    number INTEGER PRIMARY KEY,
    sequence INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    id BLOB NOT NULL
  );
  -- bytes: of the body.
  CREATE TABLE waiting (
    mailbox INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    lane INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    id BLOB NOT NULL,
    PRIMARY KEY (mailbox, sequence)
  ) WITHOUT ROWID;
  -- sequence 0: a tombstone. By expiry first, so that new rows meet in few pages.
  CREATE TABLE known (
    expires INTEGER NOT NULL,
    id BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (expires, id)
  ) WITHOUT ROWID;

  CREATE TABLE account (
    account BLOB PRIMARY KEY,
    list_revision INTEGER,
    list BLOB,
    devices BLOB,
    capability_hash BLOB,
    previous_hash BLOB,
    previous_until INTEGER NOT NULL DEFAULT 0
  ) WITHOUT ROWID;
  CREATE TABLE device_keys (
    account BLOB NOT NULL,
    device INTEGER NOT NULL,
    registration_id INTEGER NOT NULL,
    signed_prekey BLOB NOT NULL,
    last_resort_kyber BLOB NOT NULL,
    seal_key BLOB NOT NULL,
    PRIMARY KEY (account, device)
  );
  -- key NULL: given out; the row stays, so that its id is never taken again.
  CREATE TABLE one_time (
    number INTEGER PRIMARY KEY,
    account BLOB NOT NULL,
    device INTEGER NOT NULL,
    kyber INTEGER NOT NULL,
    id INTEGER NOT NULL,
    key BLOB,
    UNIQUE (account, device, kyber, id)
  );
  CREATE INDEX one_time_held ON one_time (account, device, kyber, number) WHERE key IS NOT NULL;
  CREATE TABLE token (
    account BLOB NOT NULL,
    hash BLOB NOT NULL,
    spent INTEGER NOT NULL,
    PRIMARY KEY (account, hash)
  ) WITHOUT ROWID;
  `,
  // value: 8 bytes, big-endian.
  `
  CREATE TABLE device_state (
    account BLOB NOT NULL,
    device INTEGER NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (account, device)
  ) WITHOUT ROWID;
  `,
  // partition_of: a function that openDatabase defines. signed: encoded SignedAccess of the hashes, or NULL.
  // taken_elsewhere: acknowledged at another home before a copy came here.
  `
  ALTER TABLE mailbox ADD COLUMN partition INTEGER NOT NULL DEFAULT 0;
  UPDATE mailbox SET partition = partition_of(account);
  CREATE INDEX mailbox_partition ON mailbox (partition);
  ALTER TABLE account ADD COLUMN signed BLOB;
  ALTER TABLE account ADD COLUMN signed_at INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE taken_elsewhere (
    mailbox INTEGER NOT NULL,
    id BLOB NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (mailbox, id)
  ) WITHOUT ROWID;
  CREATE INDEX taken_elsewhere_expires ON taken_elsewhere (expires);
  `,
  // signed_device: who signed it; 0: not known, and so no device that stays listed.
  `
  ALTER TABLE account ADD COLUMN signed_device INTEGER NOT NULL DEFAULT 0;
  `,
];
