import { useTranslation } from 'react-i18next';
import { safeLine } from '@sotto/engine/text';
import { Button } from '../../design/button.tsx';
import { Dialog } from '../../design/dialog.tsx';
import { useChangeStatus } from '../composer/closed-bars.tsx';
import { useConversation } from '../conversation-context.tsx';
import type { HeaderDialogProps } from './timer-dialog.tsx';

export function BlockDialog({ isOpen, onClose }: HeaderDialogProps) {
  const { t } = useTranslation('conversation');
  const { contact } = useConversation();
  const change = useChangeStatus();
  return (
    <Dialog
      title={t('blockDialog.title', { name: safeLine(contact.name) })}
      isOpen={isOpen}
      onClose={onClose}
      role="alertdialog"
      size="s"
      actions={
        <>
          <Button variant="plain" onPress={onClose}>
            {t('blockDialog.cancel')}
          </Button>
          <Button
            variant="danger"
            onPress={() => {
              onClose();
              void change('blocked');
            }}
          >
            {t('blockDialog.confirm')}
          </Button>
        </>
      }
    >
      <p>{t('blockDialog.text')}</p>
    </Dialog>
  );
}
