import { useTranslation } from 'react-i18next';
import { Mark } from '../design/mark.tsx';
import styles from './splash.module.css';

/** Empty at first: what is there in a moment needs no sign that one waits. */
export function Splash() {
  const { t } = useTranslation('app');
  return (
    <main className={styles.splash} aria-busy="true">
      <div className={styles.mark}>
        <Mark size={64} />
      </div>
      <p className="only-heard">{t('starting')}</p>
    </main>
  );
}
