/** A message as it is kept: what can be asked of the store in columns, its words sealed. */
import type { Content, MessageState } from '../api.ts';
import type { SqlRow } from '../ports.ts';
import type { Database } from '../store/database.ts';
import { stateOf } from './message-state.ts';

/** The sealed part of a row. */
export interface MessageRecord {
  readonly text?: string;
  readonly unknown?: true;
  readonly undecryptable?: true;
  readonly sentAt: number;
  readonly receivedAt: number;
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
  readonly problem: number;
  readonly record: MessageRecord;
}

export const MESSAGE_COLUMNS =
  'position, contact, content_id, outgoing, state, device, ord, ord_end, gap, stored_on, problem, sealed';

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

  get problem(): number {
    return Number(this.#row['problem']);
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
  if (row.record.undecryptable === true) return { undecryptable: true };
  return row.record.text === undefined ? { unknown: true } : { text: row.record.text };
}
