import { useTranslation } from 'react-i18next';
import { ProgressBar } from '../design/progress-bar.tsx';
import styles from './incoming-history.module.css';

interface IncomingHistoryProps {
  readonly done: number;
  readonly total: number;
}

function IncomingHistory({ done, total }: IncomingHistoryProps) {
  const { t } = useTranslation('linking');
  return (
    <div className={styles.strip}>
      <ProgressBar
        label={t('incoming.title')}
        value={done}
        max={total}
        valueText={t('incoming.parts', { done, total })}
      />
    </div>
  );
}

export default IncomingHistory;
