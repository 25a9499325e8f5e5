import { UserPlus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import styles from './quiet-list.module.css';

/** The list while nobody is in it, on wide screens: the first steps stand beside it. */
export function QuietList() {
  const { t } = useTranslation('app');
  return (
    <div className={styles.quiet}>
      <p>{t('list.empty')}</p>
      <a href="#/add" className={styles.add}>
        <UserPlus aria-hidden />
        {t('list.add')}
      </a>
    </div>
  );
}
