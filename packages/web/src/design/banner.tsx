import type { ReactNode } from 'react';
import { CircleCheck, Info, OctagonAlert, TriangleAlert, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { cx } from './cx.ts';
import { SignButton } from './sign-button.tsx';
import styles from './banner.module.css';

export interface BannerProps {
  readonly tone?: 'info' | 'good' | 'warn' | 'danger';
  readonly title?: string;
  readonly children?: ReactNode;
  /** In place of the sign of its tone. */
  readonly icon?: ReactNode;
  readonly actions?: ReactNode;
  /** Shows a cross. */
  readonly onDismiss?: () => void;
  /** Heard as soon as it is there; `alert` interrupts. */
  readonly live?: 'status' | 'alert';
  readonly className?: string;
}

const SIGNS = { info: Info, good: CircleCheck, warn: TriangleAlert, danger: OctagonAlert };

/** Something to know, in its place on the page. */
export function Banner(props: BannerProps) {
  const { tone = 'info', title, children, icon, actions, onDismiss, live, className } = props;
  const { t } = useTranslation('app');
  const Sign = SIGNS[tone];
  return (
    <div className={cx(styles.banner, styles[tone], className)} {...(live === undefined ? {} : { role: live })}>
      <span className={styles.sign}>{icon ?? <Sign aria-hidden />}</span>
      <div className={styles.words}>
        {title !== undefined && <p className={styles.title}>{title}</p>}
        {children !== undefined && <div className={styles.text}>{children}</div>}
        {actions !== undefined && <div className={styles.actions}>{actions}</div>}
      </div>
      {onDismiss !== undefined && (
        <SignButton size="s" label={t('dismiss')} icon={<X aria-hidden />} onPress={onDismiss} />
      )}
    </div>
  );
}
