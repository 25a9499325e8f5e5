import { useEffect, useMemo, useRef, useState } from 'react';
import type { FocusEvent, KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { VList } from 'virtua';
import type { VListHandle } from 'virtua';
import { useRoute } from '../app/router.ts';
import { useContacts } from '../state/contacts.ts';
import { useEngine } from '../state/profile-context.tsx';
import { ConversationRow } from './conversation-row.tsx';
import { conversationsInOrder } from './conversations.ts';
import { createPreviews } from './previews.ts';
import { useNow } from './use-now.ts';
import styles from './conversation-list.module.css';

/** All conversations. One stop of the Tab key; arrows move inside. */
export function ConversationList() {
  const { t } = useTranslation('app');
  const engine = useEngine();
  const route = useRoute();
  const contacts = useContacts('accepted');
  const shown = useMemo(() => conversationsInOrder(contacts), [contacts]);
  const [previews] = useState(() => createPreviews(engine));
  useEffect(() => previews.follow(), [previews]);
  const nowMs = useNow();
  const list = useRef<VListHandle>(null);
  const chosen = route.screen === 'conversation' || route.screen === 'contact' ? route.address : null;
  const chosenIndex = shown.findIndex((contact) => contact.address === chosen);
  const [focusIndex, setFocusIndex] = useState<number | null>(null);
  const stop = Math.min(focusIndex ?? Math.max(chosenIndex, 0), shown.length - 1);

  useEffect(() => {
    if (chosenIndex >= 0) list.current?.scrollToIndex(chosenIndex, { align: 'nearest' });
  }, [chosen]);

  const focusRow = (index: number) => {
    setFocusIndex(index);
    list.current?.scrollToIndex(index, { align: 'nearest' });
    requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-index="${String(index)}"]`)?.focus());
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const moves: Record<string, number> = { ArrowDown: stop + 1, ArrowUp: stop - 1, Home: 0, End: shown.length - 1 };
    const next = moves[event.key];
    if (next === undefined || next < 0 || next >= shown.length) return;
    event.preventDefault();
    focusRow(next);
  };
  const onFocus = (event: FocusEvent<HTMLElement>) => {
    const index = Number(event.target.dataset['index'] ?? Number.NaN);
    if (Number.isInteger(index)) setFocusIndex(index);
  };
  const onBlur = (event: FocusEvent<HTMLElement>) => {
    if (!event.currentTarget.contains(event.relatedTarget)) setFocusIndex(null);
  };

  return (
    <nav className={styles.nav} aria-label={t('list.label')} onKeyDown={onKeyDown} onFocus={onFocus} onBlur={onBlur}>
      <VList ref={list} data={shown} itemSize={64} className={styles.list ?? ''} keepMounted={[stop]}>
        {(contact, index) => (
          <ConversationRow
            key={contact.address}
            contact={contact}
            previews={previews.store}
            selected={contact.address === chosen}
            nowMs={nowMs}
            tabIndex={index === stop ? 0 : -1}
            index={index}
          />
        )}
      </VList>
    </nav>
  );
}
