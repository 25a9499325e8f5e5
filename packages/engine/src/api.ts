/**
 * The face of the engine. Screens, scripts and JSON-RPC clients all speak this: every method takes one
 * JSON object and answers one, every event is one JSON object. Keys and ids are text: accounts as
 * `did:key:z6Mk…`, message ids as 32 hex digits, times as milliseconds since 1970. What is said in English words for a
 * person is said sentence by sentence as well (`…said`), for faces that have words of their own.
 */
import type { Said, Spoken } from './sentences/say.ts';

export type { Said, SaidValues } from './sentences/say.ts';
export type { SentenceName } from './sentences/sentences.ts';

export type MessageState = 'waiting' | 'sent' | 'stored' | 'delivered' | 'read' | 'failed';
export type WaitFor = 'sent' | 'stored' | 'delivered';

export interface Whoami {
  address: string;
  device: number;
  name: string;
  color: number;
  /** First URL of the home node. */
  node: string;
  /** 12 base32 characters of the address's hash, for `/to` on live nodes. */
  token: string;
  /** Link that others open to add this account. */
  invite: string;
  /** On a live node or in a private room: others see that this account is there. */
  listed: boolean;
  /** Others are told what was read, and when somebody types here. */
  readReceipts: boolean;
  typing: boolean;
  /** As in Connection. */
  homes?: number;
  attached?: { node: string; nodeId: string };
}

export type ContactStatus = 'accepted' | 'request' | 'blocked';

export interface Contact {
  address: string;
  /** Petname given here, else the name they chose, else a short form of the address. */
  name: string;
  /** What they call themselves. */
  profileName: string;
  color: number;
  status: ContactStatus;
  verified: boolean;
  token: string;
  unread: number;
  /** Time of the newest message, 0 when there is none. */
  lastAt: number;
  typing: boolean;
  /** Seconds after which messages of the conversation disappear, as both agreed last; 0: they stay. */
  timer: number;
  /** 32 hex digits that name this contact in this profile, and say nothing to who does not have its database key. */
  place?: string;
}

/**
 * `unknown`: a kind this version cannot show. `gap`: so many messages never came (0: they came after all, show nothing).
 * `undecryptable`: came, could not be opened. `deleted`: its author took it back. `timer`: from here on messages of the
 * conversation disappear after so many seconds (0: they stay).
 */
export type Content =
  | { text: string }
  | { unknown: true }
  | { gap: number }
  | { undecryptable: true }
  | { deleted: true }
  | { timer: number };

/** The message that is answered. */
export interface Quote {
  id: string;
  /** Address and name of who wrote it; empty when it is not here. */
  from: string;
  name: string;
  /** How it begins; empty when it is not here, or has no words any more. */
  text: string;
  /** Where it is in the history, when it is here. */
  position?: number;
}

/** What was begun to be written to somebody. */
export interface Draft {
  conversation: string;
  text: string;
  /** Id of the message that is to be answered. */
  replyTo?: string;
  /** ms since 1970 */
  savedAt: number;
}

/** Longest text of a message, in bytes of UTF-8. */
export const MAX_TEXT_BYTES = 42_000;

export interface Reaction {
  emoji: string;
  /** Address. */
  from: string;
  name: string;
}

export interface Message {
  id: string;
  /** Address of the other side. */
  conversation: string;
  /** Who wrote it. */
  from: string;
  name: string;
  outgoing: boolean;
  sentAt: number;
  receivedAt: number;
  content: Content;
  /** Of an outgoing message; 'read' or 'delivered' of an incoming one: whether it was shown. */
  state: MessageState;
  /** Nodes whose receipts this device checked. */
  storedOn: number;
  /** Of an outgoing message: their ids in hex, and how many nodes are wanted: stored on n of k. */
  storedNodes?: string[];
  storedOf?: number;
  /** Why it failed, in words for the person. */
  problem?: string;
  problemSaid?: readonly Said[];
  /**
   * Position in the local history, rising; the cursor for paging. It names the row: a message that fills a gap or
   * takes a placeholder's place has its position.
   */
  position: number;
  /** From somebody not accepted yet: to be shown among the requests only. */
  request?: true;
  replyTo?: Quote;
  /** When its author last changed it; `content` is what it says now. */
  editedAt?: number;
  reactions?: Reaction[];
  /** Seconds after which it disappears: from its sending, or from the first time it is shown to its reader. */
  disappearAfter?: number;
  /** When it disappears; while its time runs. */
  expiresAt?: number;
  /** Why an edit, deletion or reaction of ours did not get there, in words for the person. `resend` tries again. */
  amendmentProblem?: string;
  amendmentProblemSaid?: readonly Said[];
}

export interface Connection {
  /** `connecting` until everything that waited at the node is here. */
  state: 'connecting' | 'online' | 'offline';
  node: string;
  nodeId: string;
  /** What is wrong and what to do, when offline. */
  problem?: string;
  said?: readonly Said[];
  /** The same for programs: `unreachable`, `not-allowed`, `wrong-node`, `try-later`. */
  code?: EngineErrorCode;
  /** Outgoing messages not yet stored. */
  waiting: number;
  /** The node is a private room: `say` speaks to everybody there. */
  room?: true;
  /** How many nodes keep what is sent to this account; absent: the one named above. */
  homes?: number;
  /** How many of them are not known to have what others need to write to this device; absent: none. */
  homesBehind?: number;
  /** The one of them that this device is connected to; absent: none now, or there is one only. */
  attached?: { node: string; nodeId: string };
}

/** Whom an invite link, address or token names; nothing was added. */
export interface Introduction {
  address: string;
  /** What the invite says they call themselves; anybody can write an invite, so it proves nothing. Empty: not said. */
  name: string;
  token: string;
  /** Node at which they are reached, as the invite says; empty: not said. */
  node: string;
  /** It is this account. */
  own: boolean;
  /** The invite carries the key of a private room. */
  room: boolean;
  /** When they are known here already. */
  contact?: Contact;
  /**
   * They are known, and the invite leads to another node or room than the one in use for them: add() would change over. An
   * invite is not signed, so that is for the person to decide, never for who made a link.
   */
  elsewhere: boolean;
}

export interface PresentPeer {
  address: string;
  name: string;
  token: string;
}

/** A device of this account. */
export interface Device {
  device: number;
  /** Given by the owner; may be empty. */
  name: string;
  /** It is this one. */
  current: boolean;
  createdAt: number;
}

/**
 * A message as a caller names it. Ids are chosen by who writes: a contact may write one under the id of a message in
 * another conversation. So a caller who knows the conversation gives it; else an id that several have is refused.
 */
export interface MessageName {
  id: string;
  /** Address of the contact. */
  conversation?: string;
}

/** Methods by name. Errors are EngineError with a code of EngineErrorCode. */
export interface EngineApi {
  whoami(params: Record<string, never>): Promise<Whoami>;
  connection(params: Record<string, never>): Promise<Connection>;
  setProfile(params: {
    name?: string;
    color?: number;
    listed?: boolean;
    readReceipts?: boolean;
    typing?: boolean;
  }): Promise<Whoami>;
  /** `to`: an address, an invite link, the token of somebody who is here now. Also renames. */
  add(params: { to: string; name?: string }): Promise<Contact>;
  /** Whom `add` would add. Only a token is looked up at the node. */
  describe(params: { to: string }): Promise<Introduction>;
  contacts(params: { status?: ContactStatus }): Promise<Contact[]>;
  /** Accept a request, block, unblock, mark verified, rename. */
  updateContact(params: {
    address: string;
    status?: ContactStatus;
    verified?: boolean;
    name?: string;
  }): Promise<Contact>;
  /**
   * Forgets a person on all devices of this account, with all that was said. They are not told; what they know of this
   * account serves them no more than a stranger, and when they write again it is a request.
   */
  removeContact(params: { address: string }): Promise<Record<string, never>>;
  /** The 60 digits both sides compare, in groups of five. */
  safetyNumber(params: { address: string }): Promise<{ digits: string; verified: boolean }>;
  /** `to`: address, contact name, token (looked up at the node), invite link. Answers when `wait` is reached, or after `timeoutMs` with the state it has. */
  send(params: {
    /** Chosen by the caller: sending the same id again sends nothing, it answers the message there is. Else it is chosen here. */
    id?: string;
    to: string;
    text: string;
    /** Id of the message of this conversation that is answered. */
    replyTo?: string;
    wait?: WaitFor;
    timeoutMs?: number;
  }): Promise<Message>;
  /** Try a failed or expired message again; also what failed of its edits, deletion or reactions. */
  resend(params: MessageName): Promise<Message>;
  /** Another text for an own message, here and at the other side. */
  edit(params: MessageName & { text: string }): Promise<Message>;
  /** Takes an own message back, here and at the other side. Its words are gone from this device at once. */
  delete(params: MessageName): Promise<Message>;
  /** Takes a message out of the history of this device only. Its words are gone from it. */
  hide(params: MessageName): Promise<Record<string, never>>;
  /** One reaction a person and message; an empty `emoji` takes it back. */
  react(params: MessageName & { emoji: string }): Promise<Message>;
  /** From now on messages of this conversation disappear after so many seconds, at both sides; 0: they stay. */
  setTimer(params: { conversation: string; seconds: number }): Promise<Contact>;
  /**
   * Newest first page before `before` (a position), in rising order. `firstUnread`: of one conversation, the position of
   * its first unread message, wherever that is.
   */
  history(params: {
    conversation?: string;
    before?: number;
    after?: number;
    limit?: number;
  }): Promise<{ messages: Message[]; more: boolean; firstUnread?: number }>;
  search(params: {
    text: string;
    conversation?: string;
    limit?: number;
  }): Promise<{ messages: Message[]; indexed: number; total: number }>;
  markRead(params: { conversation: string; upTo: number }): Promise<Record<string, never>>;
  /** Keeps what is being written, on this device alone; an empty text forgets it. At most 100,000 characters. */
  saveDraft(params: { conversation: string; text: string; replyTo?: string }): Promise<Record<string, never>>;
  drafts(params: Record<string, never>): Promise<{ drafts: Draft[] }>;
  typing(params: { to: string; active: boolean }): Promise<Record<string, never>>;
  /** Live nodes and private rooms. */
  present(params: { token?: string }): Promise<PresentPeer[]>;
  /**
   * Private rooms: a line to everybody who is there, at most 50 others, each sealed to them alone; nobody keeps it.
   * `reached`: people to whom the node passed it on. `missed`: names of the others.
   */
  say(params: { text: string }): Promise<{ reached: number; missed: string[] }>;
  /** Devices of this account; `canApprove`: this one can link and remove devices without the recovery phrase. */
  devices(params: Record<string, never>): Promise<{ devices: Device[]; canApprove: boolean }>;
  /** What a link code says, before it is approved. `expires`: ms since 1970. */
  describeLink(params: { code: string }): Promise<{ node: string; expires: number }>;
  /**
   * Takes a new device into the account, by the code that it shows. Answers when it has everything it needs to begin.
   * @param history send recent messages as well (default); events of type `link` tell how far it is
   * @param phrase of the account, on a device that does not hold its key; used and forgotten
   */
  approveLink(params: { code: string; history?: boolean; name?: string; phrase?: string }): Promise<Device>;
  renameDevice(params: { device: number; name: string }): Promise<Device>;
  /** It gets nothing from the next message on. */
  revokeDevice(params: { device: number; phrase?: string }): Promise<{ devices: Device[]; canApprove: boolean }>;
  /** Recent messages that have not left for a new device are not sent any more. */
  cancelHistory(params: { device: number }): Promise<{ cancelled: number }>;
  /**
   * Begins fresh sessions with a contact's devices, or with everybody (then all published keys are replaced, too), and
   * asks again for what could not be opened. All of it happens by itself when it is needed; this does it at once.
   * `restarted`: devices whose sessions were given up.
   */
  repair(params: { conversation?: string }): Promise<{ restarted: number }>;
  doctor(params: Record<string, never>): Promise<{ checks: DoctorCheck[] }>;
}

/** A running engine, in this process or behind a local socket. */
export interface EngineHandle extends EngineApi {
  /** Calls `listener` for each event until the returned function is called. */
  on(listener: (event: EngineEvent) => void): () => void;
  /** Finishes what is being written and lets go of the profile. */
  close(): Promise<void>;
}

export interface DoctorCheck {
  name: string;
  ok: boolean;
  /** What was found. */
  found: string;
  foundSaid?: readonly Said[];
  /** What to do, when not ok. */
  advice?: string;
  adviceSaid?: readonly Said[];
}

export type EngineEvent =
  /** Incoming or own, new; also a placeholder that became a message. */
  | { type: 'message'; message: Message }
  /** Something of a message changed: its state, its content. */
  | { type: 'changed'; message: Message }
  /** It disappeared or was hidden: forget what it said. */
  | { type: 'removed'; conversation: string; id: string; position: number }
  | { type: 'contact'; contact: Contact }
  /** Nobody of this address is known any more. */
  | { type: 'contact-removed'; address: string }
  | { type: 'connection'; connection: Connection }
  | { type: 'typing'; address: string; active: boolean }
  | { type: 'presence'; peer: PresentPeer; joined: boolean }
  /** Somebody speaks to everybody in the private room; also our own lines. Kept nowhere. */
  | { type: 'room'; from: string; name: string; text: string; sentAt: number }
  /** History on its way to, or from, another device of this account: so many parts of all are there. */
  | { type: 'link'; device: number; done: number; total: number }
  | { type: 'announcement'; text: string; sentAt: number; personal: boolean }
  /** The engine of this profile runs in another process now: no message was missed, but other changes may have been. */
  | { type: 'resumed' }
  /** Something a person should know: a key change, a node that changed its identity, a rolled-back device list. */
  | { type: 'notice'; code: string; text: string; said?: readonly Said[]; address?: string };

export type EngineErrorCode =
  | 'bad-input'
  | 'unknown-contact'
  | 'not-found'
  | 'too-long'
  | 'blocked'
  | 'unreachable'
  | 'try-later'
  | 'not-allowed'
  | 'wrong-node'
  | 'disk-full'
  | 'closed'
  | 'failed';

export class EngineError extends Error {
  readonly code: EngineErrorCode;
  /** Whether the same call can succeed later. */
  readonly retry: boolean;
  /** What the message says, sentence by sentence, for faces that have their own words. */
  readonly said: readonly Said[] | undefined;
  constructor(code: EngineErrorCode, message: string | Spoken, retry = false, options?: ErrorOptions) {
    super(typeof message === 'string' ? message : message.text, options);
    this.name = 'EngineError';
    this.code = code;
    this.retry = retry;
    this.said = typeof message === 'string' ? undefined : message.said;
  }
}
