import { cx } from './cx.ts';
import styles from './mark.module.css';

export interface MarkProps {
  /** Side in px. */
  readonly size?: number;
  /** The name beside it. */
  readonly name?: boolean;
}

/** The sign of Sotto: a bubble with a slur held low in it, as a score marks what is sung under the voice. */
export function Mark({ size = 32, name = false }: MarkProps) {
  return (
    <span className={styles.mark}>
      <svg width={size} height={size} viewBox="0 0 64 64" aria-hidden="true">
        <path
          className={styles.bubble}
          d="M32 4C14.5 4 4 14.5 4 30.5S14.5 57 32 57c3.3 0 6.4-.4 9.2-1.1 3.9 2.6 8.600 4.100 14.300 4.100 1.300 0 1.900-1.500 1-2.400-2.300-2.400-3.800-5.200-4.400-8.300C57.300 44.700 60 38.300 60 30.500 60 14.500 49.500 4 32 4Z"
        />
        <path
          className={styles.slur}
          d="M17.500 33c3.200 8 8.300 11.500 14.500 11.500S43.300 41 46.500 33c-3.900 5-8.600 7.300-14.500 7.300S21.400 38 17.500 33Z"
        />
      </svg>
      {name && <span className={cx('voice', styles.name)}>Sotto</span>}
    </span>
  );
}
