import { ProgressBar as AriaProgressBar } from 'react-aria-components/ProgressBar';
import { Label } from 'react-aria-components/TextField';
import { cx } from './cx.ts';
import styles from './progress-bar.module.css';

export interface ProgressBarProps {
  readonly label: string;
  readonly hideLabel?: boolean;
  /** How much is done; null: nobody knows yet. */
  readonly value: number | null;
  readonly max?: number;
  /** In words, for instance "120 of 3,000"; per cent otherwise. */
  readonly valueText?: string;
}

export function ProgressBar({ label, hideLabel = false, value, max = 100, valueText }: ProgressBarProps) {
  const known = value === null ? { isIndeterminate: true } : { value };
  return (
    <AriaProgressBar
      {...known}
      maxValue={Math.max(max, 1)}
      {...(valueText === undefined ? {} : { valueLabel: valueText })}
      className={styles.bar ?? ''}
    >
      {({ percentage, valueText: shown }) => (
        <>
          <span className={cx(styles.line, hideLabel && 'only-heard')}>
            <Label>{label}</Label>
            <span className={styles.value}>{shown}</span>
          </span>
          <span className={styles.track}>
            <span
              className={cx(styles.fill, value === null && styles.unknown)}
              style={value === null ? {} : { inlineSize: `${String(percentage ?? 0)}%` }}
            />
          </span>
        </>
      )}
    </AriaProgressBar>
  );
}
