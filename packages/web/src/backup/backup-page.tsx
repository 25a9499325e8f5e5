import { Download } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { WrittenBackup } from '@sotto/engine/platform/browser';
import { Banner } from '../design/banner.tsx';
import { Button } from '../design/button.tsx';
import { Section } from '../design/page.tsx';
import { byteWords } from '../settings/byte-words.ts';
import { checkNewPassphrase } from '../settings/new-passphrase.ts';
import type { PassphraseFault } from '../settings/new-passphrase.ts';
import { PassphraseField } from '../settings/passphrase-field.tsx';
import { SettingsPage } from '../settings/settings-page.tsx';
import { useTask } from '../settings/use-task.ts';
import { useIsPrivate, useProfile } from '../state/profile-context.tsx';
import { useWhoami } from '../state/whoami.ts';
import { backupFileName } from './backup-name.ts';
import { BackupProgressView } from './backup-progress.tsx';
import styles from './backup.module.css';
import { saveFile } from './save-file.ts';

/** Writes a backup, which the person keeps as a file. */
function BackupPage() {
  const { t } = useTranslation('backup');
  const { t: settings } = useTranslation('settings');
  const isPrivate = useIsPrivate();
  const [written, setWritten] = useState<WrittenBackup | null>(null);
  return (
    <SettingsPage title={settings('nav.backup')}>
      {isPrivate && <Banner title={t('write.private')}>{t('write.privateText')}</Banner>}
      {!isPrivate && written === null && <WriteForm onWritten={setWritten} />}
      {!isPrivate && written !== null && <Written backup={written} onAgain={() => setWritten(null)} />}
    </SettingsPage>
  );
}

function WriteForm({ onWritten }: { onWritten: (backup: WrittenBackup) => void }) {
  const { t } = useTranslation('backup');
  const profile = useProfile();
  const [passphrase, setPassphrase] = useState('');
  const [repeated, setRepeated] = useState('');
  const [fault, setFault] = useState<PassphraseFault>(null);
  const [progress, setProgress] = useState<{ phase: string; done: number; total: number } | null>(null);
  const abort = useRef<AbortController | null>(null);
  const { busy, problem, run } = useTask();
  useEffect(() => () => abort.current?.abort(), []);

  const write = async (): Promise<void> => {
    const controller = new AbortController();
    abort.current = controller;
    setProgress(null);
    try {
      onWritten(await profile.writeBackup({ passphrase, onProgress: setProgress, signal: controller.signal }));
    } catch (error) {
      // Who stops it knows why.
      if (!controller.signal.aborted) throw error;
    }
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const found = checkNewPassphrase(passphrase, repeated);
    setFault(found);
    if (found === null) void run(write);
  };
  if (busy) {
    return (
      <Section>
        <BackupProgressView
          label={t(progress?.phase === 'checking' ? 'write.checking' : 'write.writing')}
          progress={progress}
          cancel={t('write.cancel')}
          onCancel={() => abort.current?.abort()}
        />
      </Section>
    );
  }
  return (
    <>
      <p className={styles.intro}>{t('write.intro')}</p>
      <Section>
        <form className={styles.form} onSubmit={submit}>
          <PassphraseField
            isNew
            label={t('write.passphrase')}
            description={t('write.hint')}
            value={passphrase}
            onChange={setPassphrase}
            error={fault === 'tooShort' ? t('write.tooShort') : null}
          />
          <PassphraseField
            isNew
            label={t('write.repeat')}
            value={repeated}
            onChange={setRepeated}
            error={fault === 'unlike' ? t('write.unlike') : null}
          />
          <Banner tone="warn">{t('write.warning')}</Banner>
          {problem !== null && (
            <Banner tone="danger" live="alert">
              {problem}
            </Banner>
          )}
          <div className={styles.buttons}>
            <Button type="submit" variant="primary">
              {t('write.begin')}
            </Button>
          </div>
        </form>
      </Section>
    </>
  );
}

function Written({ backup, onAgain }: { backup: WrittenBackup; onAgain: () => void }) {
  const { t, i18n } = useTranslation('backup');
  const self = useWhoami();
  const save = (): void => saveFile(backup.file, backupFileName(self?.name ?? '', Date.now()));
  const words = t('write.doneText', {
    messages: t('write.messages', { count: backup.messages }),
    contacts: t('write.contacts', { count: backup.contacts }),
    size: byteWords(i18n.language, backup.file.size),
  });
  return (
    <>
      <Banner tone="good" title={t('write.done')} live="status">
        {words}
      </Banner>
      <Banner tone="warn">{t('write.warning')}</Banner>
      <div className={styles.buttons}>
        <Button onPress={onAgain}>{t('write.again')}</Button>
        <Button variant="primary" icon={<Download size={18} aria-hidden />} onPress={save} autoFocus>
          {t('write.download')}
        </Button>
      </div>
    </>
  );
}

export default BackupPage;
