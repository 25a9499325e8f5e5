import { useTranslation } from 'react-i18next';
import { cx } from '../design/cx.ts';
import { Dialog } from '../design/dialog.tsx';
import { isMacLike, SHORTCUTS } from './shortcuts.ts';
import styles from './shortcuts-dialog.module.css';

export interface ShortcutsDialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

const GROUPS = ['everywhere', 'writing', 'message'] as const;

export function ShortcutsDialog({ isOpen, onClose }: ShortcutsDialogProps) {
  const { t } = useTranslation('app');
  const mod = isMacLike(navigator.platform) ? '⌘' : t('shortcuts.key.control');
  return (
    <Dialog title={t('shortcuts.title')} isOpen={isOpen} onClose={onClose} size="l" toRead>
      <div className={styles.groups}>
        {GROUPS.map((group) => (
          <section key={group} className={styles.group}>
            <h3>{t(`shortcuts.group.${group}`)}</h3>
            <dl className={styles.keys}>
              {SHORTCUTS[group].map(({ id, press }) => (
                <div key={id} className={styles.line}>
                  <dt>{t(`shortcuts.${id}`)}</dt>
                  <dd dir="ltr">
                    {press.map((key) => (
                      <kbd key={key} className={cx(styles.key)}>
                        {key === 'Mod' ? mod : key}
                      </kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
