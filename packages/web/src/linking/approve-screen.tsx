import { useState } from 'react';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Device } from '@sotto/engine/api';
import { Button } from '../design/button.tsx';
import { Section } from '../design/page.tsx';
import { TextArea } from '../design/text-area.tsx';
import { ScanPanel } from '../qr/scan-panel.tsx';
import { recognise } from '../qr/scanned.ts';
import { SettingsPage } from '../settings/settings-page.tsx';
import { useTask } from '../settings/use-task.ts';
import { useEngine } from '../state/profile-context.tsx';
import { ApproveForm } from './approve-form.tsx';
import { Approved } from './approved.tsx';
import styles from './linking.module.css';

interface FoundLink {
  readonly code: string;
  readonly node: string;
}

/** Takes a new device into the account: its code, what that means, then how far it is. */
function ApproveScreen() {
  const { t } = useTranslation('linking');
  const [found, setFound] = useState<FoundLink | null>(null);
  const [approved, setApproved] = useState<{ device: Device; withHistory: boolean } | null>(null);
  return (
    <SettingsPage title={t('approve.title')} back="#/settings/devices">
      {approved !== null && <Approved device={approved.device} withHistory={approved.withHistory} />}
      {approved === null && found === null && <CodeForm onFound={setFound} />}
      {approved === null && found !== null && (
        <ApproveForm
          {...found}
          onBack={() => setFound(null)}
          onApproved={(device, withHistory) => setApproved({ device, withHistory })}
        />
      )}
    </SettingsPage>
  );
}

function CodeForm({ onFound }: { onFound: (found: FoundLink) => void }) {
  const { t } = useTranslation('linking');
  const engine = useEngine();
  const [text, setText] = useState('');
  const { busy, problem, run, setProblem } = useTask();
  const look = (given: string): string | null => {
    const { kind, text: code } = recognise(given);
    if (kind === 'person') return t('approve.isInvite');
    if (kind !== 'link') return t('approve.notALink');
    void run(async () => {
      const { node } = await engine.describeLink({ code });
      onFound({ code, node });
    });
    return null;
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const wrong = look(text);
    if (wrong !== null) setProblem(wrong);
  };
  return (
    <>
      <Section title={t('approve.step1')} description={t('approve.step1Text')}>
        <ScanPanel hint={t('approve.scanHint')} onText={look} />
      </Section>
      <Section title={t('approve.orPaste')}>
        <form className={styles.form} onSubmit={submit}>
          <TextArea
            label={t('approve.field')}
            placeholder={t('approve.placeholder')}
            value={text}
            onChange={(value) => {
              setText(value);
              setProblem(null);
            }}
            error={problem}
            rows={3}
            mono
            autoComplete="off"
            spellCheck="false"
          />
          <div className={styles.buttons}>
            <Button type="submit" variant="primary" busy={busy} isDisabled={text.trim() === ''}>
              {t('approve.continue')}
            </Button>
          </div>
        </form>
      </Section>
    </>
  );
}

export default ApproveScreen;
