import { useState } from 'react';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Device } from '@sotto/engine/api';
import { Banner } from '../../design/banner.tsx';
import { Button } from '../../design/button.tsx';
import { Dialog } from '../../design/dialog.tsx';
import { TextArea } from '../../design/text-area.tsx';
import { toast } from '../../design/toast.tsx';
import { useEngine } from '../../state/profile-context.tsx';
import { focusHeadingAfterDialog } from '../focus-heading.ts';
import { useTask } from '../use-task.ts';
import styles from './revoke-dialog.module.css';

interface RevokeDialogProps {
  readonly device: Device;
  /** false: the recovery phrase is asked for. */
  readonly canApprove: boolean;
  readonly onClose: () => void;
  readonly onRevoked: (known: { devices: Device[]; canApprove: boolean }) => void;
}

const FORM = 'revoke-form';

/** Says what removing a device means before it is done. */
export function RevokeDialog({ device, canApprove, onClose, onRevoked }: RevokeDialogProps) {
  const { t } = useTranslation('settings');
  const engine = useEngine();
  const [phrase, setPhrase] = useState('');
  const { busy, problem, run } = useTask();
  const name = device.name === '' ? t('devices.noName') : device.name;
  const revoke = async (): Promise<void> => {
    const given = canApprove ? {} : { phrase: phrase.trim() };
    onRevoked(await engine.revokeDevice({ device: device.device, ...given }));
    toast({ text: t('devices.revoked', { number: device.device }) });
    onClose();
    focusHeadingAfterDialog();
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void run(revoke);
  };
  return (
    <Dialog
      title={t('devices.revokeTitle', { name })}
      isOpen
      onClose={onClose}
      role="alertdialog"
      size="s"
      dismissable={!busy}
      actions={
        <>
          <Button onPress={onClose} isDisabled={busy} autoFocus={canApprove}>
            {t('cancel')}
          </Button>
          <Button
            type="submit"
            form={FORM}
            variant="danger"
            busy={busy}
            isDisabled={!canApprove && phrase.trim() === ''}
          >
            {t('devices.revokeDo')}
          </Button>
        </>
      }
    >
      <form id={FORM} className={styles.form} onSubmit={submit}>
        <p>{t('devices.revokeText')}</p>
        {!canApprove && (
          <TextArea
            label={t('devices.phrase')}
            description={t('devices.phraseHint')}
            value={phrase}
            onChange={setPhrase}
            rows={3}
            mono
            autoComplete="off"
            spellCheck="false"
            autoFocus
          />
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
