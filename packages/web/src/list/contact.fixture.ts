import type { Contact, Message } from '@sotto/engine/api';

export function contactOf(name: string, more: Partial<Contact> = {}): Contact {
  return {
    address: `did:key:z6Mk${Array.from(name, (letter) => letter.codePointAt(0)?.toString(36)).join('')}`,
    name,
    profileName: name,
    color: 0,
    status: 'accepted',
    verified: false,
    token: '',
    unread: 0,
    lastAt: 0,
    typing: false,
    timer: 0,
    ...more,
  };
}

export function messageOf(conversation: string, position: number, more: Partial<Message> = {}): Message {
  return {
    id: `id${String(position)}`,
    conversation,
    from: conversation,
    name: '',
    outgoing: false,
    sentAt: position,
    receivedAt: position,
    content: { text: `text ${String(position)}` },
    state: 'delivered',
    storedOn: 1,
    position,
    ...more,
  };
}
