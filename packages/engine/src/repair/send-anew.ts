/**
 * What a device has not confirmed is encrypted anew for it, under its id: after a session was lost on either side the
 * confirmation may be lost with it, and an envelope that was taken once is not given out again. It is shown once (ENG-42).
 */
import type { ContactEntry } from '../contacts/contacts.ts';
import { KIND } from '../outbox/outbox-rows.ts';
import type { OutboxRows } from '../outbox/outbox-rows.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { sentAtOf } from '../outbox/own-contents.ts';
import type { OwnContents } from '../outbox/own-contents.ts';
import type { Timers } from '../timers.ts';

const KINDS = [KIND.text, KIND.amend, KIND.hello, KIND.sync];

export interface SendAnewParts {
  readonly timers: Timers;
  readonly ownContents: OwnContents;
  readonly outboxRows: OutboxRows;
  readonly outbox: Outbox;
}

/**
 * Inside a transaction. @param device null: all of the contact's @param only this row of the outbox; null: all
 * @returns whether there was anything
 */
export function sendAnew(
  parts: SendAnewParts,
  contact: ContactEntry,
  device: number | null,
  only: number | null = null,
): boolean {
  let sent = false;
  const { timers, ownContents, outboxRows, outbox } = parts;
  for (const row of outboxRows.unconfirmed(contact.id, KINDS)) {
    if ((device !== null && row.device !== device) || (only !== null && row.id !== only)) continue;
    const content = ownContents.find(contact.id, row.contentId);
    if (content === null && row.kind !== KIND.hello && row.payload === null) continue;
    outboxRows.remove(row.id);
    const sentAt = content === null ? timers.now() : sentAtOf(content);
    outbox.plan(contact, row.contentId, row.kind, row.payload ?? { sentAt }, row.device);
    sent = true;
  }
  return sent;
}
