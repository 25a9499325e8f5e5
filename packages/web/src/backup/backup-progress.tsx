import { useTranslation } from 'react-i18next';
import { Button } from '../design/button.tsx';
import { ProgressBar } from '../design/progress-bar.tsx';
import { formatNumber } from '../i18n/format.ts';
import styles from './backup.module.css';

interface BackupProgressProps {
  readonly label: string;
  /** Messages; `total` 0: not known. null: it has not begun. */
  readonly progress: { readonly done: number; readonly total: number } | null;
  readonly cancel: string;
  readonly onCancel: () => void;
}

/** How far writing or restoring is, and the way to stop it. */
export function BackupProgressView({ label, progress, cancel, onCancel }: BackupProgressProps) {
  const { t, i18n } = useTranslation('backup');
  const number = (value: number): string => formatNumber(i18n.language, value);
  const isOpen = progress === null || progress.total === 0;
  const words =
    progress === null
      ? ''
      : isOpen
        ? t('write.progressOpen', { done: number(progress.done) })
        : t('write.progress', { done: number(progress.done), total: number(progress.total) });
  return (
    <div className={styles.form}>
      <ProgressBar
        label={label}
        value={isOpen ? null : progress.done}
        max={isOpen ? 100 : progress.total}
        valueText={words}
      />
      <div className={styles.buttons}>
        <Button onPress={onCancel}>{cancel}</Button>
      </div>
    </div>
  );
}
