/** What a person began to write and has not sent: one sealed value a conversation, of this device alone (ENG-37). */
import { EngineError } from '../api.ts';
import type { Draft } from '../api.ts';
import type { ContactEntry, Contacts } from '../contacts/contacts.ts';
import type { Database } from '../store/database.ts';
import { say } from '../sentences/say.ts';

/** UTF-16 units. More than fits a message, for a text that is still to be made shorter. */
const MAX_DRAFT = 100_000;
const PREFIX = 'draft/';

interface DraftRecord {
  readonly text: string;
  readonly replyTo?: string;
  readonly savedAt: number;
}

export class Drafts {
  readonly #database: Database;
  readonly #contacts: Pick<Contacts, 'byId'>;

  constructor(database: Database, contacts: Pick<Contacts, 'byId'>) {
    this.#database = database;
    this.#contacts = contacts;
  }

  /** Takes the place of the one there was; without a text it is forgotten. @throws EngineError('too-long') */
  save(contact: ContactEntry, draft: DraftRecord): void {
    if (draft.text.length > MAX_DRAFT) {
      throw new EngineError('too-long', say('draft-too-long', { most: MAX_DRAFT }));
    }
    const name = `${PREFIX}${contact.id}`;
    this.#database.transaction(() => {
      if (draft.text === '') this.#database.removeMeta(name);
      else this.#database.setMeta(name, draft);
    });
  }

  all(): Draft[] {
    return this.#database.getMetaNames(PREFIX).flatMap((name): Draft[] => {
      const contact = this.#contacts.byId(Number(name.slice(PREFIX.length)));
      const record = this.#database.getMeta(name) as DraftRecord | null;
      return contact === null || record === null ? [] : [{ conversation: contact.address, ...record }];
    });
  }
}
