import type { ReactNode } from 'react';
import { ChevronRight } from 'lucide-react';
import { Button } from 'react-aria-components/Button';
import { cx } from './cx.ts';
import styles from './list-row.module.css';

export interface ListRowProps {
  /** Sign or avatar at its beginning. */
  readonly start?: ReactNode;
  readonly title: ReactNode;
  readonly detail?: ReactNode;
  /** At its end: a value, a badge, a button. */
  readonly end?: ReactNode;
  /** Goes there: the row is a link, and shows an arrow. */
  readonly href?: string;
  /** The row is a button. */
  readonly onPress?: () => void;
  readonly selected?: boolean;
  readonly danger?: boolean;
  readonly disabled?: boolean;
  /** Cut off what has no room, instead of breaking lines. */
  readonly oneLine?: boolean;
}

/** One line of a list: of settings, of people, of devices. */
export function ListRow(props: ListRowProps) {
  const {
    start,
    title,
    detail,
    end,
    href,
    onPress,
    selected = false,
    danger = false,
    disabled = false,
    oneLine = false,
  } = props;
  const inside = (
    <>
      {start !== undefined && <span className={styles.start}>{start}</span>}
      <span className={styles.words}>
        <span className={styles.title}>{title}</span>
        {detail !== undefined && <span className={styles.detail}>{detail}</span>}
      </span>
      {end !== undefined && <span className={styles.end}>{end}</span>}
      {href !== undefined && <ChevronRight aria-hidden className={cx(styles.arrow, 'mirror')} />}
    </>
  );
  const look = cx(styles.row, selected && styles.selected, danger && styles.danger, oneLine && styles.oneLine);
  if (href !== undefined) {
    return (
      <a href={href} className={cx(look, styles.pressable)} {...(selected ? { 'aria-current': 'page' as const } : {})}>
        {inside}
      </a>
    );
  }
  if (onPress !== undefined) {
    return (
      <Button onPress={onPress} isDisabled={disabled} className={cx(look, styles.pressable)}>
        {inside}
      </Button>
    );
  }
  return <div className={look}>{inside}</div>;
}
