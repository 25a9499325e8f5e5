import { ChevronDown } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Badge } from '../../design/badge.tsx';
import { cx } from '../../design/cx.ts';
import { IconButton } from '../../design/icon-button.tsx';
import { formatNumber } from '../../i18n/format.ts';
import styles from './jump-button.module.css';

export interface JumpButtonProps {
  readonly isShown: boolean;
  readonly unread: number;
  readonly onPress: () => void;
}

/** Down to what is unread, else to the newest message. */
export function JumpButton({ isShown, unread, onPress }: JumpButtonProps) {
  const { t, i18n } = useTranslation('conversation');
  if (!isShown) return null;
  const label = unread > 0 ? t('jump.unread', { count: unread }) : t('jump.newest');
  return (
    <div className={styles.place}>
      <IconButton
        label={label}
        variant="filled"
        icon={<ChevronDown aria-hidden />}
        onPress={onPress}
        className={cx(styles.button)}
      />
      {unread > 0 && (
        <span className={styles.badge} aria-hidden>
          <Badge tone="accent">{formatNumber(i18n.language, unread)}</Badge>
        </span>
      )}
    </div>
  );
}
