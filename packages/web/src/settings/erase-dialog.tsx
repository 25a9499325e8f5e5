import { useEffect, useState } from 'react';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Banner } from '../design/banner.tsx';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { TextField } from '../design/text-field.tsx';
import { toast } from '../design/toast.tsx';
import { navigate } from '../app/router.ts';
import { useEngine, useProfile } from '../state/profile-context.tsx';
import { useWhoami } from '../state/whoami.ts';
import styles from './erase-dialog.module.css';
import { useTask } from './use-task.ts';

const FORM = 'erase-form';

/** Deletes the profile from this browser, after a word was typed. */
export function EraseDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('settings');
  const profile = useProfile();
  const engine = useEngine();
  const self = useWhoami();
  const [typed, setTyped] = useState('');
  const [isLast, setIsLast] = useState(false);
  const { busy, problem, run } = useTask();
  const word = t('erase.word');
  const isSure = typed.trim().toLocaleLowerCase() === word.toLocaleLowerCase();

  useEffect(() => {
    let isCurrent = true;
    engine.devices({}).then(
      ({ devices }) => {
        if (isCurrent) setIsLast(devices.length <= 1);
      },
      () => undefined,
    );
    return () => {
      isCurrent = false;
    };
  }, [engine]);

  const erase = async (): Promise<void> => {
    await profile.erase();
    toast({ text: t('erase.done') });
    navigate('#/', { replace: true });
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (isSure) void run(erase);
  };
  return (
    <Dialog
      title={t('erase.title')}
      isOpen
      onClose={onClose}
      role="alertdialog"
      size="s"
      dismissable={!busy}
      actions={
        <>
          <Button onPress={onClose} isDisabled={busy}>
            {t('cancel')}
          </Button>
          <Button type="submit" form={FORM} variant="danger" busy={busy} isDisabled={!isSure}>
            {t('erase.do')}
          </Button>
        </>
      }
    >
      <form id={FORM} className={styles.form} onSubmit={submit}>
        <p>{t('erase.text')}</p>
        {isLast && self !== null && <Banner tone="warn">{t('erase.last', { name: self.name })}</Banner>}
        <TextField
          label={t('erase.type', { word })}
          value={typed}
          onChange={setTyped}
          autoComplete="off"
          spellCheck="false"
          error={problem}
          autoFocus
        />
      </form>
    </Dialog>
  );
}
