import type { KeyboardEvent } from 'react';
import type { Message } from '@sotto/engine/api';
import type { ConversationValue } from '../conversation-context.tsx';
import { waysOf } from './ways-of.ts';
import type { Way } from './ways-of.ts';

/** What a key does with the message that has the focus. @returns whether it did anything */
export function messageKey(event: KeyboardEvent, message: Message, { actions, contact }: ConversationValue): boolean {
  const { key, ctrlKey, metaKey, altKey, shiftKey, currentTarget } = event;
  const row = event.target instanceof Element ? event.target : currentTarget;
  const anchor = row.querySelector('[data-bubble]') ?? row;
  if (key === 'ContextMenu' || key === 'Enter' || (key === 'F10' && shiftKey)) {
    actions.menu(message, anchor);
    return true;
  }
  const way = wayOf({ key: key.toLowerCase(), mod: ctrlKey || metaKey, other: altKey || shiftKey });
  if (way === null || !waysOf(message, contact.status).includes(way)) return false;
  // What is selected is copied, not the whole message.
  if (way === 'copy' && getSelection()?.isCollapsed === false) return false;
  if (way === 'react') actions.pickEmoji(message, anchor);
  else actions[way](message);
  return true;
}

function wayOf({ key, mod, other }: { key: string; mod: boolean; other: boolean }): Way | null {
  if (other) return null;
  if (mod) return key === 'c' ? 'copy' : null;
  if (key === 'r') return 'reply';
  if (key === 'e') return 'edit';
  if (key === '+' || key === ':') return 'react';
  return key === 'delete' ? 'remove' : null;
}
