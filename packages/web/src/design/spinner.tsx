import { cx } from './cx.ts';
import styles from './spinner.module.css';

export interface SpinnerProps {
  readonly size?: 's' | 'm' | 'l';
  /** What is being waited for; without one it is decoration beside words that say so. */
  readonly label?: string;
}

export function Spinner({ size = 'm', label }: SpinnerProps) {
  const heard = label === undefined ? { 'aria-hidden': true } : { role: 'status', 'aria-label': label };
  return (
    <span className={cx(styles.spinner, styles[size])} {...heard}>
      <span />
      <span />
      <span />
    </span>
  );
}
