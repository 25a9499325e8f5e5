import { useEffect, useState } from 'react';
import type { Contact } from '@sotto/engine/api';
import { useContacts } from '../state/contacts.ts';
import { useEngine } from '../state/profile-context.tsx';

/** Strangers of whom there is something to read. One whose messages were deleted waits for nothing, until they write again. */
export function useRequests(): readonly Contact[] {
  const engine = useEngine();
  const strangers = useContacts('request');
  const [emptied, setEmptied] = useState<ReadonlySet<string>>(new Set());

  useEffect(() => {
    let isCurrent = true;
    const look = async (): Promise<void> => {
      const read = strangers.filter(({ unread }) => unread === 0);
      const pages = await Promise.all(
        read.map(({ address }) => engine.history({ conversation: address, limit: 1 }).catch(() => null)),
      );
      const found = read.filter((_, index) => pages[index]?.messages.length === 0);
      if (isCurrent) setEmptied(new Set(found.map(({ address }) => address)));
    };
    void look();
    return () => {
      isCurrent = false;
    };
  }, [engine, strangers]);

  return strangers.filter(({ address, unread }) => unread > 0 || !emptied.has(address));
}
