import { useState } from 'react';
import type { FormEvent, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { TextField } from '../design/text-field.tsx';
import { toast } from '../design/toast.tsx';
import { useTask } from '../settings/use-task.ts';
import { useProfile } from '../state/profile-context.tsx';
import styles from './erase-dialog.module.css';
import { navigate } from './router.ts';

const FORM = 'erase-form';

export interface EraseDialogProps {
  readonly onClose: () => void;
  /** What holds here beside what is always said. */
  readonly children?: ReactNode;
}

/** Deletes the profile from this browser, after a word was typed; open, locked or damaged. */
export function EraseDialog({ onClose, children }: EraseDialogProps) {
  const { t } = useTranslation('app');
  const profile = useProfile();
  const [typed, setTyped] = useState('');
  const { busy, problem, run } = useTask();
  const word = t('erase.word');
  const isSure = typed.trim().toLocaleLowerCase() === word.toLocaleLowerCase();

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
            {t('erase.cancel')}
          </Button>
          <Button type="submit" form={FORM} variant="danger" busy={busy} isDisabled={!isSure}>
            {t('erase.do')}
          </Button>
        </>
      }
    >
      <form id={FORM} className={styles.form} onSubmit={submit}>
        <p>{t('erase.text')}</p>
        <p>{t('erase.after')}</p>
        {children}
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
