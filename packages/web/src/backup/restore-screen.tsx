import { useEffect, useRef, useState } from 'react';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { FrontPage } from '../app/front-page.tsx';
import { Banner } from '../design/banner.tsx';
import { Button } from '../design/button.tsx';
import { RadioGroup } from '../design/radio-group.tsx';
import { TextArea } from '../design/text-area.tsx';
import { TextField } from '../design/text-field.tsx';
import { PassphraseField } from '../settings/passphrase-field.tsx';
import { useTask } from '../settings/use-task.ts';
import { useProfile } from '../state/profile-context.tsx';
import { BackupProgressView } from './backup-progress.tsx';
import styles from './backup.module.css';
import { FileField } from './file-field.tsx';

interface RestoreScreenProps {
  readonly onBack: () => void;
}

/** Makes this browser a device of an account again, with all that is in a backup. */
export function RestoreScreen({ onBack }: RestoreScreenProps) {
  const { t } = useTranslation('backup');
  const profile = useProfile();
  const [file, setFile] = useState<File | null>(null);
  const [passphrase, setPassphrase] = useState('');
  const [others, setOthers] = useState<'keep' | 'revoke'>('keep');
  const [phrase, setPhrase] = useState('');
  const [node, setNode] = useState('');
  const [missing, setMissing] = useState<'file' | 'passphrase' | null>(null);
  const [stopped, setStopped] = useState(false);
  const [progress, setProgress] = useState<{ phase: string; done: number; total: number } | null>(null);
  const abort = useRef<AbortController | null>(null);
  const { busy, problem, run } = useTask();
  useEffect(() => () => abort.current?.abort(), []);

  const restore = async (chosen: File): Promise<void> => {
    const controller = new AbortController();
    abort.current = controller;
    setProgress(null);
    setStopped(false);
    try {
      await profile.restore({
        file: chosen,
        passphrase,
        revokeOthers: others === 'revoke',
        ...(phrase.trim() === '' ? {} : { phrase: phrase.trim() }),
        ...(node.trim() === '' ? {} : { node: node.trim() }),
        onProgress: setProgress,
        signal: controller.signal,
      });
    } catch (error) {
      if (!controller.signal.aborted) throw error;
      setStopped(true);
    }
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const lack = file === null ? 'file' : passphrase === '' ? 'passphrase' : null;
    setMissing(lack);
    if (file !== null && lack === null) void run(() => restore(file));
  };

  if (busy) {
    return (
      <FrontPage title={t('restore.title')}>
        <BackupProgressView
          label={t(progress?.phase === 'restoring' ? 'restore.restoring' : 'restore.checking')}
          progress={progress}
          cancel={t('restore.cancel')}
          onCancel={() => abort.current?.abort()}
        />
      </FrontPage>
    );
  }
  return (
    <FrontPage title={t('restore.title')} lead={t('restore.intro')} onBack={onBack}>
      <form className={styles.form} onSubmit={submit}>
        <FileField file={file} onFile={setFile} error={missing === 'file' ? t('restore.needFile') : null} />
        <PassphraseField
          label={t('restore.passphrase')}
          value={passphrase}
          onChange={setPassphrase}
          error={missing === 'passphrase' ? t('restore.needPassphrase') : null}
        />
        <RadioGroup
          label={t('restore.others')}
          value={others}
          onChange={setOthers}
          options={[
            { value: 'keep', label: t('restore.keep'), description: t('restore.keepHint') },
            { value: 'revoke', label: t('restore.revoke'), description: t('restore.revokeHint') },
          ]}
        />
        <details className={styles.more}>
          <summary>{t('restore.options')}</summary>
          <div className={styles.form}>
            <TextArea
              label={t('restore.phrase')}
              description={t('restore.phraseHint')}
              value={phrase}
              onChange={setPhrase}
              rows={3}
              mono
              autoComplete="off"
              spellCheck="false"
            />
            <TextField
              label={t('restore.node')}
              description={t('restore.nodeHint')}
              value={node}
              onChange={setNode}
              mono
              autoComplete="off"
              spellCheck="false"
            />
          </div>
        </details>
        {stopped && <Banner live="status">{t('restore.stopped')}</Banner>}
        {problem !== null && (
          <Banner tone="danger" live="alert">
            {problem}
          </Banner>
        )}
        <Button type="submit" variant="primary" size="l" full>
          {t('restore.begin')}
        </Button>
      </form>
    </FrontPage>
  );
}
