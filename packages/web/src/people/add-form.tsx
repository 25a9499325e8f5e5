import { ScanQrCode } from 'lucide-react';
import { useState } from 'react';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Banner } from '../design/banner.tsx';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { Section } from '../design/page.tsx';
import { TextField } from '../design/text-field.tsx';
import { ScanPanel } from '../qr/scan-panel.tsx';
import { recognise } from '../qr/scanned.ts';
import { useEngine } from '../state/profile-context.tsx';
import { useTask } from '../settings/use-task.ts';
import styles from './add-form.module.css';

/** @param props.onFound with what `describe` and `add` take */
export function AddForm({ onFound }: { onFound: (to: string) => void }) {
  const { t } = useTranslation('people');
  const engine = useEngine();
  const [text, setText] = useState('');
  const [scanning, setScanning] = useState(false);
  const [isLink, setIsLink] = useState(false);
  const { busy, problem, run, setProblem } = useTask();

  const look = (given: string): void => {
    const { kind, text: found } = recognise(given);
    setIsLink(kind === 'link');
    if (kind === 'link') return setProblem(t('add.isLink'));
    if (kind === 'safety') return setProblem(t('add.isSafety'));
    if (found === '') return setProblem(t('add.empty'));
    if (kind === 'other' && !found.startsWith('did:') && !found.includes('#')) return setProblem(t('add.notAnInvite'));
    void run(() => engine.describe({ to: found })).then((works) => {
      if (works) onFound(found);
    });
  };
  const scanned = (given: string): string | null => {
    const { kind, text: found } = recognise(given);
    if (kind === 'link') return t('add.isLink');
    if (kind === 'safety') return t('add.isSafety');
    if (kind === 'other') return t('add.notAnInvite');
    setScanning(false);
    setText(found);
    look(found);
    return null;
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    look(text);
  };

  return (
    <Section>
      <form className={styles.form} onSubmit={submit}>
        <TextField
          label={t('add.field')}
          description={t('add.fieldHint')}
          placeholder={t('add.placeholder')}
          value={text}
          onChange={(value) => {
            setText(value);
            setProblem(null);
            setIsLink(false);
          }}
          error={problem}
          autoComplete="off"
          spellCheck="false"
          autoFocus
        />
        {isLink && (
          <Banner>
            <a href="#/settings/devices">{t('add.openDevices')}</a>
          </Banner>
        )}
        <div className={styles.buttons}>
          <Button icon={<ScanQrCode size={18} aria-hidden />} onPress={() => setScanning(true)}>
            {t('add.scan')}
          </Button>
          <Button type="submit" variant="primary" busy={busy}>
            {t('add.continue')}
          </Button>
        </div>
      </form>
      <Dialog title={t('add.scanTitle')} isOpen={scanning} onClose={() => setScanning(false)}>
        <ScanPanel hint={t('add.scanHint')} onText={scanned} />
      </Dialog>
    </Section>
  );
}
