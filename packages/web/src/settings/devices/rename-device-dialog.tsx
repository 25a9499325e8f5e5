import { useState } from 'react';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Device } from '@sotto/engine/api';
import { Button } from '../../design/button.tsx';
import { Dialog } from '../../design/dialog.tsx';
import { TextField } from '../../design/text-field.tsx';
import { useEngine } from '../../state/profile-context.tsx';
import { useTask } from '../use-task.ts';

interface RenameDeviceDialogProps {
  readonly device: Device;
  readonly onClose: () => void;
  readonly onRenamed: () => void;
}

const FORM = 'rename-device-form';

export function RenameDeviceDialog({ device, onClose, onRenamed }: RenameDeviceDialogProps) {
  const { t } = useTranslation('settings');
  const engine = useEngine();
  const [name, setName] = useState(device.name);
  const { busy, problem, run } = useTask();
  const save = async (): Promise<void> => {
    await engine.renameDevice({ device: device.device, name: name.trim() });
    onRenamed();
    onClose();
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void run(save);
  };
  return (
    <Dialog
      title={t('devices.renameTitle')}
      isOpen
      onClose={onClose}
      size="s"
      actions={
        <>
          <Button onPress={onClose}>{t('cancel')}</Button>
          <Button type="submit" form={FORM} variant="primary" busy={busy}>
            {t('save')}
          </Button>
        </>
      }
    >
      <form id={FORM} onSubmit={submit}>
        <TextField
          label={t('devices.renameTitle')}
          hideLabel
          description={t('devices.renameHint')}
          value={name}
          onChange={setName}
          error={problem}
          maxLength={64}
          autoComplete="off"
          autoFocus
        />
      </form>
    </Dialog>
  );
}
