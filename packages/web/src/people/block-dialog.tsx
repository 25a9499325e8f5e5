import { useTranslation } from 'react-i18next';
import type { Contact } from '@sotto/engine/api';
import { Banner } from '../design/banner.tsx';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { toast } from '../design/toast.tsx';
import { usePutContact } from '../state/contacts.ts';
import { useEngine } from '../state/profile-context.tsx';
import { focusHeadingAfterDialog } from '../settings/focus-heading.ts';
import { useTask } from '../settings/use-task.ts';

/** Says what blocking means before it is done. */
export function BlockDialog({ contact, onClose }: { contact: Contact; onClose: () => void }) {
  const { t } = useTranslation('people');
  const engine = useEngine();
  const put = usePutContact();
  const { busy, problem, run } = useTask();
  const { address, name } = contact;
  const block = async (): Promise<void> => {
    put(await engine.updateContact({ address, status: 'blocked' }));
    toast({ text: t('contact.blocked', { name }) });
    onClose();
    focusHeadingAfterDialog();
  };
  return (
    <Dialog
      title={t('contact.blockTitle', { name })}
      isOpen
      onClose={onClose}
      role="alertdialog"
      size="s"
      actions={
        <>
          <Button onPress={onClose} autoFocus>
            {t('contact.cancel')}
          </Button>
          <Button variant="danger" busy={busy} onPress={() => void run(block)}>
            {t('contact.blockDo')}
          </Button>
        </>
      }
    >
      <p>{t('contact.blockText1', { name })}</p>
      <p>{t('contact.blockText2')}</p>
      {problem !== null && (
        <Banner tone="danger" live="alert">
          {problem}
        </Banner>
      )}
    </Dialog>
  );
}
