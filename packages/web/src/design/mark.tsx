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
          d="M32 4C14.5 4 4 14.5 4 30.5S14.5 57 32 57c3.3 0 6.4-.4 9.2-1.1 3.9 2.6 8.6 4.1 14.3 4.1 1.3 0 1.9-1.5 1-2.4-2.3-2.4-3.8-5.2-4.4-8.3C57.3 44.7 60 38.3 60 30.5 60 14.5 49.5 4 32 4Z"
        />
        <path
          className={styles.slur}
          d="M17.5 33c3.2 8 8.3 11.5 14.5 11.5S43.3 41 46.5 33c-3.9 5-8.6 7.3-14.5 7.3S21.4 38 17.5 33Z"
        />
      </svg>
      {name && <span className={cx('voice', styles.name)}>Sotto</span>}
    </span>
  );
}
