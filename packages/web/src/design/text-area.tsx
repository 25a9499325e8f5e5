import type { ReactNode, RefObject } from 'react';
import { FieldError } from 'react-aria-components/FieldError';
import { TextArea as AriaTextArea } from 'react-aria-components/TextArea';
import { Label, TextField as AriaTextField } from 'react-aria-components/TextField';
import { Text } from 'react-aria-components/Text';
import type { TextFieldProps as AriaTextFieldProps } from 'react-aria-components/TextField';
import { cx } from './cx.ts';
import styles from './text-field.module.css';

export interface TextAreaProps extends Omit<AriaTextFieldProps, 'className' | 'children' | 'style' | 'isInvalid'> {
  readonly label: string;
  readonly hideLabel?: boolean;
  readonly description?: ReactNode;
  readonly error?: string | null;
  readonly placeholder?: string;
  readonly rows?: number;
  readonly areaRef?: RefObject<HTMLTextAreaElement | null>;
  readonly className?: string;
  readonly mono?: boolean;
}

export function TextArea(props: TextAreaProps) {
  const { label, hideLabel, description, error, placeholder, rows = 3, areaRef, className, mono, ...rest } = props;
  const wrong = error !== undefined && error !== null && error !== '';
  return (
    <AriaTextField validationBehavior="aria" {...rest} isInvalid={wrong} className={cx(styles.field, className)}>
      <Label className={cx(styles.label, hideLabel === true && 'only-heard')}>{label}</Label>
      <span className={styles.box}>
        <AriaTextArea
          rows={rows}
          className={cx(styles.input, styles.area, mono === true && styles.mono)}
          {...(placeholder === undefined ? {} : { placeholder })}
          {...(areaRef === undefined ? {} : { ref: areaRef })}
        />
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
