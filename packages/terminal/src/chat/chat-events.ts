import type { EngineEvent } from '@sotto/engine/api';
import * as chat from './chat-state.ts';
import { draftWithout } from './selection.ts';

type StateEvent = Extract<EngineEvent, { type: 'changed' | 'removed' | 'contact' | 'contact-removed' | 'typing' }>;

/** What an event changes of which nothing more than the state is touched. */
export function afterEvent(state: chat.ChatState, event: StateEvent): chat.ChatState {
  switch (event.type) {
    case 'changed':
      return chat.withChanged(state, event.message);
    case 'removed': {
      const { conversation, id } = event;
      const draft = draftWithout(chat.conversationOf(state, conversation), id);
      return chat.withConversation(chat.withoutMessage(state, conversation, id), conversation, { draft });
    }
    case 'contact':
      return chat.withContact(state, event.contact);
    case 'contact-removed':
      return chat.withoutContact(state, event.address);
    case 'typing': {
      const contact = chat.contactOf(state, event.address);
      return contact === undefined ? state : chat.withContact(state, { ...contact, typing: event.active });
    }
  }
}
