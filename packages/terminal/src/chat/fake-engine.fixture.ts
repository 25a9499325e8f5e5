import { EngineError, type Contact, type EngineEvent, type Message } from '@sotto/engine/api';
import type { ChatEngine } from './chat-app.ts';

/** An engine made of arrays, for tests of the screen. */
export class FakeEngine implements ChatEngine {
  readonly messages: Message[] = [];
  readonly people: Contact[] = [];
  readonly calls: string[] = [];
  /** A private room, with these names in it. */
  room = false;
  here: string[] = [];
  missed: string[] = [];
  readonly #listeners = new Set<(event: EngineEvent) => void>();
  #next = 1;

  person(name: string, lastAt = 0): Contact {
    const contact: Contact = {
      address: `did:key:${name.toLowerCase()}`,
      name,
      profileName: name,
      color: 0x00aa00,
      status: 'accepted',
      verified: false,
      token: name.toLowerCase().padEnd(12, '2').slice(0, 12),
      unread: 0,
      lastAt,
      typing: false,
      timer: 0,
    };
    this.people.push(contact);
    return contact;
  }

  message(contact: Contact, text: string, outgoing = false): Message {
    const position = this.#next++;
    const at = Date.UTC(2026, 0, 2, 12, 0, position % 3_600);
    const message: Message = {
      id: String(position).padStart(32, '0'),
      conversation: contact.address,
      from: outgoing ? 'did:key:me' : contact.address,
      name: outgoing ? 'Me' : contact.name,
      outgoing,
      sentAt: at,
      receivedAt: at,
      content: { text },
      state: outgoing ? 'waiting' : 'delivered',
      storedOn: 0,
      position,
    };
    this.messages.push(message);
    return message;
  }

  #find(id: string): Message {
    return this.messages.find((message) => message.id === id) as Message;
  }

  #change(id: string, call: string, change: Partial<Message>): Promise<Message> {
    this.calls.push(call);
    const message = { ...this.#find(id), ...change };
    this.messages[this.messages.indexOf(this.#find(id))] = message;
    this.emit({ type: 'changed', message });
    return Promise.resolve(message);
  }

  emit(event: EngineEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  on(listener: (event: EngineEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  whoami: ChatEngine['whoami'] = () =>
    Promise.resolve({
      address: 'did:key:me',
      device: 1,
      name: 'Me',
      color: 0,
      node: 'ws://127.0.0.1:8080',
      token: 'abcdefghijkl',
      invite: 'http://127.0.0.1:8080/#/add/AAAA',
      listed: false,
      readReceipts: true,
      typing: true,
    });
  connection: ChatEngine['connection'] = () =>
    Promise.resolve({
      state: 'online',
      node: 'ws://127.0.0.1:8080',
      nodeId: 'n',
      waiting: 0,
      ...(this.room ? { room: true } : {}),
    });
  setProfile: ChatEngine['setProfile'] = () => this.whoami({});
  contacts: ChatEngine['contacts'] = () => Promise.resolve([...this.people]);
  add: ChatEngine['add'] = ({ to }) => {
    const known = this.people.find(({ address, name }) => address === to || name === to);
    if (known === undefined) return Promise.reject(new EngineError('unknown-contact', `${to} is not a contact.`));
    return Promise.resolve(known);
  };
  describe: ChatEngine['describe'] = ({ to }) =>
    Promise.resolve({ address: to, name: '', token: '', node: '', own: false, room: false, elsewhere: false });
  updateContact: ChatEngine['updateContact'] = ({ address, ...change }) => {
    this.calls.push(`update ${JSON.stringify(change)}`);
    const at = this.people.findIndex((contact) => contact.address === address);
    const contact = { ...(this.people[at] as Contact), ...change };
    this.people[at] = contact;
    this.emit({ type: 'contact', contact });
    return Promise.resolve(contact);
  };
  removeContact: ChatEngine['removeContact'] = ({ address }) => {
    this.calls.push('remove');
    this.people.splice(
      this.people.findIndex((contact) => contact.address === address),
      1,
    );
    this.emit({ type: 'contact-removed', address });
    return Promise.resolve({});
  };
  safetyNumber: ChatEngine['safetyNumber'] = () =>
    Promise.resolve({
      digits: Array.from({ length: 12 }, (_, at) => String(at).repeat(5).slice(0, 5)).join(' '),
      verified: false,
    });
  send: ChatEngine['send'] = ({ to, text, replyTo }) => {
    this.calls.push(replyTo === undefined ? `send ${text}` : `reply ${replyTo} ${text}`);
    const contact = this.people.find(({ address }) => address === to) ?? this.person(to);
    const message = this.message(contact, text, true);
    this.emit({ type: 'message', message });
    return Promise.resolve(message);
  };
  resend: ChatEngine['resend'] = ({ id }) => {
    this.calls.push(`resend ${id}`);
    return Promise.resolve(this.messages.find((message) => message.id === id) as Message);
  };
  edit: ChatEngine['edit'] = ({ id, text }) => this.#change(id, `edit ${text}`, { content: { text }, editedAt: 1 });
  delete: ChatEngine['delete'] = ({ id }) => this.#change(id, 'delete', { content: { deleted: true } });
  react: ChatEngine['react'] = ({ id, emoji }) =>
    this.#change(id, `react ${emoji}`, { reactions: [{ emoji, from: 'did:key:me', name: 'Me' }] });
  hide: ChatEngine['hide'] = ({ id }) => {
    this.calls.push('hide');
    const { conversation, position } = this.#find(id);
    this.emit({ type: 'removed', conversation, id, position });
    return Promise.resolve({});
  };
  setTimer: ChatEngine['setTimer'] = ({ conversation, seconds }) =>
    this.updateContact({ address: conversation, timer: seconds } as Parameters<ChatEngine['updateContact']>[0]);
  history: ChatEngine['history'] = ({ conversation, before = Infinity, limit = 100 }) => {
    const all = this.messages.filter((m) => m.conversation === conversation && m.position < before);
    return Promise.resolve({ messages: all.slice(-limit), more: all.length > limit });
  };
  search: ChatEngine['search'] = ({ text }) => {
    const found = this.messages.filter(({ content }) => 'text' in content && content.text.includes(text));
    return Promise.resolve({ messages: found, indexed: this.messages.length, total: this.messages.length });
  };
  markRead: ChatEngine['markRead'] = ({ upTo }) => {
    this.calls.push(`read ${upTo}`);
    return Promise.resolve({});
  };
  typing: ChatEngine['typing'] = () => Promise.resolve({});
  saveDraft: ChatEngine['saveDraft'] = () => Promise.resolve({});
  drafts: ChatEngine['drafts'] = () => Promise.resolve({ drafts: [] });
  present: ChatEngine['present'] = () =>
    Promise.resolve(this.here.map((name) => ({ address: `did:key:${name}`, name, token: 'aaaaaaaaaaaa' })));
  say: ChatEngine['say'] = ({ text }) => {
    this.calls.push(`say ${text}`);
    this.emit({ type: 'room', from: 'did:key:me', name: 'Me', text, sentAt: Date.UTC(2026, 0, 2, 12) });
    return Promise.resolve({ reached: this.here.length - this.missed.length, missed: this.missed });
  };
  repair: ChatEngine['repair'] = () => Promise.resolve({ restarted: 0 });
  devices: ChatEngine['devices'] = () =>
    Promise.resolve({ devices: [{ device: 1, name: 'laptop', current: true, createdAt: 0 }], canApprove: true });
  describeLink: ChatEngine['describeLink'] = ({ code }) =>
    code.startsWith('sotto-link:')
      ? Promise.resolve({ node: 'ws://127.0.0.1:8080', expires: 0 })
      : Promise.reject(new EngineError('bad-input', 'This is not a link code.'));
  approveLink: ChatEngine['approveLink'] = ({ code }) => {
    this.calls.push(`link ${code}`);
    return Promise.resolve({ device: 2, name: 'phone', current: false, createdAt: 0 });
  };
  renameDevice: ChatEngine['renameDevice'] = ({ device, name }) =>
    Promise.resolve({ device, name, current: false, createdAt: 0 });
  revokeDevice: ChatEngine['revokeDevice'] = () => this.devices({});
  cancelHistory: ChatEngine['cancelHistory'] = () => Promise.resolve({ cancelled: 0 });
  doctor: ChatEngine['doctor'] = () => Promise.resolve({ checks: [] });
}
