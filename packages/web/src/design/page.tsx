import type { ReactNode } from 'react';
import { ArrowLeft } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { cx } from './cx.ts';
import { useHeadingFocus } from './use-heading-focus.ts';
import styles from './page.module.css';

export interface PageProps {
  readonly title: string;
  /** Where the arrow at its beginning goes, for instance `#/`. */
  readonly back?: string;
  /** Show the arrow on wide screens, too; otherwise it is for one-pane screens only. */
  readonly backAlways?: boolean;
  /** At the end of the bar. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  /** Wide: no reading width for what is inside. */
  readonly wide?: boolean;
}

/** A pane with a bar above and a column that scrolls: settings, contact page, requests, adding somebody. */
export function Page({ title, back, backAlways = false, actions, children, wide = false }: PageProps) {
  const { t } = useTranslation('app');
  const heading = useHeadingFocus();
  return (
    <section className={styles.page} aria-label={title}>
      <header className={styles.bar}>
        {back !== undefined && (
          <a href={back} className={cx(styles.back, backAlways && styles.always)} aria-label={t('back')}>
            <ArrowLeft aria-hidden className="mirror" />
          </a>
        )}
        <h1 ref={heading} tabIndex={-1} className={styles.title}>
          {title}
        </h1>
        {actions}
      </header>
      <div className={styles.scroll}>
        <div className={cx(styles.column, wide && styles.wide)}>{children}</div>
      </div>
    </section>
  );
}

export interface SectionProps {
  readonly title?: string;
  readonly description?: ReactNode;
  readonly children: ReactNode;
  /** Rows go to the edges: for lists of ListRow. */
  readonly flush?: boolean;
}

/** A card of things that belong together. */
export function Section({ title, description, children, flush = false }: SectionProps) {
  return (
    <section className={styles.section}>
      {title !== undefined && <h2 className={styles.heading}>{title}</h2>}
      <div className={cx(styles.card, flush && styles.flush)}>{children}</div>
      {description !== undefined && <div className={styles.description}>{description}</div>}
    </section>
  );
}
