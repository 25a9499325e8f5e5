import { useTranslation } from 'react-i18next';
import type { PresentPeer } from '@sotto/engine/api';
import { hrefOf } from '../app/router.ts';
import { Avatar } from '../design/avatar.tsx';
import { cx } from '../design/cx.ts';
import { useContact } from '../state/contacts.ts';
import styles from './people-here.module.css';

export interface PeopleHereProps {
  readonly people: readonly PresentPeer[];
  /** They are all there is to see: one below the other. */
  readonly asList: boolean;
}

/** Everybody who is here; each leads to a conversation, or for who is not known yet to being added. */
export function PeopleHere({ people, asList }: PeopleHereProps) {
  const { t } = useTranslation('room');
  return (
    <ul className={cx(styles.people, asList && styles.list)} aria-label={t('people')}>
      {people.map((peer) => (
        <li key={peer.address}>
          <Person peer={peer} />
        </li>
      ))}
    </ul>
  );
}

function Person({ peer }: { readonly peer: PresentPeer }) {
  const { t } = useTranslation('room');
  const contact = useContact(peer.address);
  const name = contact?.name ?? peer.name;
  const href =
    contact?.status === 'accepted'
      ? hrefOf({ screen: 'conversation', address: peer.address, at: null })
      : hrefOf({ screen: 'add', invite: peer.token });
  return (
    <a href={href} className={styles.person} title={t('write', { name })}>
      <Avatar name={name} color={contact?.color ?? 0} size="s" />
      <bdi className={styles.name}>{name}</bdi>
    </a>
  );
}
