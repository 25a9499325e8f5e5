import { useEffect } from 'react';
import { BadgeCheck, Timer } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { StoreApi } from 'zustand';
import type { Contact } from '@sotto/engine/api';
import { hrefOf } from '../app/router.ts';
import { Avatar } from '../design/avatar.tsx';
import { Badge } from '../design/badge.tsx';
import { cx } from '../design/cx.ts';
import { formatListTime, formatNumber } from '../i18n/format.ts';
import { PreviewLine } from './preview-line.tsx';
import type { Previews } from './previews.ts';
import styles from './conversation-row.module.css';

export interface ConversationRowProps {
  readonly contact: Contact;
  readonly previews: StoreApi<Previews>;
  readonly selected: boolean;
  readonly nowMs: number;
  readonly tabIndex: number;
  readonly index: number;
}

const MAX_COUNT = 999;

export function ConversationRow({ contact, previews, selected, nowMs, tabIndex, index }: ConversationRowProps) {
  const { t, i18n } = useTranslation('app');
  const { address, name, color, unread, lastAt, verified, timer } = contact;
  const message = useStore(previews, (state) => state.newest.get(address));
  const want = useStore(previews, (state) => state.want);
  const missing = message === undefined;
  useEffect(() => {
    if (missing) want(address);
  }, [want, address, missing]);
  const locale = i18n.language;
  const count = unread > MAX_COUNT ? `${formatNumber(locale, MAX_COUNT)}+` : formatNumber(locale, unread);
  return (
    <a
      href={hrefOf({ screen: 'conversation', address, at: null })}
      className={cx(styles.row, selected && styles.selected, unread > 0 && styles.unread)}
      data-index={index}
      data-conversation={address}
      tabIndex={tabIndex}
      {...(selected ? { 'aria-current': 'page' } : {})}
    >
      <Avatar name={name} color={color} />
      <span className={styles.words}>
        <span className={styles.line}>
          <bdi className={styles.name}>{name}</bdi>
          {verified && (
            <>
              <BadgeCheck aria-hidden className={styles.sign} />
              <span className="only-heard">{t('list.verified')}</span>
            </>
          )}
          {timer > 0 && (
            <>
              <Timer aria-hidden className={styles.sign} />
              <span className="only-heard">{t('list.timer')}</span>
            </>
          )}
          <span className={styles.space} />
          {lastAt > 0 && (
            <time className={styles.time} dateTime={new Date(lastAt).toISOString()}>
              {formatListTime(locale, lastAt, nowMs)}
            </time>
          )}
        </span>
        <span className={styles.line}>
          <PreviewLine contact={contact} message={message} />
          {unread > 0 && <Badge label={t('list.unread', { count: unread })}>{count}</Badge>}
        </span>
      </span>
    </a>
  );
}
