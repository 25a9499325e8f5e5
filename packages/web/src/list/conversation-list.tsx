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

  const last = useRef<string | null>(null);
  useEffect(() => {
    if (last.current === chosen || (chosen !== null && chosenIndex < 0)) return;
    if (chosen !== null) list.current?.scrollToIndex(chosenIndex, { align: 'nearest' });
    // Back from a conversation: the focus was in it, and goes to where it was chosen.
    const back = shown.findIndex((contact) => contact.address === last.current);
    if (chosen === null && back >= 0 && document.activeElement === document.body) focusRow(list.current, back);
    last.current = chosen;
  }, [chosen, chosenIndex, shown]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const moves: Record<string, number> = { ArrowDown: stop + 1, ArrowUp: stop - 1, Home: 0, End: shown.length - 1 };
    const next = moves[event.key];
    if (next === undefined || next < 0 || next >= shown.length) return;
    event.preventDefault();
    focusRow(list.current, next);
  };
  const onFocus = (event: FocusEvent<HTMLElement>) => {
    const index = Number(event.target.dataset['index'] ?? Number.NaN);
    if (Number.isInteger(index)) setFocusIndex(index);
  };
  const onBlur = (event: FocusEvent<HTMLElement>) => {
    if (!event.currentTarget.contains(event.relatedTarget)) setFocusIndex(null);
  };

  return (
    <nav className={styles.nav} aria-label={t('list.label')}>
      <div role="presentation" className={styles.keys} onKeyDown={onKeyDown} onFocus={onFocus} onBlur={onBlur}>
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
      </div>
    </nav>
  );
}

const MAX_FRAMES = 10;

/** A row far away is drawn only once it was scrolled to. */
function focusRow(list: VListHandle | null, index: number): void {
  list?.scrollToIndex(index, { align: 'nearest' });
  let frames = 0;
  const look = () => {
    const row = document.querySelector<HTMLElement>(`[data-index="${String(index)}"]`);
    frames += 1;
    if (row !== null) row.focus({ preventScroll: true });
    else if (frames < MAX_FRAMES) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}
