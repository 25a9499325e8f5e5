import type { ReactNode, RefObject } from 'react';
import { FieldError } from 'react-aria-components/FieldError';
import { Input, Label, TextField as AriaTextField } from 'react-aria-components/TextField';
import { Text } from 'react-aria-components/Text';
import type { TextFieldProps as AriaTextFieldProps } from 'react-aria-components/TextField';
import { cx } from './cx.ts';
import styles from './text-field.module.css';

export interface TextFieldProps extends Omit<AriaTextFieldProps, 'className' | 'children' | 'style' | 'isInvalid'> {
  readonly label: string;
  readonly hideLabel?: boolean;
  /** Below the field, always there. */
  readonly description?: ReactNode;
  /** What is wrong with it and how to put it right; takes the place of the description. */
  readonly error?: string | null;
  readonly placeholder?: string;
  /** Sign inside, at its beginning. */
  readonly icon?: ReactNode;
  /** Something to press inside, at its end. */
  readonly trailing?: ReactNode;
  readonly inputRef?: RefObject<HTMLInputElement | null>;
  readonly className?: string;
  /** Keys, codes: fixed-width letters. */
  readonly mono?: boolean;
}

export function TextField(props: TextFieldProps) {
  const { label, hideLabel, description, error, placeholder, icon, trailing, inputRef, className, mono, ...rest } =
    props;
  const wrong = error !== undefined && error !== null && error !== '';
  return (
    <AriaTextField validationBehavior="aria" {...rest} isInvalid={wrong} className={cx(styles.field, className)}>
      <Label className={cx(styles.label, hideLabel === true && 'only-heard')}>{label}</Label>
      <span className={styles.box}>
        {icon}
        <Input
          className={cx(styles.input, mono === true && styles.mono)}
          {...(placeholder === undefined ? {} : { placeholder })}
          {...(inputRef === undefined ? {} : { ref: inputRef })}
        />
        {trailing}
      </span>
      {!wrong && description !== undefined && (
        <Text slot="description" className={cx(styles.description)}>
          {description}
        </Text>
      )}
      <FieldError className={cx(styles.error)}>{error}</FieldError>
    </AriaTextField>
  );
}
