/**
 * The face of the engine. Screens, scripts and JSON-RPC clients all speak this: every method takes one
 * JSON object and answers one, every event is one JSON object. Keys and ids are text: accounts as
 * `did:key:z6Mk…`, message ids as 32 hex digits, times as milliseconds since 1970.
 */

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
}

/**
 * `unknown`: a kind this version cannot show. `gap`: so many messages never came (0: they came after all, show nothing).
 * `undecryptable`: came, could not be opened.
 */
export type Content = { text: string } | { unknown: true } | { gap: number } | { undecryptable: true };

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
  /** Why it failed, in words for the person. */
  problem?: string;
  /**
   * Position in the local history, rising; the cursor for paging. It names the row: a message that fills a gap or
   * takes a placeholder's place has its position.
   */
  position: number;
  /** From somebody not accepted yet: to be shown among the requests only. */
  request?: true;
}

export interface Connection {
  /** `connecting` until everything that waited at the node is here. */
  state: 'connecting' | 'online' | 'offline';
  node: string;
  nodeId: string;
  /** What is wrong and what to do, when offline. */
  problem?: string;
  /** The same for programs: `unreachable`, `not-allowed`, `wrong-node`, `try-later`. */
  code?: EngineErrorCode;
  /** Outgoing messages not yet stored. */
  waiting: number;
}

export interface PresentPeer {
  address: string;
  name: string;
  token: string;
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
  contacts(params: { status?: ContactStatus }): Promise<Contact[]>;
  /** Accept a request, block, unblock, mark verified, rename, remove. */
  updateContact(params: {
    address: string;
    status?: ContactStatus;
    verified?: boolean;
    name?: string;
  }): Promise<Contact>;
  /** The 60 digits both sides compare, in groups of five. */
  safetyNumber(params: { address: string }): Promise<{ digits: string; verified: boolean }>;
  /** `to`: address, contact name, token (looked up at the node), invite link. Answers when `wait` is reached, or after `timeoutMs` with the state it has. */
  send(params: {
    /** Chosen by the caller: sending the same id again sends nothing, it answers the message there is. Else it is chosen here. */
    id?: string;
    to: string;
    text: string;
    wait?: WaitFor;
    timeoutMs?: number;
  }): Promise<Message>;
  /** Try a failed or expired message again. */
  resend(params: { id: string }): Promise<Message>;
  /** Newest first page before `before` (a position), in rising order. */
  history(params: {
    conversation?: string;
    before?: number;
    after?: number;
    limit?: number;
  }): Promise<{ messages: Message[]; more: boolean }>;
  search(params: {
    text: string;
    conversation?: string;
    limit?: number;
  }): Promise<{ messages: Message[]; indexed: number; total: number }>;
  markRead(params: { conversation: string; upTo: number }): Promise<Record<string, never>>;
  typing(params: { to: string; active: boolean }): Promise<Record<string, never>>;
  /** Live nodes and private rooms. */
  present(params: { token?: string }): Promise<PresentPeer[]>;
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
  /** What to do, when not ok. */
  advice?: string;
}

export type EngineEvent =
  /** Incoming or own, new; also a placeholder that became a message. */
  | { type: 'message'; message: Message }
  /** Something of a message changed: its state, its content. */
  | { type: 'changed'; message: Message }
  | { type: 'contact'; contact: Contact }
  | { type: 'connection'; connection: Connection }
  | { type: 'typing'; address: string; active: boolean }
  | { type: 'presence'; peer: PresentPeer; joined: boolean }
  | { type: 'announcement'; text: string; sentAt: number; personal: boolean }
  /** The engine of this profile runs in another process now: no message was missed, but other changes may have been. */
  | { type: 'resumed' }
  /** Something a person should know: a key change, a node that changed its identity, a rolled-back device list. */
  | { type: 'notice'; code: string; text: string; address?: string };

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
  constructor(code: EngineErrorCode, message: string, retry = false, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EngineError';
    this.code = code;
    this.retry = retry;
  }
}
