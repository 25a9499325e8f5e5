import { useState } from 'react';
import type { ReactNode } from 'react';
import { Ban, Check, ShieldQuestion, Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { ContactStatus } from '@sotto/engine/api';
import { useErrorText } from '../../app/errors.ts';
import { navigate } from '../../app/router.ts';
import { Button } from '../../design/button.tsx';
import { toast } from '../../design/toast.tsx';
import { usePutContact } from '../../state/contacts.ts';
import { useEngine } from '../../state/profile-context.tsx';
import { useConversation } from '../conversation-context.tsx';
import { clearConversation } from '../../people/clear-conversation.ts';
import styles from './closed-bars.module.css';

export function useChangeStatus(): (status: ContactStatus) => Promise<void> {
  const { contact } = useConversation();
  const engine = useEngine();
  const put = usePutContact();
  const errorText = useErrorText();
  return async (status) => {
    try {
      put(await engine.updateContact({ address: contact.address, status }));
    } catch (error) {
      toast({ text: errorText(error), tone: 'danger' });
    }
  };
}

/** In place of the composer: somebody who is not known wants to talk. */
export function RequestBar() {
  const { t } = useTranslation('conversation');
  const { contact } = useConversation();
  const engine = useEngine();
  const errorText = useErrorText();
  const change = useChangeStatus();
  const [busy, setBusy] = useState(false);
  const run = (work: Promise<void>) => {
    setBusy(true);
    void work.finally(() => setBusy(false));
  };
  const remove = async () => {
    try {
      const { signal } = new AbortController();
      await clearConversation(engine, contact.address, { signal, onCleared: () => undefined });
      navigate('#/requests');
    } catch (error) {
      toast({ text: errorText(error), tone: 'danger' });
    }
  };
  return (
    <section className={styles.bar} aria-label={t('request.title', { name: contact.name })}>
      <ShieldQuestion aria-hidden className={styles.sign} />
      <div className={styles.words}>
        <h2>{t('request.title', { name: contact.name })}</h2>
        <p>{t('request.text')}</p>
      </div>
      <div className={styles.choices}>
        <Choice means={t('request.acceptMeans')}>
          <Button
            variant="primary"
            full
            icon={<Check aria-hidden />}
            isDisabled={busy}
            onPress={() => run(change('accepted'))}
          >
            {t('request.accept')}
          </Button>
        </Choice>
        <Choice means={t('request.deleteMeans')}>
          <Button full icon={<Trash2 aria-hidden />} isDisabled={busy} onPress={() => run(remove())}>
            {t('request.delete')}
          </Button>
        </Choice>
        <Choice means={t('request.blockMeans')}>
          <Button
            variant="danger-plain"
            full
            icon={<Ban aria-hidden />}
            isDisabled={busy}
            onPress={() => run(change('blocked'))}
          >
            {t('request.block')}
          </Button>
        </Choice>
      </div>
    </section>
  );
}

function Choice({ means, children }: { readonly means: string; readonly children: ReactNode }) {
  return (
    <div className={styles.choice}>
      {children}
      <p>{means}</p>
    </div>
  );
}

/** In place of the composer: nothing goes to or comes from them. */
export function BlockedBar() {
  const { t } = useTranslation('conversation');
  const { contact } = useConversation();
  const change = useChangeStatus();
  return (
    <section className={styles.bar} aria-label={t('blocked.title', { name: contact.name })}>
      <Ban aria-hidden className={styles.sign} />
      <div className={styles.words}>
        <h2>{t('blocked.title', { name: contact.name })}</h2>
        <p>{t('blocked.text')}</p>
      </div>
      <Button onPress={() => void change('accepted')}>{t('blocked.unblock')}</Button>
    </section>
  );
}
