import type { ReactNode } from 'react';
import { X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Dialog as AriaDialog } from 'react-aria-components/Dialog';
import { Heading } from 'react-aria-components/Dialog';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import { cx } from './cx.ts';
import { SignButton } from './sign-button.tsx';
import styles from './dialog.module.css';

export interface DialogProps {
  readonly title: string;
  readonly isOpen: boolean;
  /** Escape, a press outside, or the cross. */
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** Buttons below, the one that goes on last. */
  readonly actions?: ReactNode;
  /** `alert`: something is lost if it is answered wrongly; a press outside does not close it. */
  readonly role?: 'dialog' | 'alertdialog';
  readonly size?: 's' | 'm' | 'l';
  /** false: only its own buttons close it. */
  readonly dismissable?: boolean;
  /** There is nothing inside to press: the words themselves take the focus, so that keys can scroll them. */
  readonly toRead?: boolean;
}

/** A window above the page; on phones a sheet that comes from below. */
export function Dialog(props: DialogProps) {
  const {
    title,
    isOpen,
    onClose,
    children,
    actions,
    role = 'dialog',
    size = 'm',
    dismissable = true,
    toRead = false,
  } = props;
  const { t } = useTranslation('app');
  return (
    <ModalOverlay
      isOpen={isOpen}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      isDismissable={dismissable && role === 'dialog'}
      isKeyboardDismissDisabled={!dismissable}
      className={cx(styles.scrim)}
    >
      <Modal className={cx(styles.modal, styles[size])}>
        <AriaDialog role={role} className={cx(styles.dialog)}>
          <header className={styles.header}>
            <Heading slot="title" className={cx(styles.title)}>
              {title}
            </Heading>
            {dismissable && <SignButton label={t('close')} icon={<X aria-hidden />} onPress={onClose} />}
          </header>
          <div className={styles.body} {...(toRead ? { tabIndex: 0 } : {})}>
            {children}
          </div>
          {actions !== undefined && <footer className={styles.actions}>{actions}</footer>}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
