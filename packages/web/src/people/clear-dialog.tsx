import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Contact } from '@sotto/engine/api';
import { Banner } from '../design/banner.tsx';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { ProgressBar } from '../design/progress-bar.tsx';
import { toast } from '../design/toast.tsx';
import { useEngine } from '../state/profile-context.tsx';
import { useTask } from '../settings/use-task.ts';
import { clearConversation } from './clear-conversation.ts';

/** Clears the conversation on this device; shows how far it is, and can be stopped. */
export function ClearDialog({ contact, onClose }: { contact: Contact; onClose: () => void }) {
  const { t } = useTranslation('people');
  const engine = useEngine();
  const { busy, problem, run } = useTask();
  const [cleared, setCleared] = useState(0);
  const abort = useRef<AbortController | null>(null);
  useEffect(() => () => abort.current?.abort(), []);
  const { address, name } = contact;
  const clear = async (): Promise<void> => {
    const controller = new AbortController();
    abort.current = controller;
    const options = { signal: controller.signal, onCleared: setCleared };
    const count = await clearConversation(engine, address, options);
    toast({ text: t('contact.cleared', { count }) });
    onClose();
  };
  return (
    <Dialog
      title={t('contact.clearTitle')}
      isOpen
      onClose={onClose}
      role="alertdialog"
      size="s"
      actions={
        busy ? (
          <Button onPress={() => abort.current?.abort()}>{t('contact.stop')}</Button>
        ) : (
          <>
            <Button onPress={onClose} autoFocus>
              {t('contact.cancel')}
            </Button>
            <Button variant="danger" onPress={() => void run(clear)}>
              {t('contact.clearDo')}
            </Button>
          </>
        )
      }
    >
      <p>{t('contact.clearText', { name })}</p>
      {busy && <ProgressBar label={t('contact.clearing')} value={null} valueText={String(cleared)} />}
      {problem !== null && (
        <Banner tone="danger" live="alert">
          {problem}
        </Banner>
      )}
    </Dialog>
  );
}
