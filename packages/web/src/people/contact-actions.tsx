import { Ban, Eraser, UserMinus, Wrench } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Contact } from '@sotto/engine/api';
import { Banner } from '../design/banner.tsx';
import { ListRow } from '../design/list-row.tsx';
import { Section } from '../design/page.tsx';
import { toast } from '../design/toast.tsx';
import { usePutContact } from '../state/contacts.ts';
import { useEngine } from '../state/profile-context.tsx';
import { useTask } from '../settings/use-task.ts';
import { BlockDialog } from './block-dialog.tsx';
import { ClearDialog } from './clear-dialog.tsx';
import { RemoveDialog } from './remove-dialog.tsx';

/** Repair, clear, block, remove: what is seldom needed, with what it means. */
export function ContactActions({ contact }: { contact: Contact }) {
  const { t } = useTranslation('people');
  const engine = useEngine();
  const put = usePutContact();
  const { busy, problem, run } = useTask();
  const [open, setOpen] = useState<'block' | 'clear' | 'remove' | null>(null);
  const { address, status, name } = contact;
  const isBlocked = status === 'blocked';

  const repair = async (): Promise<void> => {
    const { restarted } = await engine.repair({ conversation: address });
    toast({ text: t('contact.repaired', { count: restarted }) });
  };
  const unblock = async (): Promise<void> => {
    put(await engine.updateContact({ address, status: 'accepted' }));
    toast({ text: t('contact.unblocked', { name }) });
  };

  return (
    <Section title={t('contact.more')} flush>
      {problem !== null && (
        <Banner tone="danger" live="alert">
          {problem}
        </Banner>
      )}
      {!isBlocked && (
        <ListRow
          start={<Wrench size={20} aria-hidden />}
          title={t('contact.repair')}
          detail={t('contact.repairHint')}
          disabled={busy}
          onPress={() => void run(repair)}
        />
      )}
      <ListRow
        start={<Eraser size={20} aria-hidden />}
        title={t('contact.clear')}
        detail={t('contact.clearHint')}
        onPress={() => setOpen('clear')}
      />
      {isBlocked ? (
        <ListRow
          start={<Ban size={20} aria-hidden />}
          title={t('contact.unblock')}
          detail={t('contact.unblockHint')}
          disabled={busy}
          onPress={() => void run(unblock)}
        />
      ) : (
        <ListRow
          start={<Ban size={20} aria-hidden />}
          title={t('contact.block')}
          detail={t('contact.blockHint')}
          danger
          onPress={() => setOpen('block')}
        />
      )}
      <ListRow
        start={<UserMinus size={20} aria-hidden />}
        title={t('contact.remove')}
        detail={t('contact.removeHint')}
        danger
        onPress={() => setOpen('remove')}
      />
      {open === 'block' && <BlockDialog contact={contact} onClose={() => setOpen(null)} />}
      {open === 'clear' && <ClearDialog contact={contact} onClose={() => setOpen(null)} />}
      {open === 'remove' && <RemoveDialog contact={contact} onClose={() => setOpen(null)} />}
    </Section>
  );
}
