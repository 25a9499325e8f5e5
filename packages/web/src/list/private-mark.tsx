import { EyeOff } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Badge } from '../design/badge.tsx';
import styles from './private-mark.module.css';

/** Nothing of this session is kept. */
export function PrivateMark() {
  const { t } = useTranslation('app');
  return (
    <span className={styles.mark} title={t('private.hint')}>
      <Badge tone="soft">
        <EyeOff aria-hidden /> {t('private.mark')}
      </Badge>
    </span>
  );
}
