/** A message as it leaves the engine. */
import type { Message, MessageState, Quote, Reaction } from '../api.ts';
import type { AmendmentRows } from '../amendments/amendment-rows.ts';
import type { Author } from '../amendments/amendment.ts';
import { nameOf } from '../contacts/contacts.ts';
import type { ContactEntry, Contacts } from '../contacts/contacts.ts';
import { toHex } from '../store/hex.ts';
import type { History } from './history.ts';
import { contentOf } from './message-row.ts';
import type { MessageRow } from './message-row.ts';
import { amendmentProblemWords, problemWords } from './problems.ts';

/** How much of the answered message is shown with the answer, in code points. */
const QUOTE_LENGTH = 120;

/** Who we are. */
export interface Self {
  readonly address: string;
  name(): string;
}

interface Sources extends Self {
  readonly contacts: Contacts;
  readonly amendments: AmendmentRows;
  readonly history: Pick<History, 'byContent'>;
}

/** @param state as it is shown, which may be more than what is kept */
export function describeMessage(sources: Sources, row: MessageRow, state: MessageState): Message {
  const { contacts, amendments } = sources;
  const contact = contacts.byId(row.contact);
  const problem = problemWords(row.problem);
  const { record } = row;
  const who = (author: Author): { from: string; name: string } => nameAndAddress(sources, contact, author);
  const reactions = record.reactions?.filter(({ emoji }) => emoji !== '') ?? [];
  if (record.deleted === true && row.outgoing) state = stateOfDeletion(amendments, row);
  const failed = amendments.failedAbout(row.contact, row.contentId);
  const amendmentProblem = failed === null ? null : amendmentProblemWords(failed.record.amendment, failed.problem);
  return {
    id: toHex(row.contentId),
    conversation: contact?.address ?? '',
    ...who(row.outgoing ? 'self' : 'them'),
    outgoing: row.outgoing,
    sentAt: record.sentAt,
    receivedAt: record.receivedAt,
    content: contentOf(row),
    state,
    storedOn: row.storedOn,
    ...storedAt(row),
    position: row.position,
    ...(problem === undefined ? {} : { problem: problem.text, problemSaid: problem.said }),
    ...(contact?.status === 'request' && !row.outgoing ? { request: true as const } : {}),
    ...(row.replyTo === null ? {} : { replyTo: quote(sources, contact, row.contact, row.replyTo) }),
    ...(record.edit === undefined ? {} : { editedAt: record.edit.at }),
    ...(reactions.length === 0
      ? {}
      : { reactions: reactions.map(({ author, emoji }): Reaction => ({ emoji, ...who(author) })) }),
    ...(row.disappear === 0 ? {} : { disappearAfter: row.disappear }),
    ...(row.expiresAt === 0 ? {} : { expiresAt: row.expiresAt }),
    ...(amendmentProblem === null
      ? {}
      : { amendmentProblem: amendmentProblem.text, amendmentProblemSaid: amendmentProblem.said }),
  };
}

function storedAt({ outgoing, storedAt: stored }: MessageRow): Pick<Message, 'storedNodes' | 'storedOf'> {
  return !outgoing || stored === null ? {} : { storedNodes: [...stored.nodes], storedOf: stored.of };
}

/** Of a message that was taken back it counts whether the other side knows. */
function stateOfDeletion(amendments: AmendmentRows, row: MessageRow): MessageState {
  const deletion = amendments
    .about(row.contact, row.contentId)
    .find(({ record }) => record.amendment?.kind === 'delete');
  // Without one, nobody but us ever had the message.
  return deletion?.state ?? 'delivered';
}

function nameAndAddress(self: Self, contact: ContactEntry | null, author: Author): { from: string; name: string } {
  if (author === 'self') return { from: self.address, name: self.name() };
  return { from: contact?.address ?? '', name: contact === null ? '' : nameOf(contact) };
}

function quote(sources: Sources, contact: ContactEntry | null, contactId: number, target: Uint8Array): Quote {
  const id = toHex(target);
  const answered = sources.history.byContent(contactId, target);
  if (answered === null || answered.hidden || answered.gap) return { id, from: '', name: '', text: '' };
  const author = nameAndAddress(sources, contact, answered.outgoing ? 'self' : 'them');
  // Bounded before it is taken apart: a text may be 40 KB long.
  const points = Array.from((answered.record.text ?? '').slice(0, 2 * QUOTE_LENGTH + 2));
  const text = points.length > QUOTE_LENGTH ? `${points.slice(0, QUOTE_LENGTH).join('').trimEnd()}…` : points.join('');
  return { id, ...author, text, position: answered.position };
}
