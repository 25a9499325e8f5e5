import { type DatabaseSync } from 'node:sqlite';
import { TOMBSTONE_EXTRA_SECONDS } from '../store-limits.ts';
import { type Mailbox, type Mailboxes } from './mailboxes.ts';
import { shortIdOf } from './short-id.ts';

/**
 * Ids that their device acknowledged at another home before a copy came here. Kept for each mailbox: whoever names an
 * id of somebody else's keeps nothing from anybody.
 */
export class TakenElsewhere {
  readonly #mailboxes: Mailboxes;
  readonly #statements;

  constructor(database: DatabaseSync, mailboxes: Mailboxes) {
    this.#mailboxes = mailboxes;
    this.#statements = {
      select: database.prepare('SELECT 1 FROM taken_elsewhere WHERE mailbox = ? AND id = ?'),
      insert: database.prepare('INSERT OR IGNORE INTO taken_elsewhere VALUES (?, ?, ?)'),
      expire: database.prepare(
        `DELETE FROM taken_elsewhere WHERE (mailbox, id) IN
           (SELECT mailbox, id FROM taken_elsewhere WHERE expires <= ? LIMIT ?) RETURNING mailbox`,
      ),
    };
  }

  has(mailbox: Mailbox, id: Uint8Array): boolean {
    return this.#statements.select.get(mailbox.number, shortIdOf(id)) !== undefined;
  }

  add(mailbox: Mailbox, id: Uint8Array, expires: number): void {
    mailbox.elsewhere += Number(this.#statements.insert.run(mailbox.number, shortIdOf(id), expires).changes);
  }

  /** @returns how many went; as many as `most`: there may be more */
  expire(nowSeconds: number, most: number): number {
    const rows = this.#statements.expire.all(nowSeconds - TOMBSTONE_EXTRA_SECONDS, most);
    for (const { mailbox } of rows) {
      const cached = this.#mailboxes.cached(Number(mailbox));
      if (cached !== null) cached.elsewhere--;
    }
    return rows.length;
  }
}
