import type { Message } from '@sotto/engine/api';
import { useConversation } from '../conversation-context.tsx';
import { useMessagesState } from '../use-messages.ts';

/** The message that is being answered, when it is among those that are held. */
export function useReplied(id: string | undefined): Message | null {
  const { messages } = useMessagesState(useConversation().messages);
  if (id === undefined) return null;
  return messages.findLast((message) => message.id === id) ?? null;
}
