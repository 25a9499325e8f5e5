import type { ReactElement, ReactNode } from 'react';
import {
  Menu as AriaMenu,
  MenuItem as AriaMenuItem,
  MenuTrigger,
  Popover,
  Separator,
} from 'react-aria-components/Menu';
import { cx } from './cx.ts';
import styles from './menu.module.css';

export interface MenuAction {
  readonly id: string;
  readonly label: string;
  readonly icon?: ReactNode;
  /** Shown at the end of the row. */
  readonly shortcut?: string;
  readonly danger?: boolean;
  readonly disabled?: boolean;
  /** A line above it. */
  readonly separated?: boolean;
  readonly onAction: () => void;
}

export interface MenuProps {
  /** Name of the menu. */
  readonly label: string;
  /** The button that opens it. */
  readonly children: ReactElement;
  readonly actions: readonly MenuAction[];
  readonly placement?: 'bottom start' | 'bottom end' | 'top start' | 'top end';
  readonly onOpenChange?: (open: boolean) => void;
}

export function Menu({ label, children, actions, placement = 'bottom end', onOpenChange }: MenuProps) {
  return (
    <MenuTrigger {...(onOpenChange === undefined ? {} : { onOpenChange })}>
      {children}
      <Popover className={cx(styles.popover)} placement={placement} offset={4}>
        <MenuItems label={label} actions={actions} />
      </Popover>
    </MenuTrigger>
  );
}

function MenuItems({ label, actions }: Pick<MenuProps, 'label' | 'actions'>) {
  return (
    <AriaMenu aria-label={label} className={cx(styles.menu)}>
      {actions.flatMap((action) => {
        const item = (
          <AriaMenuItem
            key={action.id}
            id={action.id}
            textValue={action.label}
            isDisabled={action.disabled === true}
            onAction={action.onAction}
            className={cx(styles.item, action.danger === true && styles.danger)}
          >
            {action.icon}
            <span className={styles.label}>{action.label}</span>
            {action.shortcut !== undefined && <kbd className={styles.shortcut}>{action.shortcut}</kbd>}
          </AriaMenuItem>
        );
        if (action.separated !== true) return [item];
        return [<Separator key={`${action.id}-line`} className={cx(styles.separator)} />, item];
      })}
    </AriaMenu>
  );
}
