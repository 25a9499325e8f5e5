import { useEffect, useState } from 'react';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Device } from '@sotto/engine/api';
import { Banner } from '../design/banner.tsx';
import { Button } from '../design/button.tsx';
import { Section } from '../design/page.tsx';
import { Spinner } from '../design/spinner.tsx';
import { Switch } from '../design/switch.tsx';
import { TextArea } from '../design/text-area.tsx';
import { TextField } from '../design/text-field.tsx';
import { useTask } from '../settings/use-task.ts';
import { useEngine } from '../state/profile-context.tsx';
import styles from './linking.module.css';

interface ApproveFormProps {
  readonly code: string;
  /** Where the new device waits. */
  readonly node: string;
  readonly onBack: () => void;
  readonly onApproved: (device: Device, withHistory: boolean) => void;
}

/** What approving means, and how it is to be done. */
export function ApproveForm({ code, node, onBack, onApproved }: ApproveFormProps) {
  const { t } = useTranslation('linking');
  const engine = useEngine();
  const [name, setName] = useState('');
  const [history, setHistory] = useState(true);
  const [phrase, setPhrase] = useState('');
  const canApprove = useCanApprove();
  const { busy, problem, run } = useTask();

  const approve = async (): Promise<void> => {
    const device = await engine.approveLink({
      code,
      history,
      ...(name.trim() === '' ? {} : { name: name.trim() }),
      ...(canApprove ? {} : { phrase: phrase.trim() }),
    });
    const { messages } = await engine.history({ limit: 1 });
    onApproved(device, history && messages.length > 0);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void run(approve);
  };
  if (busy) {
    return (
      <Section>
        <div className={styles.center} role="status">
          <Spinner />
          <p>{t('approve.approving')}</p>
          <p className={styles.soft}>{t('approve.approvingText')}</p>
        </div>
      </Section>
    );
  }
  return (
    <Section>
      <form className={styles.form} onSubmit={submit}>
        <Banner tone="warn" title={t('approve.checkTitle')}>
          <p>{t('approve.waitsAt', { node })}</p>
          <p>{t('approve.trust')}</p>
        </Banner>
        <TextField
          label={t('approve.name')}
          description={t('approve.nameHint')}
          value={name}
          onChange={setName}
          maxLength={64}
          autoComplete="off"
        />
        <Switch
          label={t('approve.history')}
          description={t('approve.historyHint')}
          isSelected={history}
          onChange={setHistory}
        />
        {!canApprove && (
          <TextArea
            label={t('approve.phrase')}
            description={t('approve.phraseHint')}
            value={phrase}
            onChange={setPhrase}
            rows={3}
            mono
            autoComplete="off"
            spellCheck="false"
          />
        )}
        {problem !== null && (
          <Banner tone="danger" live="alert">
            {problem}
          </Banner>
        )}
        <div className={styles.buttons}>
          <Button onPress={onBack}>{t('approve.cancel')}</Button>
          <Button type="submit" variant="primary" isDisabled={!canApprove && phrase.trim() === ''}>
            {t('approve.approve')}
          </Button>
        </div>
      </form>
    </Section>
  );
}

/** Whether this device holds the key of the account; so it is taken to be until it says otherwise. */
function useCanApprove(): boolean {
  const engine = useEngine();
  const [canApprove, setCanApprove] = useState(true);
  useEffect(() => {
    let isCurrent = true;
    engine.devices({}).then(
      (known) => {
        if (isCurrent) setCanApprove(known.canApprove);
      },
      () => undefined,
    );
    return () => {
      isCurrent = false;
    };
  }, [engine]);
  return canApprove;
}
