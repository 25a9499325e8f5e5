import { useEffect, useState, useSyncExternalStore } from 'react';
import { Messages } from '../state/messages.ts';
import type { MessagesState } from '../state/messages.ts';
import { useEngine } from '../state/profile-context.tsx';

/** The messages of a conversation for as long as it is shown; null in the first moment. */
export function useMessages(address: string, unread: number, at: number | null): Messages | null {
  const engine = useEngine();
  const [messages, setMessages] = useState<Messages | null>(null);
  useEffect(() => {
    const opened = new Messages(engine, address);
    setMessages(opened);
    const begin = at === null ? opened.open(unread) : opened.reach(at);
    // What went wrong is in its state, and shown.
    begin.catch(() => undefined);
    return () => opened.close();
    // How it was when it was opened counts.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [engine, address]);
  return messages;
}

export function useMessagesState(messages: Messages): MessagesState {
  return useSyncExternalStore(
    (listener) => messages.subscribe(listener),
    () => messages.state,
  );
}
