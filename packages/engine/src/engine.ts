/** A client without a screen: the methods of EngineApi over the parts that do the work. */
import { EngineError } from './api.ts';
import type { Connection, Contact, EngineApi, EngineEvent, EngineHandle, Message, Whoami } from './api.ts';
import { asEngineError } from './engine-errors.ts';
import { checkText } from './outbox/contents.ts';
import type { ContactEntry } from './contacts/contacts.ts';
import {
  approveLink,
  cancelHistory,
  describeLink,
  listDevices,
  renameDevice,
  revokeDevice,
} from './devices/device-actions.ts';
import { Database } from './store/database.ts';
import { examineNow } from './doctor.ts';
import { EngineLife, type OpenOptions } from './engine-life.ts';
import type { EngineParts } from './engine-parts.ts';
import { readPage } from './history/history-pages.ts';
import { readUpTo } from './history/read-up-to.ts';
import type { MessageRow } from './history/message-row.ts';
import { loadIdentity } from './create-identity.ts';
import { introduce } from './contacts/introduction.ts';
import { removeContact } from './contacts/remove-contact.ts';
import { accept, changeContact, listContacts, safetyNumberWith } from './contacts/people.ts';
import { answered, messageId } from './amendments/find-message.ts';
import { deleteMessage, editMessage, hideMessage, react, setTimer } from './amendments/own-amendments.ts';
import { resendMessage, writeMessage } from './outbox/messages.ts';
import type { Platform } from './ports.ts';
import { untilReached } from './until.ts';
import { repairSessions } from './repair/repair-sessions.ts';
import { changeProfile, describeSelf } from './account/own-profile.ts';
import { say } from './sentences/say.ts';

/** How long send() waits for `wait` unless told otherwise. */
const WAIT_MS = 30_000;

type Params<Method extends keyof EngineApi> = Parameters<EngineApi[Method]>[0];

/**
 * Opens the profile and starts to work: connects, sends what waits, takes in what comes. Whatever an earlier run left
 * unfinished, a crash included, is taken up (ENG-3).
 * @throws EngineError('not-found') without an identity, EngineError('bad-input') for wrong options, StoreError
 */
export async function openEngine(platform: Platform, options: OpenOptions = {}): Promise<Engine> {
  const database = new Database(platform);
  const own = loadIdentity(database, platform);
  const engine = new Engine(new EngineLife(platform, database, own, options));
  await Promise.resolve();
  return engine;
}

export class Engine implements EngineHandle {
  readonly #life: EngineLife;
  readonly #parts: EngineParts;

  /** Use openEngine(). */
  constructor(life: EngineLife) {
    this.#life = life;
    this.#parts = life.parts;
  }

  on(listener: (event: EngineEvent) => void): () => void {
    return this.#parts.events.on(listener);
  }

  /** The network is back, or the machine awoke: connects at once instead of when it is due. */
  reconnectNow(): void {
    this.#life.reconnectNow();
  }

  close(): Promise<void> {
    return this.#life.close();
  }

  whoami(_params: Params<'whoami'> = {}): Promise<Whoami> {
    return this.#call(() => describeSelf(this.#parts));
  }

  connection(_params: Params<'connection'> = {}): Promise<Connection> {
    return this.#call(() => this.#life.describeConnection());
  }

  setProfile(params: Params<'setProfile'>): Promise<Whoami> {
    return this.#act(() => {
      changeProfile(this.#parts, params);
      return describeSelf(this.#parts);
    });
  }

  add(params: Params<'add'>): Promise<Contact> {
    return this.#act(async () =>
      this.#parts.contacts.toApi(this.#added(await this.#parts.recipients.meet(params.to, params.name))),
    );
  }

  describe(params: Params<'describe'>): ReturnType<EngineApi['describe']> {
    return this.#call(() => introduce(this.#parts, params.to));
  }

  contacts(params: Params<'contacts'> = {}): Promise<Contact[]> {
    return this.#call(() => listContacts(this.#parts, params.status));
  }

  updateContact(params: Params<'updateContact'>): Promise<Contact> {
    return this.#act(() => changeContact(this.#parts, this.#parts.recipients.known(params.address), params));
  }

  removeContact(params: Params<'removeContact'>): ReturnType<EngineApi['removeContact']> {
    return this.#act(() => {
      removeContact(this.#parts, this.#parts.recipients.known(params.address));
      return {};
    });
  }

  safetyNumber(params: Params<'safetyNumber'>): Promise<{ digits: string; verified: boolean }> {
    return this.#call(() => safetyNumberWith(this.#parts, this.#parts.recipients.known(params.address)));
  }

  send(params: Params<'send'>): Promise<Message> {
    return this.#act(async () => {
      const { recipients, history, platform } = this.#parts;
      checkText(params.text);
      const id = params.id === undefined ? platform.random(16) : messageId(params.id);
      const contact = this.#added(await recipients.find(params.to));
      if (contact.status === 'blocked') {
        throw new EngineError('blocked', say('blocked-unblock-to-write'));
      }
      const row = history.byContent(contact.id, id) ?? this.#written(contact, id, params);
      this.#life.tellConnection();
      if (params.wait !== undefined) {
        await untilReached(this.#parts, row.position, params.wait, params.timeoutMs ?? WAIT_MS);
      }
      return history.toApi(history.byPosition(row.position) ?? row);
    });
  }

  resend(params: Params<'resend'>): Promise<Message> {
    return this.#act(() => this.#changed(resendMessage(this.#parts, params)));
  }

  edit(params: Params<'edit'>): Promise<Message> {
    return this.#act(() => this.#changed(editMessage(this.#parts, params, params.text)));
  }

  delete(params: Params<'delete'>): Promise<Message> {
    return this.#act(() => this.#changed(deleteMessage(this.#parts, params)));
  }

  hide(params: Params<'hide'>): Promise<Record<string, never>> {
    return this.#call(() => {
      hideMessage(this.#parts, params);
      return {};
    });
  }

  react(params: Params<'react'>): Promise<Message> {
    return this.#act(() => this.#changed(react(this.#parts, params, params.emoji)));
  }

  setTimer(params: Params<'setTimer'>): Promise<Contact> {
    return this.#act(() => {
      const { recipients, contacts } = this.#parts;
      const contact = this.#added(recipients.known(params.conversation));
      setTimer(this.#parts, contact, params.seconds);
      this.#life.tellConnection();
      return contacts.toApi(contacts.byId(contact.id) ?? contact);
    });
  }

  history(params: Params<'history'> = {}): Promise<{ messages: Message[]; more: boolean }> {
    return this.#call(() => {
      const { conversation, before, after, limit } = params;
      const contact = conversation === undefined ? null : this.#parts.recipients.known(conversation);
      return readPage(this.#parts.history, { contact, before, after, limit });
    });
  }

  search(params: Params<'search'>): Promise<{ messages: Message[]; indexed: number; total: number }> {
    return this.#call(() => {
      const { search, recipients } = this.#parts;
      const contact = params.conversation === undefined ? null : recipients.known(params.conversation);
      return search.find(params.text, contact, params.limit ?? 50);
    });
  }

  markRead(params: Params<'markRead'>): Promise<Record<string, never>> {
    return this.#call(() => {
      readUpTo(this.#parts, this.#parts.recipients.known(params.conversation), params.upTo);
      return {};
    });
  }

  saveDraft(params: Params<'saveDraft'>): Promise<Record<string, never>> {
    return this.#call(() => {
      const { recipients, drafts, timers } = this.#parts;
      const { conversation, text, replyTo } = params;
      const draft = { text, savedAt: timers.now(), ...(replyTo === undefined ? {} : { replyTo }) };
      drafts.save(recipients.known(conversation), draft);
      return {};
    });
  }

  drafts(_params: Params<'drafts'> = {}): ReturnType<EngineApi['drafts']> {
    return this.#call(() => ({ drafts: this.#parts.drafts.all() }));
  }

  typing(params: Params<'typing'>): Promise<Record<string, never>> {
    return this.#call(async () => {
      await this.#parts.typing.tell(this.#parts.recipients.known(params.to), params.active);
      return {};
    });
  }

  present(params: Params<'present'> = {}): ReturnType<EngineApi['present']> {
    return this.#call(async () => {
      const { room } = this.#parts;
      const found = await room.find(params.token?.trim().toLowerCase() ?? '');
      return found.map((present) => room.toApi(present));
    });
  }

  say(params: Params<'say'>): ReturnType<EngineApi['say']> {
    return this.#act(() => this.#parts.lobby.say(params.text));
  }

  devices(_params: Params<'devices'> = {}): ReturnType<EngineApi['devices']> {
    return this.#call(() => listDevices(this.#parts));
  }

  describeLink(params: Params<'describeLink'>): ReturnType<EngineApi['describeLink']> {
    return this.#call(() => describeLink(this.#parts, params.code));
  }

  approveLink(params: Params<'approveLink'>): ReturnType<EngineApi['approveLink']> {
    return this.#act(() => approveLink(this.#parts, params));
  }

  renameDevice(params: Params<'renameDevice'>): ReturnType<EngineApi['renameDevice']> {
    return this.#act(() => renameDevice(this.#parts, params.device, params.name));
  }

  revokeDevice(params: Params<'revokeDevice'>): ReturnType<EngineApi['revokeDevice']> {
    return this.#act(() => revokeDevice(this.#parts, params.device, params.phrase));
  }

  cancelHistory(params: Params<'cancelHistory'>): ReturnType<EngineApi['cancelHistory']> {
    return this.#call(() => cancelHistory(this.#parts, params.device));
  }

  repair(params: Params<'repair'> = {}): ReturnType<EngineApi['repair']> {
    return this.#call(() => {
      const { conversation } = params;
      const contact = conversation === undefined ? null : this.#parts.recipients.known(conversation);
      return { restarted: repairSessions(this.#parts, contact) };
    });
  }

  doctor(_params: Params<'doctor'> = {}): ReturnType<EngineApi['doctor']> {
    return this.#call(() => examineNow(this.#parts, () => this.#life.describeConnection()));
  }

  #written(contact: ContactEntry, id: Uint8Array, { text, replyTo }: Params<'send'>): MessageRow {
    const target = replyTo === undefined ? null : answered(this.#parts, contact, replyTo);
    return writeMessage(this.#parts, contact, id, text, target);
  }

  /** Something is to be sent about this message. */
  #changed(row: MessageRow): Message {
    this.#life.tellConnection();
    return this.#parts.history.toApi(row);
  }

  /** Writing to somebody, or adding him, accepts his request. */
  #added(contact: ContactEntry): ContactEntry {
    const { database, contacts } = this.#parts;
    if (contact.status !== 'request') return contact;
    return database.transaction(() => contacts.byId(accept(this.#parts, contact).id) ?? contact);
  }

  /** For what is not done on a device that was removed from the account. */
  #act<T>(body: () => T | Promise<T>): Promise<T> {
    return this.#call(() => {
      this.#parts.ownSide.devices.requireListed();
      return body();
    });
  }

  async #call<T>(body: () => T | Promise<T>): Promise<T> {
    if (this.#life.closed) throw new EngineError('closed', say('engine-closed'));
    try {
      return await body();
    } catch (error) {
      throw asEngineError(error);
    }
  }
}
