import { useEffect, useMemo, useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Virtualizer } from 'virtua';
import type { Message } from '@sotto/engine/api';
import { safeLine } from '@sotto/engine/text';
import { Button } from '../../design/button.tsx';
import { Spinner } from '../../design/spinner.tsx';
import { indexOfPosition, messageAt } from '../../state/message-window.ts';
import { useConversation } from '../conversation-context.tsx';
import { useMessagesState } from '../use-messages.ts';
import { EmptyConversation } from './empty-conversation.tsx';
import { JumpButton } from './jump-button.tsx';
import { MessageRow } from './message-row.tsx';
import { rowsOf } from './rows.ts';
import { useArrivals } from './use-arrivals.ts';
import { useListPosition } from './use-list-position.ts';
import { useReading } from './use-reading.ts';
import { useRowKeys } from './use-row-keys.ts';
import styles from './message-list.module.css';

/** Rendered beyond the edges of the screen. */
const BUFFER_PX = 600;
const LIT_MS = 2300;

export interface MessageListProps {
  /** A message to show, from the address of the page. */
  readonly at: number | null;
  /** Asks for a message to be shown; a new object each time. */
  readonly wanted: { readonly position: number } | null;
  readonly onKey: (event: KeyboardEvent, message: Message) => boolean;
}

export function MessageList({ at, wanted, onKey }: MessageListProps) {
  const { t } = useTranslation('conversation');
  const { contact, messages } = useConversation();
  const state = useMessagesState(messages);
  const { messages: all, firstUnread, status, hasOlder, hasNewer, stretch, grewAtStart } = state;
  const scroller = useRef<HTMLDivElement>(null);
  const [lit, setLit] = useState<number | null>(at);
  const place = useListPosition(messages, state, at);
  const { toIndex, toEnd, virtualizer } = place;
  const newest = all.at(-1)?.position ?? null;
  const look = useReading(contact, place.lastSeen, newest);
  const unreadAtLine = useArrivals(messages, state, contact);
  const rows = useMemo(() => rowsOf(all, firstUnread), [all, firstUnread]);

  useEffect(() => {
    if (wanted === null) return;
    const { position } = wanted;
    const show = (isThere: boolean) => {
      if (!isThere) return;
      setLit(position);
      // After the stretch it is in has its place.
      requestAnimationFrame(() => toIndex(indexOfPosition(messages.state.messages, position), 'center'));
    };
    messages.reach(position).then(show, () => undefined);
  }, [wanted, messages, toIndex]);
  useEffect(() => {
    if (lit === null) return undefined;
    const timer = setTimeout(() => setLit(null), LIT_MS);
    return () => clearTimeout(timer);
  }, [lit]);

  const keys = useRowKeys({ rows, toIndex, onKey });

  const jump = () => {
    const lineIndex = firstUnread === null ? -1 : indexOfPosition(all, firstUnread);
    const list = virtualizer.current;
    const isBelow =
      list !== null && lineIndex >= 0 && list.getItemOffset(lineIndex) > list.scrollOffset + list.viewportSize;
    if (isBelow && !hasNewer) return toIndex(lineIndex, 'start');
    messages.reachNewest().then(toEnd, () => undefined);
  };

  if (status === 'failed') {
    return (
      <div className={styles.middle}>
        <p>{t('loadFailed')}</p>
        <Button onPress={() => void messages.open(contact.unread).catch(() => undefined)}>{t('loadAgain')}</Button>
      </div>
    );
  }
  if (status === 'loading') {
    return <div className={styles.middle} aria-busy />;
  }
  const activeIndex = keys.active === null ? -1 : indexOfPosition(all, keys.active);
  const isHeld = keys.active !== null && messageAt(all, keys.active) !== null;
  return (
    <div className={styles.frame}>
      {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- keys of the messages inside */}
      <div ref={scroller} className={styles.scroller} data-testid="messages" onScroll={look} onKeyDown={keys.onKeyDown}>
        <div className={styles.fill} />
        {hasOlder && (
          <div className={styles.older}>
            <Spinner size="s" label={t('loadingOlder')} />
          </div>
        )}
        <div
          {...(all.length > 0
            ? { role: 'feed', 'aria-label': t('messagesWith', { name: safeLine(contact.name) }) }
            : {})}
        >
          <Virtualizer
            key={stretch}
            ref={virtualizer}
            scrollRef={scroller}
            shift={grewAtStart}
            bufferSize={BUFFER_PX}
            data={rows}
            onScroll={place.onScroll}
            onResize={place.onResize}
            {...(isHeld ? { keepMounted: [activeIndex] } : {})}
          >
            {(row) => (
              <MessageRow
                key={row.message.position}
                {...row}
                active={row.message.position === (isHeld ? keys.active : newest)}
                takesFocus={row.message.position === keys.focusing}
                oldest={!hasOlder && row.message === all[0]}
                newest={row.message.position === newest}
                lit={row.message.position === lit}
                unread={row.unreadLine ? unreadAtLine : 0}
                onFocus={keys.onFocus}
              />
            )}
          </Virtualizer>
        </div>
      </div>
      {all.length === 0 && <EmptyConversation />}
      <JumpButton isShown={!place.isAtEnd && all.length > 0} unread={contact.unread} onPress={jump} />
    </div>
  );
}
