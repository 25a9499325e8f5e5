import type { ReactNode } from 'react';
import { cx } from './cx.ts';
import styles from './empty-state.module.css';

export interface EmptyStateProps {
  readonly icon?: ReactNode;
  readonly title: string;
  /** What comes here, and the next step. */
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
  /** Great and slanted, for whole panes. */
  readonly voice?: boolean;
}

export function EmptyState({ icon, title, children, actions, voice = false }: EmptyStateProps) {
  return (
    <div className={styles.empty}>
      {icon !== undefined && <span className={styles.icon}>{icon}</span>}
      <h2 className={cx(voice ? styles.great : styles.title, voice && 'voice')}>{title}</h2>
      {children !== undefined && <div className={styles.text}>{children}</div>}
      {actions !== undefined && <div className={styles.actions}>{actions}</div>}
    </div>
  );
}
