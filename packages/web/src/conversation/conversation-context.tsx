/** What every part of an open conversation knows: whose it is, its messages, and what can be done with one. */
import { createContext, use } from 'react';
import type { Contact, Message } from '@sotto/engine/api';
import type { Messages } from '../state/messages.ts';

/** Where a menu opens: beside an element, or at a place of the window in px. */
export type Anchor =
  Element | { readonly x: number; readonly y: number; readonly width?: number; readonly height?: number };

export interface MessageActions {
  readonly reply: (message: Message) => void;
  readonly edit: (message: Message) => void;
  /** The same emoji again takes it back. */
  readonly react: (message: Message, emoji: string) => void;
  readonly copy: (message: Message) => void;
  readonly remove: (message: Message) => void;
  readonly info: (message: Message) => void;
  readonly retry: (message: Message) => void;
  readonly menu: (message: Message, anchor: Anchor) => void;
  readonly pickEmoji: (message: Message, anchor: Anchor) => void;
  /** Brings a message into view and lights it up. */
  readonly show: (position: number) => void;
}

export interface ConversationValue {
  readonly contact: Contact;
  /** Address of this account. */
  readonly own: string;
  readonly messages: Messages;
  readonly actions: MessageActions;
  /** Words that are searched for, to be marked in the texts; empty: none. */
  readonly searched: string;
}

export const ConversationContext = createContext<ConversationValue | null>(null);

export function useConversation(): ConversationValue {
  const value = use(ConversationContext);
  if (value === null) throw new Error('used outside of a conversation');
  return value;
}
