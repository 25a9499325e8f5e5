import type { ReactNode, RefObject } from 'react';
import { Button as AriaButton } from 'react-aria-components/Button';
import type { ButtonProps as AriaButtonProps } from 'react-aria-components/Button';
import { cx } from './cx.ts';
import { Tooltip } from './tooltip.tsx';
import styles from './icon-button.module.css';

export interface IconButtonProps extends Omit<AriaButtonProps, 'className' | 'children' | 'style' | 'aria-label'> {
  /** Its name: heard, and shown as a tooltip. */
  readonly label: string;
  readonly icon: ReactNode;
  /** Key to press instead, shown in the tooltip. */
  readonly shortcut?: string;
  readonly variant?: 'plain' | 'filled' | 'primary';
  readonly size?: 's' | 'm' | 'l';
  /** A dot: something is new behind it. */
  readonly dot?: boolean;
  /** false inside menus triggers that tell enough. */
  readonly tooltip?: boolean;
  readonly className?: string;
  readonly ref?: RefObject<HTMLButtonElement | null>;
}

export function IconButton(props: IconButtonProps) {
  const { label, icon, shortcut, variant = 'plain', size = 'm', dot, tooltip = true, className, ...rest } = props;
  const button = (
    <AriaButton {...rest} aria-label={label} className={cx(styles.button, styles[variant], styles[size], className)}>
      {icon}
      {dot === true && <span className={styles.dot} />}
    </AriaButton>
  );
  if (!tooltip) return button;
  return (
    <Tooltip text={label} {...(shortcut === undefined ? {} : { shortcut })}>
      {button}
    </Tooltip>
  );
}
