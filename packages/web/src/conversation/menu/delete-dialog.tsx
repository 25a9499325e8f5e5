import { useTranslation } from 'react-i18next';
import type { Message } from '@sotto/engine/api';
import { useErrorText } from '../../app/errors.ts';
import { Button } from '../../design/button.tsx';
import { Dialog } from '../../design/dialog.tsx';
import { toast } from '../../design/toast.tsx';
import { useEngine } from '../../state/profile-context.tsx';
import { useConversation } from '../conversation-context.tsx';
import { canTakeBack } from './ways-of.ts';
import styles from './message-dialogs.module.css';

export interface MessageDialogProps {
  readonly message: Message | null;
  readonly onClose: () => void;
}

/** Which of the two it shall be, and what each means. */
export function DeleteDialog({ message, onClose }: MessageDialogProps) {
  const { t } = useTranslation('conversation');
  const { contact } = useConversation();
  const engine = useEngine();
  const errorText = useErrorText();
  const isOwn = message !== null && canTakeBack(message);
  const run = (how: 'delete' | 'hide') => {
    if (message === null) return;
    onClose();
    engine[how]({ id: message.id, conversation: message.conversation }).catch((error: unknown) => {
      toast({ text: errorText(error), tone: 'danger' });
    });
  };
  return (
    <Dialog
      title={t('delete.title')}
      isOpen={message !== null}
      onClose={onClose}
      role="alertdialog"
      size="s"
      actions={
        <>
          <Button variant="plain" onPress={onClose}>
            {t('delete.cancel')}
          </Button>
          <Button variant={isOwn ? 'danger-plain' : 'danger'} onPress={() => run('hide')}>
            {t('delete.forMe')}
          </Button>
          {isOwn && (
            <Button variant="danger" onPress={() => run('delete')}>
              {t('delete.forEveryone')}
            </Button>
          )}
        </>
      }
    >
      {isOwn ? (
        <div className={styles.meanings}>
          <p>{t('delete.textOwn', { name: contact.name })}</p>
          <p>{t('delete.textMe')}</p>
        </div>
      ) : (
        <p>{t('delete.text', { name: contact.name })}</p>
      )}
    </Dialog>
  );
}
