import type { ReactNode } from 'react';
import { Label, Radio, RadioGroup as AriaRadioGroup } from 'react-aria-components/RadioGroup';
import { cx } from './cx.ts';
import styles from './radio-group.module.css';

export interface RadioGroupProps<Value extends string> {
  readonly label: string;
  readonly hideLabel?: boolean;
  readonly value: Value;
  readonly onChange: (value: Value) => void;
  readonly options: readonly {
    readonly value: Value;
    readonly label: string;
    readonly description?: string;
    readonly icon?: ReactNode;
  }[];
  /** Side by side, as cards. */
  readonly cards?: boolean;
}

export function RadioGroup<Value extends string>(props: RadioGroupProps<Value>) {
  const { label, hideLabel = false, value, onChange, options, cards = false } = props;
  return (
    <AriaRadioGroup
      value={value}
      onChange={(chosen) => onChange(chosen as Value)}
      className={cx(styles.group, cards && styles.cards)}
    >
      <Label className={cx(styles.label, hideLabel && 'only-heard')}>{label}</Label>
      <div className={styles.options}>
        {options.map((option) => (
          <Radio key={option.value} value={option.value} className={cx(styles.option)}>
            {option.icon}
            <span className={styles.words}>
              <span>{option.label}</span>
              {option.description !== undefined && <span className={styles.description}>{option.description}</span>}
            </span>
            <span className={styles.dot} />
          </Radio>
        ))}
      </div>
    </AriaRadioGroup>
  );
}
