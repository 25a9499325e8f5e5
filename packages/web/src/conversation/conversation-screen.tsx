import { useTranslation } from 'react-i18next';
import { UserRoundX } from 'lucide-react';
import { EmptyState } from '../design/empty-state.tsx';
import { useContact, useContactsKnown } from '../state/contacts.ts';
import { useWhoami } from '../state/whoami.ts';
import { OpenConversation } from './open-conversation.tsx';
import { useMessages } from './use-messages.ts';
import type { Contact } from '@sotto/engine/api';
import styles from './conversation.module.css';

export interface ConversationScreenProps {
  readonly address: string;
  /** Position of a message to show. */
  readonly at: number | null;
}

/** Talking with one person. Mount it anew for another one. */
export function ConversationScreen({ address, at }: ConversationScreenProps) {
  const { t } = useTranslation('conversation');
  const contact = useContact(address);
  const areKnown = useContactsKnown();
  const own = useWhoami()?.address;
  if (contact !== undefined && own !== undefined) return <Loaded contact={contact} own={own} at={at} />;
  if (!areKnown) return <div className={styles.conversation} aria-busy />;
  return (
    <EmptyState icon={<UserRoundX aria-hidden />} title={t('unknownPerson')}>
      {t('unknownPersonText')}
    </EmptyState>
  );
}

function Loaded({ contact, own, at }: { readonly contact: Contact; readonly own: string; readonly at: number | null }) {
  const messages = useMessages(contact.address, contact.unread, at);
  if (messages === null) return <div className={styles.conversation} aria-busy />;
  return <OpenConversation contact={contact} own={own} messages={messages} at={at} />;
}
