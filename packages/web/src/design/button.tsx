import type { ReactNode, RefObject } from 'react';
import { Button as AriaButton } from 'react-aria-components/Button';
import type { ButtonProps as AriaButtonProps } from 'react-aria-components/Button';
import { cx } from './cx.ts';
import { Spinner } from './spinner.tsx';
import styles from './button.module.css';

export interface ButtonProps extends Omit<AriaButtonProps, 'className' | 'children' | 'style' | 'isPending'> {
  readonly children: ReactNode;
  /** `primary`: the one thing to do here. `quiet` (default): bordered. `plain`: words only. */
  readonly variant?: 'primary' | 'quiet' | 'plain' | 'danger' | 'danger-plain';
  readonly size?: 's' | 'm' | 'l';
  /** Sign before the words. */
  readonly icon?: ReactNode;
  /** Shows a spinner and takes no presses; stays focused. */
  readonly busy?: boolean;
  /** As wide as there is room. */
  readonly full?: boolean;
  readonly className?: string;
  readonly ref?: RefObject<HTMLButtonElement | null>;
}

export function Button(props: ButtonProps) {
  const { children, variant = 'quiet', size = 'm', icon, busy = false, full = false, className, ...rest } = props;
  return (
    <AriaButton
      {...rest}
      isPending={busy}
      className={cx(styles.button, styles[variant], styles[size], full && styles.full, className)}
    >
      {busy ? <Spinner size="s" /> : icon}
      <span className={styles.words}>{children}</span>
    </AriaButton>
  );
}
