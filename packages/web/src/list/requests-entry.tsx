import { Inbox } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useRoute } from '../app/router.ts';
import { Badge } from '../design/badge.tsx';
import { ListRow } from '../design/list-row.tsx';
import { formatNumber } from '../i18n/format.ts';
import { useContacts } from '../state/contacts.ts';
import styles from './requests-entry.module.css';

/** The way to those who wrote and are not accepted; shown while there are any. */
export function RequestsEntry() {
  const { t, i18n } = useTranslation('app');
  const route = useRoute();
  const requests = useContacts('request');
  if (requests.length === 0) return null;
  const count = requests.length;
  return (
    <div className={styles.entry}>
      <ListRow
        href="#/requests"
        oneLine
        start={<Inbox aria-hidden />}
        title={t('requests.title', { count })}
        detail={requests
          .slice(0, 3)
          .map((one) => one.name)
          .join(', ')}
        end={<Badge label={t('requests.count', { count })}>{formatNumber(i18n.language, count)}</Badge>}
        selected={route.screen === 'requests'}
      />
    </div>
  );
}
