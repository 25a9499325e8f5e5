import { useTranslation } from 'react-i18next';
import { Spinner } from '../design/spinner.tsx';
import styles from './pane-spinner.module.css';

export function PaneSpinner() {
  const { t } = useTranslation('app');
  return (
    <div className={styles.pane}>
      <Spinner label={t('loading')} />
    </div>
  );
}
