import { BadgeCheck, MessageCircle, Pencil, UserX } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Contact } from '@sotto/engine/api';
import { hrefOf, navigate } from '../app/router.ts';
import { Avatar } from '../design/avatar.tsx';
import { Button } from '../design/button.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { ListRow } from '../design/list-row.tsx';
import { Page, Section } from '../design/page.tsx';
import { useContact, useContactsKnown } from '../state/contacts.ts';
import { ContactActions } from './contact-actions.tsx';
import styles from './contact-screen.module.css';
import { CopyIcon } from './invite-card.tsx';
import { RenameDialog } from './rename-dialog.tsx';
import { SafetySection } from './safety-section.tsx';
import { TimerSection } from './timer-section.tsx';

interface ContactScreenProps {
  readonly address: string;
}

/** Everything about one contact. */
function ContactScreen({ address }: ContactScreenProps) {
  const { t } = useTranslation('people');
  const contact = useContact(address);
  const known = useContactsKnown();
  const back = hrefOf({ screen: 'conversation', address, at: null });
  if (contact !== undefined) {
    return (
      <Page title={t('contact.title')} back={back} backAlways>
        <Head contact={contact} />
        <SafetySection contact={contact} />
        <TimerSection contact={contact} />
        <Section title={t('contact.addressTitle')} flush>
          <ListRow
            title={t('contact.address')}
            detail={<bdi className={styles.mono}>{contact.address}</bdi>}
            end={<CopyIcon text={address} label={t('contact.copyAddress')} done={t('contact.addressCopied')} />}
          />
          <ListRow title={t('contact.token')} detail={<bdi className={styles.mono}>{contact.token}</bdi>} />
        </Section>
        <ContactActions contact={contact} />
      </Page>
    );
  }
  return (
    <Page title={t('contact.title')} back="#/" backAlways>
      {known && (
        <EmptyState
          icon={<UserX aria-hidden />}
          title={t('contact.unknown')}
          actions={
            <Button onPress={() => navigate(hrefOf({ screen: 'add', invite: address }))}>{t('contact.addThem')}</Button>
          }
        >
          {t('contact.unknownText')}
        </EmptyState>
      )}
    </Page>
  );
}

function Head({ contact }: { contact: Contact }) {
  const { t } = useTranslation('people');
  const [renaming, setRenaming] = useState(false);
  const { name, profileName, color, verified, status, address } = contact;
  return (
    <div className={styles.head}>
      <Avatar name={name} color={color} size="xl" />
      <h2 className={styles.name}>
        <bdi>{name}</bdi>
      </h2>
      {profileName !== '' && profileName !== name && (
        <p className={styles.soft}>{t('contact.calls', { name: profileName })}</p>
      )}
      {status === 'accepted' && verified && (
        <p className={styles.verified}>
          <BadgeCheck size={18} aria-hidden /> {t('contact.verified')}
        </p>
      )}
      {status === 'blocked' && <p className={styles.blocked}>{t('contact.blockedMark')}</p>}
      {status === 'request' && <p className={styles.soft}>{t('contact.requestMark')}</p>}
      <div className={styles.buttons}>
        <Button
          icon={<MessageCircle size={18} aria-hidden />}
          onPress={() =>
            navigate(status === 'request' ? { screen: 'requests' } : { screen: 'conversation', address, at: null })
          }
        >
          {t('contact.message')}
        </Button>
        <Button icon={<Pencil size={18} aria-hidden />} onPress={() => setRenaming(true)}>
          {t('contact.rename')}
        </Button>
      </div>
      {renaming && <RenameDialog contact={contact} onClose={() => setRenaming(false)} />}
    </div>
  );
}

export default ContactScreen;
