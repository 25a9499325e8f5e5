import type { ReactNode } from 'react';
import { ArrowLeft } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { cx } from '../design/cx.ts';
import { SignButton } from '../design/sign-button.tsx';
import { Mark } from '../design/mark.tsx';
import { useHeadingFocus } from '../design/use-heading-focus.ts';
import { Slurs } from './slurs.tsx';
import styles from './front-page.module.css';

export interface FrontPageProps {
  readonly title: string;
  /** Great and slanted. */
  readonly voice?: boolean;
  readonly lead?: ReactNode;
  readonly children: ReactNode;
  readonly onBack?: () => void;
  /** Below the card. */
  readonly footer?: ReactNode;
  readonly wide?: boolean;
}

/** A page for one thing, before or beside the application: welcome, unlock, failure. */
export function FrontPage({ title, voice = false, lead, children, onBack, footer, wide = false }: FrontPageProps) {
  const { t } = useTranslation('app');
  const heading = useHeadingFocus();
  return (
    <main className={styles.front}>
      <div className={styles.art}>
        <Slurs />
      </div>
      <div className={cx(styles.column, wide && styles.wide)}>
        <div className={styles.top}>
          {onBack === undefined ? (
            <Mark size={36} name />
          ) : (
            <SignButton label={t('back')} icon={<ArrowLeft aria-hidden className="mirror" />} onPress={onBack} />
          )}
        </div>
        <div className={styles.head}>
          <h1 ref={heading} className={cx(voice ? styles.great : styles.title, voice && 'voice')} tabIndex={-1}>
            {title}
          </h1>
          {lead !== undefined && <div className={styles.lead}>{lead}</div>}
        </div>
        <div className={styles.body}>{children}</div>
        {footer !== undefined && <div className={styles.footer}>{footer}</div>}
      </div>
    </main>
  );
}
