/** What PostgreSQL keeps, as steps that lead from one version to the next. */
export interface Migration {
  /** Schema version after this step: 1, 2, 3 … without gaps. */
  readonly version: number;
  /**
   * The oldest program, by the schema version it was written for, that may go on working with a database of this
   * version. A step that only adds keeps that of the step before; one that takes away names the program that
   * no longer needs what went: it is released one version later (OPS-11).
   */
  readonly oldestProgram: number;
  /** Runs in one transaction, in the schema `sotto`. */
  readonly sql: string;
}

/** Everything is in a schema of this name: a database may hold other things too. */
export const SCHEMA = 'sotto';

/**
 * `queue` numbers the queue of one device of one account, so that the large tables and their indexes hold 8 bytes in
 * place of 34. Its counters change with each commit and are in no index: with room left on each page (fillfactor) such
 * an update writes no index entry.
 *
 * `envelope` and `tombstone` are partitioned by the day of expiry: what is over is dropped, not deleted row by row.
 * Sequences come from one PostgreSQL sequence while the queue's row is locked: they rise in commit order within a
 * queue, and no dump, restore or standby gives one again.
 *
 * Bodies are ciphertext, so PostgreSQL shall not try to compress them; up to 4 kB they stay beside their row.
 */
const FIRST = `
  CREATE TABLE queue (
    queue bigint GENERATED ALWAYS AS IDENTITY,
    mailbox bytea NOT NULL,
    device smallint NOT NULL,
    partition smallint NOT NULL,
    head bigint NOT NULL DEFAULT 0,
    contacts integer NOT NULL DEFAULT 0,
    contact_bytes bigint NOT NULL DEFAULT 0,
    strangers integer NOT NULL DEFAULT 0,
    elsewhere integer NOT NULL DEFAULT 0,
    PRIMARY KEY (queue),
    UNIQUE (mailbox, device)
  ) WITH (fillfactor = 70);
  CREATE INDEX queue_partition ON queue (partition);

  CREATE SEQUENCE envelope_seq AS bigint CACHE 1;
  CREATE TABLE envelope (
    queue bigint NOT NULL,
    seq bigint NOT NULL,
    exp_day integer NOT NULL,
    lane smallint NOT NULL,
    expires bigint NOT NULL,
    id bytea NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (queue, id, exp_day)
  ) PARTITION BY RANGE (exp_day);
  CREATE INDEX envelope_order ON envelope (queue, seq);
  CREATE INDEX envelope_expires ON envelope (expires);
  ALTER TABLE envelope ALTER COLUMN body SET STORAGE EXTERNAL, ALTER COLUMN id SET STORAGE PLAIN;

  CREATE TABLE tombstone (
    queue bigint NOT NULL,
    exp_day integer NOT NULL,
    expires bigint NOT NULL,
    id bytea NOT NULL,
    PRIMARY KEY (queue, id, exp_day)
  ) PARTITION BY RANGE (exp_day);

  -- Acknowledged at another home before a copy came here.
  CREATE TABLE elsewhere (
    queue bigint NOT NULL,
    id bytea NOT NULL,
    expires bigint NOT NULL,
    PRIMARY KEY (queue, id)
  );
  CREATE INDEX elsewhere_expires ON elsewhere (expires);

  -- The latest time that expire() was told, s: older tombstones do not count any more, wherever they are.
  CREATE TABLE expired (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    through bigint NOT NULL
  ) WITH (fillfactor = 50);
  INSERT INTO expired (through) VALUES (0);

  CREATE TABLE account (
    mailbox bytea PRIMARY KEY,
    list_revision bigint,
    list bytea,
    -- One byte each.
    devices bytea,
    capability_hash bytea,
    previous_hash bytea,
    previous_until bigint NOT NULL DEFAULT 0,
    signed bytea,
    signed_by smallint,
    signed_at bigint NOT NULL DEFAULT 0
  );
  CREATE TABLE device_keys (
    mailbox bytea NOT NULL,
    device smallint NOT NULL,
    registration_id bigint NOT NULL,
    signed_prekey bytea NOT NULL,
    last_resort_kyber bytea NOT NULL,
    seal_key bytea NOT NULL,
    PRIMARY KEY (mailbox, device)
  );
  ALTER TABLE device_keys ALTER COLUMN signed_prekey SET STORAGE EXTERNAL,
    ALTER COLUMN last_resort_kyber SET STORAGE EXTERNAL, ALTER COLUMN seal_key SET STORAGE EXTERNAL;
  -- numeric: up to 2^64 - 1.
  CREATE TABLE device_state (
    mailbox bytea NOT NULL,
    device smallint NOT NULL,
    value numeric(20) NOT NULL,
    PRIMARY KEY (mailbox, device)
  );
  -- key NULL: given out; the row stays, so that its id is never taken again.
  CREATE TABLE one_time (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    mailbox bytea NOT NULL,
    device smallint NOT NULL,
    kyber boolean NOT NULL,
    id bigint NOT NULL,
    key bytea,
    UNIQUE (mailbox, device, kyber, id)
  );
  CREATE INDEX one_time_held ON one_time (mailbox, device, kyber, number) WHERE key IS NOT NULL;
  ALTER TABLE one_time ALTER COLUMN key SET STORAGE EXTERNAL;
  CREATE TABLE token (
    mailbox bytea NOT NULL,
    hash bytea NOT NULL,
    spent boolean NOT NULL DEFAULT false,
    PRIMARY KEY (mailbox, hash)
  );
  CREATE INDEX token_unspent ON token (mailbox) WHERE NOT spent;

  -- Work that one process at a time does. Whoever works under a lease shows its fence: a late one is refused.
  CREATE TABLE lease (
    name text PRIMARY KEY,
    owner text NOT NULL,
    fence bigint NOT NULL,
    until timestamptz NOT NULL
  );
`;

/** A step that was released is never changed. */
export const MIGRATIONS: readonly Migration[] = [{ version: 1, oldestProgram: 1, sql: FIRST }];
