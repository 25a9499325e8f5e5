import { useTranslation } from 'react-i18next';
import type { Message } from '@sotto/engine/api';
import { safeLine } from '@sotto/engine/text';
import { hrefOf } from '../app/router.ts';
import { Avatar } from '../design/avatar.tsx';
import { formatListTime } from '../i18n/format.ts';
import { useContact } from '../state/contacts.ts';
import { highlight } from './highlight.ts';
import styles from './found-message.module.css';

export interface FoundMessageProps {
  readonly message: Message;
  readonly searched: string;
  readonly nowMs: number;
}

export function FoundMessage({ message, searched, nowMs }: FoundMessageProps) {
  const { t, i18n } = useTranslation('app');
  const { conversation, position, content, outgoing, sentAt } = message;
  const contact = useContact(conversation);
  const pieces = highlight('text' in content ? safeLine(content.text) : '', searched);
  return (
    <a className={styles.row} href={hrefOf({ screen: 'conversation', address: conversation, at: position })}>
      <Avatar name={contact?.name ?? ''} color={contact?.color ?? 0} size="s" />
      <span className={styles.words}>
        <span className={styles.line}>
          <bdi className={styles.name}>{contact?.name ?? ''}</bdi>
          <span className={styles.time}>{formatListTime(i18n.language, sentAt, nowMs)}</span>
        </span>
        <span className={styles.text} dir="auto">
          {outgoing && <span className={styles.own}>{t('search.you')} </span>}
          {pieces.map(({ text, marked }, index) =>
            marked ? (
              // eslint-disable-next-line react/no-array-index-key
              <mark key={index} className={styles.mark}>
                {text}
              </mark>
            ) : (
              text
            ),
          )}
        </span>
      </span>
    </a>
  );
}
