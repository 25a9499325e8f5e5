import { FileUp } from 'lucide-react';
import { useId, useState } from 'react';
import { FileTrigger } from 'react-aria-components/FileTrigger';
import { useTranslation } from 'react-i18next';
import { Button } from '../design/button.tsx';
import { cx } from '../design/cx.ts';
import { byteWords } from '../settings/byte-words.ts';
import styles from './backup.module.css';

interface FileFieldProps {
  readonly file: File | null;
  readonly onFile: (file: File) => void;
  readonly error: string | null;
}

/** The backup file, chosen or dropped. */
export function FileField({ file, onFile, error }: FileFieldProps) {
  const { t, i18n } = useTranslation('backup');
  const [isOver, setIsOver] = useState(false);
  const id = useId();
  return (
    // What is dropped can be chosen with the button as well.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div
      role="group"
      aria-labelledby={id}
      className={cx(styles.drop, isOver && styles.over)}
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setIsOver(false);
        const dropped = event.dataTransfer.files[0];
        if (dropped !== undefined) onFile(dropped);
      }}
    >
      <span id={id} className={file === null ? styles.soft : styles.file}>
        {file === null ? t('restore.file') : <bdi>{file.name}</bdi>}
        {file !== null && ` · ${byteWords(i18n.language, file.size)}`}
      </span>
      <FileTrigger
        onSelect={(files) => {
          const chosen = files?.[0];
          if (chosen !== undefined) onFile(chosen);
        }}
      >
        <Button icon={<FileUp size={18} aria-hidden />}>
          {file === null ? t('restore.choose') : t('restore.change')}
        </Button>
      </FileTrigger>
      <span className={styles.soft}>{t('restore.drop')}</span>
      {error !== null && (
        <span className={styles.wrong} role="alert">
          {error}
        </span>
      )}
    </div>
  );
}
