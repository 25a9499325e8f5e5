import { Timer } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Message } from '@sotto/engine/api';
import { formatMoment, formatTime } from '../../i18n/format.ts';
import { shownAt } from '../list/rows.ts';
import { durationWords, remainingWords } from '../text/duration-words.ts';
import { StateSign } from './state-sign.tsx';
import { useNow } from './use-now.ts';
import styles from './meta.module.css';

export interface MetaProps {
  readonly message: Message;
  /** Says the state in words. */
  readonly words: boolean;
}

/** Below or beside the text: edited, time left, time, state. */
export function Meta({ message, words }: MetaProps) {
  const { t, i18n } = useTranslation('conversation');
  const at = shownAt(message);
  const locale = i18n.language;
  return (
    <span className={styles.meta}>
      {message.editedAt !== undefined && (
        <span title={t('editedAt', { time: formatMoment(locale, message.editedAt) })}>{t('edited')}</span>
      )}
      {message.disappearAfter !== undefined && <TimeLeft message={message} seconds={message.disappearAfter} />}
      <time dateTime={new Date(at).toISOString()} title={formatMoment(locale, at)}>
        {formatTime(locale, at)}
      </time>
      {message.outgoing && <StateSign message={message} words={words} />}
    </span>
  );
}

function TimeLeft({ message, seconds }: { readonly message: Message; readonly seconds: number }) {
  const { t, i18n } = useTranslation('conversation');
  const { expiresAt, outgoing } = message;
  const now = useNow(expiresAt === undefined ? null : expiresAt);
  const time = durationWords(i18n.language, seconds);
  const title =
    expiresAt !== undefined
      ? t('disappears', { time: remainingWords(i18n.language, expiresAt - now, 'long') })
      : t(outgoing ? 'disappearsAfterSending' : 'disappearsAfter', { time });
  return (
    <span className={styles.left} title={title}>
      <Timer aria-hidden className={styles.sign} />
      <span aria-hidden>
        {expiresAt === undefined
          ? durationWords(i18n.language, seconds, 'narrow')
          : remainingWords(i18n.language, expiresAt - now)}
      </span>
      <span className="only-heard">{title}</span>
    </span>
  );
}
