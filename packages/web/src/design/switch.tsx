import type { ReactNode } from 'react';
import { Switch as AriaSwitch } from 'react-aria-components/Switch';
import type { SwitchProps as AriaSwitchProps } from 'react-aria-components/Switch';
import { cx } from './cx.ts';
import styles from './switch.module.css';

export interface SwitchProps extends Omit<AriaSwitchProps, 'className' | 'children' | 'style'> {
  readonly label: ReactNode;
  readonly description?: ReactNode;
  readonly className?: string;
}

/** A whole row: words at its beginning, the switch at its end. */
export function Switch({ label, description, className, ...rest }: SwitchProps) {
  return (
    <AriaSwitch {...rest} className={cx(styles.row, className)}>
      <span className={styles.words}>
        <span>{label}</span>
        {description !== undefined && <span className={styles.description}>{description}</span>}
      </span>
      <span className={styles.track}>
        <span className={styles.thumb} />
      </span>
    </AriaSwitch>
  );
}
