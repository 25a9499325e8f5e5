import { useState } from 'react';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { EngineError } from '@sotto/engine/api';
import { Banner } from '../../design/banner.tsx';
import { Button } from '../../design/button.tsx';
import { Dialog } from '../../design/dialog.tsx';
import { toast } from '../../design/toast.tsx';
import { useProfile } from '../../state/profile-context.tsx';
import { focusHeadingAfterDialog } from '../focus-heading.ts';
import { checkNewPassphrase } from '../new-passphrase.ts';
import type { PassphraseFault } from '../new-passphrase.ts';
import { PassphraseField } from '../passphrase-field.tsx';
import { useTask } from '../use-task.ts';
import styles from './passphrase-dialog.module.css';

interface PassphraseDialogProps {
  readonly purpose: 'set' | 'change' | 'remove';
  readonly onClose: () => void;
}

const FORM = 'passphrase-form';

/** Sets, changes or removes the passphrase of this profile. */
export function PassphraseDialog({ purpose, onClose }: PassphraseDialogProps) {
  const { t } = useTranslation('settings');
  const profile = useProfile();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [repeated, setRepeated] = useState('');
  const [fault, setFault] = useState<PassphraseFault>(null);
  const [isWrong, setIsWrong] = useState(false);
  const { busy, problem, run } = useTask();
  const asksNext = purpose !== 'remove';

  const save = async (): Promise<void> => {
    try {
      await profile.setPassphrase({ current: purpose === 'set' ? null : current, next: asksNext ? next : null });
    } catch (error) {
      if (!(error instanceof EngineError) || error.code !== 'not-allowed') throw error;
      setIsWrong(true);
      return;
    }
    toast({ text: t(asksNext ? 'lock.setDone' : 'lock.removed') });
    onClose();
    focusHeadingAfterDialog();
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const found = asksNext ? checkNewPassphrase(next, repeated) : null;
    setFault(found);
    setIsWrong(false);
    if (found === null) void run(save);
  };

  const title = { set: t('lock.set'), change: t('lock.change'), remove: t('lock.removeTitle') }[purpose];
  return (
    <Dialog
      title={title}
      isOpen
      onClose={onClose}
      size="s"
      dismissable={!busy}
      actions={
        <>
          <Button onPress={onClose} isDisabled={busy}>
            {t('cancel')}
          </Button>
          <Button type="submit" form={FORM} variant={asksNext ? 'primary' : 'danger'} busy={busy}>
            {asksNext ? t('save') : t('lock.removeDo')}
          </Button>
        </>
      }
    >
      <form id={FORM} className={styles.form} onSubmit={submit}>
        {purpose === 'remove' && <p>{t('lock.removeText')}</p>}
        {purpose !== 'set' && (
          <PassphraseField
            label={t('lock.current')}
            value={current}
            onChange={setCurrent}
            error={isWrong ? t('lock.wrong') : null}
            autoFocus
          />
        )}
        {asksNext && (
          <>
            <PassphraseField
              isNew
              label={t('lock.next')}
              description={t('lock.nextHint')}
              value={next}
              onChange={setNext}
              error={fault === 'tooShort' ? t('lock.tooShort') : null}
              autoFocus={purpose === 'set'}
            />
            <PassphraseField
              isNew
              label={t('lock.repeat')}
              value={repeated}
              onChange={setRepeated}
              error={fault === 'unlike' ? t('lock.unlike') : null}
            />
          </>
        )}
        {problem !== null && (
          <Banner tone="danger" live="alert">
            {problem}
          </Banner>
        )}
      </form>
    </Dialog>
  );
}
