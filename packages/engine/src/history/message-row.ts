/** A message as it is kept: what can be asked of the store in columns, its words sealed. */
import type { Content, MessageState } from '../api.ts';
import type { SqlRow } from '../ports.ts';
import type { Author } from '../amendments/amendment.ts';
import type { Stamp } from '../amendments/stamp.ts';
import type { Database } from '../store/database.ts';
import { stateOf } from './message-state.ts';

export interface ReactionRecord {
  readonly author: Author;
  /** Empty: taken back. */
  readonly emoji: string;
  readonly stamp: Stamp;
}

/** The sealed part of a row. */
export interface MessageRecord {
  readonly text?: string;
  readonly unknown?: true;
  readonly undecryptable?: true;
  /** Its author took it back. */
  readonly deleted?: true;
  /** From here on messages of the conversation disappear after so many seconds. */
  readonly timer?: number;
  /** The edit whose text this is. */
  readonly edit?: Stamp;
  /** One an author at most. */
  readonly reactions?: readonly ReactionRecord[];
  readonly sentAt: number;
  readonly receivedAt: number;
}

/** Nodes that have a message. */
export interface StoredAt {
  /** Ids in hex, of those whose receipts were checked. */
  readonly nodes: readonly string[];
  /** How many are wanted. */
  readonly of: number;
}

/** A row as it is kept. */
export interface MessageRow {
  readonly position: number;
  readonly contact: number;
  readonly contentId: Uint8Array;
  readonly outgoing: boolean;
  readonly state: MessageState;
  readonly device: number;
  /** The sender's counter; 0 when none was given. Of a gap: the first that is missing. */
  readonly order: number;
  readonly lastOrder: number;
  readonly gap: boolean;
  readonly storedOn: number;
  /** Where it was stored last, as far as that is known. */
  readonly storedAt: StoredAt | null;
  readonly problem: number;
  /** Its words are gone and it is not shown any more. */
  readonly hidden: boolean;
  /** Seconds from its sending or its first display; 0: it stays. */
  readonly disappear: number;
  /** ms since 1970; 0: its time does not run. */
  readonly expiresAt: number;
  /** Content id of the message it answers. */
  readonly replyTo: Uint8Array | null;
  readonly record: MessageRecord;
}

export const MESSAGE_COLUMNS =
  'position, contact, content_id, outgoing, state, device, ord, ord_end, gap, stored_on, stored_nodes, problem, hidden, disappear, expires_at, reply_to, sealed';

/** A row as it came from the store; its words are unsealed when somebody asks for them. */
export class StoredRow implements MessageRow {
  readonly #database: Database;
  readonly #row: SqlRow;
  #record: MessageRecord | null = null;

  constructor(database: Database, row: SqlRow) {
    this.#database = database;
    this.#row = row;
  }

  get position(): number {
    return Number(this.#row['position']);
  }

  get contact(): number {
    return Number(this.#row['contact']);
  }

  get contentId(): Uint8Array {
    return this.#row['content_id'] as Uint8Array;
  }

  get outgoing(): boolean {
    return this.#row['outgoing'] === 1;
  }

  get state(): MessageState {
    return stateOf(this.#row['state']);
  }

  get device(): number {
    return Number(this.#row['device']);
  }

  get order(): number {
    return Number(this.#row['ord']);
  }

  get lastOrder(): number {
    return Number(this.#row['ord_end']);
  }

  get gap(): boolean {
    return this.#row['gap'] === 1;
  }

  get storedOn(): number {
    return Number(this.#row['stored_on']);
  }

  get storedAt(): StoredAt | null {
    const sealed = this.#row['stored_nodes'];
    if (!(sealed instanceof Uint8Array)) return null;
    return this.#database.rows.openRecord('message-nodes', this.position, sealed) as StoredAt;
  }

  get problem(): number {
    return Number(this.#row['problem']);
  }

  get hidden(): boolean {
    return this.#row['hidden'] === 1;
  }

  get disappear(): number {
    return Number(this.#row['disappear']);
  }

  get expiresAt(): number {
    return Number(this.#row['expires_at']);
  }

  get replyTo(): Uint8Array | null {
    return this.#row['reply_to'] as Uint8Array | null;
  }

  get record(): MessageRecord {
    const { rows } = this.#database;
    this.#record ??= rows.openRecord('message', this.position, this.#row['sealed']) as MessageRecord;
    return this.#record;
  }
}

/** What is shown in its place. */
export function contentOf(row: MessageRow): Content {
  if (row.gap) return { gap: row.lastOrder - row.order + 1 };
  const { text, undecryptable, deleted, timer } = row.record;
  if (deleted === true) return { deleted: true };
  if (undecryptable === true) return { undecryptable: true };
  if (timer !== undefined) return { timer };
  return text === undefined ? { unknown: true } : { text };
}
