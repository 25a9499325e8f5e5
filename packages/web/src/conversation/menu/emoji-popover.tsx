import { Component, Suspense, lazy } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from 'react-aria-components/Dialog';
import { cx } from '../../design/cx.ts';
import { Spinner } from '../../design/spinner.tsx';
import type { Anchor } from '../conversation-context.tsx';
import { Floating } from './floating.tsx';
import styles from './emoji-popover.module.css';

const EmojiPicker = lazy(() => import('./emoji-picker.tsx'));

export interface EmojiPopoverProps {
  readonly anchor: Anchor;
  readonly onPick: (emoji: string) => void;
  readonly onClose: () => void;
}

export function EmojiPopover({ anchor, onPick, onClose }: EmojiPopoverProps) {
  const { t } = useTranslation('conversation');
  return (
    <Floating anchor={anchor} onClose={onClose} placement="top end" bare>
      <Dialog aria-label={t('picker.label')} className={cx(styles.dialog)}>
        <Failing fallback={<p className={styles.failed}>{t('picker.failed')}</p>}>
          <Suspense fallback={<Spinner label={t('picker.loading')} />}>
            <EmojiPicker onPick={onPick} />
          </Suspense>
        </Failing>
      </Dialog>
    </Floating>
  );
}

/** Offline the picker may not be there. */
class Failing extends Component<{ readonly fallback: ReactNode; readonly children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    return this.state.failed ? this.props.fallback : this.props.children;
  }
}
