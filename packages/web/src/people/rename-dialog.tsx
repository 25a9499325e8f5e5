import { useState } from 'react';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Contact } from '@sotto/engine/api';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { TextField } from '../design/text-field.tsx';
import { toast } from '../design/toast.tsx';
import { usePutContact } from '../state/contacts.ts';
import { useEngine } from '../state/profile-context.tsx';
import { useTask } from '../settings/use-task.ts';

/** Gives a contact a name of one's own. */
export function RenameDialog({ contact, onClose }: { contact: Contact; onClose: () => void }) {
  const { t } = useTranslation('people');
  const engine = useEngine();
  const put = usePutContact();
  const { busy, problem, run } = useTask();
  const { address, name, profileName } = contact;
  const [text, setText] = useState(name === profileName ? '' : name);
  const save = async (): Promise<void> => {
    put(await engine.updateContact({ address, name: text.trim() }));
    toast({ text: t('contact.renamed') });
    onClose();
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void run(save);
  };
  return (
    <Dialog
      title={t('contact.renameTitle')}
      isOpen
      onClose={onClose}
      size="s"
      actions={
        <>
          <Button onPress={onClose}>{t('contact.cancel')}</Button>
          <Button variant="primary" busy={busy} onPress={() => void run(save)}>
            {t('contact.save')}
          </Button>
        </>
      }
    >
      <form onSubmit={submit}>
        <TextField
          label={t('contact.renameTitle')}
          hideLabel
          description={t('contact.renameHint')}
          placeholder={profileName}
          value={text}
          onChange={setText}
          error={problem}
          maxLength={64}
          autoComplete="off"
          autoFocus
        />
      </form>
    </Dialog>
  );
}
