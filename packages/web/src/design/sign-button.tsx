import type { ReactNode, RefObject } from 'react';
import { Button as AriaButton } from 'react-aria-components/Button';
import type { ButtonProps as AriaButtonProps } from 'react-aria-components/Button';
import { cx } from './cx.ts';
import styles from './icon-button.module.css';

export interface SignButtonProps extends Omit<AriaButtonProps, 'className' | 'children' | 'style' | 'aria-label'> {
  /** Its name: heard. */
  readonly label: string;
  readonly icon: ReactNode;
  readonly variant?: 'plain' | 'filled' | 'primary';
  readonly size?: 's' | 'm' | 'l';
  /** A dot: something is new behind it. */
  readonly dot?: boolean;
  readonly className?: string;
  readonly ref?: RefObject<HTMLButtonElement | null>;
}

/** A button whose sign tells enough, or which stands where a tooltip would be in the way; all others are an `IconButton`. */
export function SignButton({ label, icon, variant = 'plain', size = 'm', dot, className, ...rest }: SignButtonProps) {
  return (
    <AriaButton {...rest} aria-label={label} className={cx(styles.button, styles[variant], styles[size], className)}>
      {icon}
      {dot === true && <span className={styles.dot} />}
    </AriaButton>
  );
}
