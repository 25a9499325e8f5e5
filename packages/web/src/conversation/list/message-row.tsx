import { memo, useEffect, useRef, useState } from 'react';
import { CornerUpLeft, Ellipsis, SmilePlus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Message } from '@sotto/engine/api';
import { safeLine } from '@sotto/engine/text';
import { cx } from '../../design/cx.ts';
import { formatTime } from '../../i18n/format.ts';
import { Bubble } from '../bubble/bubble.tsx';
import { useStateWords } from '../bubble/state-sign.tsx';
import { SystemLine, useSystemWords } from '../bubble/system-line.tsx';
import { useConversation } from '../conversation-context.tsx';
import { shortLine, textOf } from '../text/spoken-text.ts';
import { waysOf } from '../menu/ways-of.ts';
import { DayLine, UnreadLine } from './lines.tsx';
import { isBubble, shownAt } from './rows.ts';
import type { Row } from './rows.ts';
import { useLongPress } from './use-long-press.ts';
import styles from './message-row.module.css';

export interface MessageRowProps extends Row {
  /** It has the keyboard's place in the list. */
  readonly active: boolean;
  /** And takes the focus now. */
  readonly takesFocus: boolean;
  readonly lit: boolean;
  /** Nothing was said before it, or after it. */
  readonly oldest: boolean;
  readonly newest: boolean;
  readonly unread: number;
  readonly onFocus: (position: number) => void;
}

export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { message, day, unreadLine, first, last, newestOwn, active, takesFocus, lit, oldest, newest, unread, onFocus } =
    props;
  const { t } = useTranslation('conversation');
  const { actions } = useConversation();
  const ref = useRef<HTMLElement>(null);
  const spoken = useSpoken(message);
  // Beside every bubble it would be most of what there is to draw.
  const [isNear, setNear] = useState(false);
  const longPress = useLongPress((point) => actions.menu(message, point));
  useEffect(() => {
    if (takesFocus) ref.current?.focus({ preventScroll: true });
  }, [takesFocus]);
  return (
    // An article of a feed takes the focus and keys (WAI-ARIA practices, feed).
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <article
      ref={ref}
      className={cx(styles.row, first && styles.first, newest && styles.newest)}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={active ? 0 : -1}
      aria-label={spoken}
      data-position={message.position}
      onFocus={(event) => {
        setNear(true);
        if (event.target === event.currentTarget) onFocus(message.position);
      }}
      onBlur={(event) => setNear(event.currentTarget.contains(event.relatedTarget))}
      onPointerEnter={(event) => setNear(event.pointerType === 'mouse')}
      onPointerLeave={(event) => setNear(event.currentTarget.contains(document.activeElement))}
    >
      {oldest && <p className={styles.beginning}>{t('beginning')}</p>}
      {day && <DayLine ms={shownAt(message)} />}
      {unreadLine && <UnreadLine count={unread} />}
      <div
        className={cx(styles.body, lit && styles.lit)}
        onContextMenu={(event) => {
          if (!isForBrowser(event.target)) {
            event.preventDefault();
            actions.menu(message, { x: event.clientX, y: event.clientY });
          }
        }}
        {...longPress}
      >
        {isBubble(message) ? (
          <div className={cx(styles.line, message.outgoing && styles.out)}>
            <Bubble message={message} first={first} last={last} newestOwn={newestOwn} />
            {isNear && <Toolbar message={message} />}
          </div>
        ) : (
          <SystemLine message={message} />
        )}
      </div>
    </article>
  );
});

/** A link, or words that were selected: the browser's own menu knows more about them. */
function isForBrowser(target: EventTarget): boolean {
  if (target instanceof Element && target.closest('a') !== null) return true;
  const selection = getSelection();
  return selection !== null && !selection.isCollapsed && target instanceof Node && selection.containsNode(target, true);
}

/** Beside the bubble while the pointer is on it. */
function Toolbar({ message }: { readonly message: Message }) {
  const { t } = useTranslation('conversation');
  const { actions, contact } = useConversation();
  const ways = waysOf(message, contact.status);
  return (
    <div className={styles.toolbar}>
      {ways.includes('react') && (
        <button
          type="button"
          tabIndex={-1}
          aria-label={t('actions.react')}
          title={t('actions.react')}
          onClick={(event) => actions.pickEmoji(message, event.currentTarget)}
        >
          <SmilePlus aria-hidden />
        </button>
      )}
      {ways.includes('reply') && (
        <button
          type="button"
          tabIndex={-1}
          aria-label={t('actions.reply')}
          title={t('actions.reply')}
          onClick={() => actions.reply(message)}
        >
          <CornerUpLeft aria-hidden className="mirror" />
        </button>
      )}
      <button
        type="button"
        tabIndex={-1}
        aria-label={t('actions.more')}
        title={t('actions.more')}
        aria-haspopup="menu"
        onClick={(event) => actions.menu(message, event.currentTarget)}
      >
        <Ellipsis aria-hidden />
      </button>
    </div>
  );
}

/** The message as a screen reader says it. */
function useSpoken(message: Message): string {
  const { t, i18n } = useTranslation('conversation');
  const systemWords = useSystemWords();
  const stateWords = useStateWords();
  if (!isBubble(message)) return systemWords(message);
  const name = message.outgoing ? t('you') : safeLine(message.name);
  const time = formatTime(i18n.language, shownAt(message));
  const own = 'deleted' in message.content && message.outgoing;
  const text =
    textOf(message) ??
    ('unknown' in message.content
      ? t('placeholder.unknown')
      : own
        ? t('placeholder.deletedOwn')
        : t('placeholder.deleted', { name }));
  const words = { name, time, text: shortLine(text) };
  return message.outgoing ? t('spokenState', { ...words, state: stateWords(message) }) : t('spoken', words);
}
