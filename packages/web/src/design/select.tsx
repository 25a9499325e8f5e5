import type { ChangeEvent } from 'react';
import { useId } from 'react';
import { ChevronDown } from 'lucide-react';
import { cx } from './cx.ts';
import styles from './select.module.css';

export interface SelectProps<Value extends string> {
  readonly label: string;
  readonly hideLabel?: boolean;
  readonly description?: string;
  readonly value: Value;
  readonly onChange: (value: Value) => void;
  readonly options: readonly { readonly value: Value; readonly label: string }[];
  readonly disabled?: boolean;
}

/** One of several, in a list that the system opens: on phones it is the one that hands know. */
export function Select<Value extends string>(props: SelectProps<Value>) {
  const { label, hideLabel = false, description, value, onChange, options, disabled = false } = props;
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={cx(styles.label, hideLabel && 'only-heard')}>
        {label}
      </label>
      <span className={styles.box}>
        <select
          id={id}
          className={styles.select}
          value={value}
          disabled={disabled}
          onChange={(event: ChangeEvent<HTMLSelectElement>) => onChange(event.target.value as Value)}
          {...(description === undefined ? {} : { 'aria-describedby': `${id}-words` })}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
        <ChevronDown aria-hidden className={styles.arrow} />
      </span>
      {description !== undefined && (
        <span id={`${id}-words`} className={styles.description}>
          {description}
        </span>
      )}
    </div>
  );
}
