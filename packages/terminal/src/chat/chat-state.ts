import type { Connection, Contact, Message, Whoami } from '@sotto/engine/api';
import { EMPTY_DRAFT, type Draft } from '../screen/line-editor.ts';

/** A line of Sotto itself between the messages: a command's answer, somebody came, an announcement. */
export interface Notice {
  readonly notice: string;
  readonly at: number;
  readonly urgent: boolean;
}

export type Entry = Message | Notice;

export interface Conversation {
  /** In rising order. */
  readonly entries: readonly Entry[];
  /** Whether the newest page of the history was read. */
  readonly loaded: boolean;
  /** Older messages wait in the history. */
  readonly more: boolean;
  /** Rows between the newest line and the bottom of the pane; 0 follows the conversation. */
  readonly scroll: number;
  /** Messages that came while scrolled up. */
  readonly unseen: number;
  readonly draft: Draft;
  /** While the draft is a command that takes a number: ids of the messages, number 1 first. */
  readonly numbered: readonly string[] | null;
}

export interface ChatState {
  readonly me: Whoami;
  readonly connection: Connection;
  /** Newest conversation first. */
  readonly contacts: readonly Contact[];
  /** Address of the open conversation, or '' for the start page. */
  readonly open: string;
  readonly conversations: ReadonlyMap<string, Conversation>;
}

export const START = '';

const NOTHING: Conversation = {
  entries: [],
  loaded: false,
  more: true,
  scroll: 0,
  unseen: 0,
  draft: EMPTY_DRAFT,
  numbered: null,
};
/** Kept in memory for one conversation; older ones are read again when scrolled to. */
const MAX_ENTRIES = 5_000;

export function startState(me: Whoami, connection: Connection, contacts: readonly Contact[]): ChatState {
  return { me, connection, contacts: sorted(contacts), open: START, conversations: new Map() };
}

export const isNotice = (entry: Entry): entry is Notice => 'notice' in entry;

export function conversationOf(state: ChatState, address: string = state.open): Conversation {
  return state.conversations.get(address) ?? NOTHING;
}

export function contactOf(state: ChatState, address: string): Contact | undefined {
  return state.contacts.find((contact) => contact.address === address);
}

export function withConversation(state: ChatState, address: string, change: Partial<Conversation>): ChatState {
  const conversations = new Map(state.conversations);
  conversations.set(address, { ...conversationOf(state, address), ...change });
  return { ...state, conversations };
}

export function withContact(state: ChatState, contact: Contact): ChatState {
  const others = state.contacts.filter(({ address }) => address !== contact.address);
  return { ...state, contacts: sorted([...others, contact]) };
}

/** Somebody who was removed; who had them open is at the start. */
export function withoutContact(state: ChatState, removed: string): ChatState {
  const contacts = state.contacts.filter(({ address }) => address !== removed);
  return { ...state, contacts, open: state.open === removed ? START : state.open };
}

/** A message of which something changed; one that is not loaded stays in the history. */
export function withChanged(state: ChatState, message: Message): ChatState {
  const { entries } = conversationOf(state, message.conversation);
  const at = findMessage(entries, message.id);
  return at < 0 ? state : withConversation(state, message.conversation, { entries: entries.with(at, message) });
}

/** A message that disappeared or was hidden; those that quote it are told as changed. */
export function withoutMessage(state: ChatState, conversation: string, id: string): ChatState {
  const { entries } = conversationOf(state, conversation);
  const at = findMessage(entries, id);
  return at < 0 ? state : withConversation(state, conversation, { entries: entries.toSpliced(at, 1) });
}

/** What was read of the history may say something else now: it is to be read again. Drafts and notices stay. */
export function withoutHistory(state: ChatState): ChatState {
  const conversations = new Map(state.conversations);
  for (const [address, conversation] of conversations) {
    if (address === START) continue;
    const entries = conversation.entries.filter(isNotice);
    conversations.set(address, { ...conversation, entries, loaded: false, more: true, scroll: 0, unseen: 0 });
  }
  return { ...state, conversations };
}

/** @param rows how many rows the message takes on the screen: keeps the view still while scrolled up */
export function withMessage(state: ChatState, message: Message, rows: number): ChatState {
  const { entries, scroll, unseen } = conversationOf(state, message.conversation);
  if (findMessage(entries, message.id) >= 0) return withChanged(state, message);
  const still = scroll > 0;
  return withConversation(state, message.conversation, {
    entries: [...entries, message].slice(-MAX_ENTRIES),
    scroll: still && !message.outgoing ? scroll + rows : 0,
    unseen: still && !message.outgoing ? unseen + 1 : 0,
  });
}

export function withNotice(state: ChatState, notice: Notice, address: string = state.open): ChatState {
  const { entries } = conversationOf(state, address);
  return withConversation(state, address, { entries: [...entries, notice].slice(-MAX_ENTRIES), scroll: 0 });
}

/** Puts a page of history before what is there. */
export function withOlder(state: ChatState, address: string, messages: readonly Message[], more: boolean): ChatState {
  const { entries } = conversationOf(state, address);
  const known = new Set(entries.map((entry) => (isNotice(entry) ? '' : entry.id)));
  const older = messages.filter(({ id }) => !known.has(id));
  return withConversation(state, address, { entries: [...older, ...entries], loaded: true, more });
}

/** Position of the newest incoming message: what `markRead` takes; 0 when there is none. */
export function newestIncoming(state: ChatState, address: string): number {
  const newest = conversationOf(state, address).entries.findLast((entry) => !isNotice(entry) && !entry.outgoing);
  return newest === undefined || isNotice(newest) ? 0 : newest.position;
}

export function oldestPosition(state: ChatState, address: string): number | undefined {
  const oldest = conversationOf(state, address).entries.find((entry) => !isNotice(entry));
  return oldest === undefined || isNotice(oldest) ? undefined : oldest.position;
}

/** New messages are nearly always at the end: search from there. */
function findMessage(entries: readonly Entry[], id: string): number {
  return entries.findLastIndex((entry) => !isNotice(entry) && entry.id === id);
}

function sorted(contacts: readonly Contact[]): Contact[] {
  return contacts.toSorted((a, b) => b.lastAt - a.lastAt || a.name.localeCompare(b.name));
}
