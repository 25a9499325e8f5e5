import { useTranslation } from 'react-i18next';
import type { Contact } from '@sotto/engine/api';
import { navigate } from '../app/router.ts';
import { Banner } from '../design/banner.tsx';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { toast } from '../design/toast.tsx';
import { useTask } from '../settings/use-task.ts';
import { useRemovedContact } from '../state/contacts.ts';
import { useEngine } from '../state/profile-context.tsx';

/** Says what removing means before it is done; afterwards there is no page of this person any more. */
export function RemoveDialog({ contact, onClose }: { contact: Contact; onClose: () => void }) {
  const { t } = useTranslation('people');
  const engine = useEngine();
  const removed = useRemovedContact();
  const { busy, problem, run } = useTask();
  const { address, name } = contact;
  const remove = async (): Promise<void> => {
    await engine.removeContact({ address });
    toast({ text: t('contact.removed', { name }) });
    onClose();
    navigate({ screen: 'list' }, { replace: true });
    removed(address);
  };
  return (
    <Dialog
      title={t('contact.removeTitle', { name })}
      isOpen
      onClose={onClose}
      role="alertdialog"
      size="s"
      actions={
        <>
          <Button onPress={onClose} autoFocus>
            {t('contact.cancel')}
          </Button>
          <Button variant="danger" busy={busy} onPress={() => void run(remove)}>
            {t('contact.removeDo')}
          </Button>
        </>
      }
    >
      <p>{t('contact.removeText1', { name })}</p>
      <p>{t('contact.removeText2', { name })}</p>
      {problem !== null && (
        <Banner tone="danger" live="alert">
          {problem}
        </Banner>
      )}
    </Dialog>
  );
}
