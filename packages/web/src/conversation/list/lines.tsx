import { useTranslation } from 'react-i18next';
import { formatDay } from '../../i18n/format.ts';
import { useNow } from '../../list/use-now.ts';
import styles from './lines.module.css';

export function DayLine({ ms }: { readonly ms: number }) {
  const { i18n } = useTranslation('conversation');
  const now = useNow();
  return (
    <div className={styles.day}>
      <time dateTime={new Date(ms).toISOString().slice(0, 10)}>{formatDay(i18n.language, ms, now)}</time>
    </div>
  );
}

export function UnreadLine({ count }: { readonly count: number }) {
  const { t } = useTranslation('conversation');
  return (
    <div className={styles.unread}>
      <span>{t('unreadLine', { count })}</span>
    </div>
  );
}
