import styles from './slurs.module.css';

const COUNT = 9;

/** Ties of a score that fade as a whisper does: the picture beside the front pages. */
export function Slurs() {
  return (
    <svg className={styles.slurs} viewBox="0 0 600 900" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
      {Array.from({ length: COUNT }, (_, index) => {
        const width = 90 + index * 62;
        const y = 400 + index * 34;
        const depth = 46 + index * 26;
        const from = 300 - width;
        const to = 300 + width;
        const thick = 7 + index * 1.5;
        return (
          <path
            key={index}
            opacity={0.95 - index * 0.1}
            d={`M${from} ${y}C${from + width * 0.5} ${y + depth} ${to - width * 0.5} ${y + depth} ${to} ${y}C${to - width * 0.5} ${y + depth + thick} ${from + width * 0.5} ${y + depth + thick} ${from} ${y}Z`}
          />
        );
      })}
    </svg>
  );
}
