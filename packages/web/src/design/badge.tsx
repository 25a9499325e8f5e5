import type { ReactNode } from 'react';
import { cx } from './cx.ts';
import styles from './badge.module.css';

export interface BadgeProps {
  readonly children: ReactNode;
  readonly tone?: 'accent' | 'soft' | 'neutral' | 'good' | 'warn' | 'danger';
  /** What it means, where the number alone does not say it. */
  readonly label?: string;
}

/** A count or a short word. */
export function Badge({ children, tone = 'accent', label }: BadgeProps) {
  return (
    <span className={cx(styles.badge, styles[tone])}>
      <span aria-hidden={label !== undefined}>{children}</span>
      {label !== undefined && <span className="only-heard">{label}</span>}
    </span>
  );
}
