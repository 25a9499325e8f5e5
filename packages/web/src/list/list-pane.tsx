import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { SEARCH_FIELD_ID } from '../app/use-shortcuts.ts';
import { useRoute } from '../app/router.ts';
import { SearchField } from '../design/search-field.tsx';
import { useContacts, useContactsKnown } from '../state/contacts.ts';
import { ConversationList } from './conversation-list.tsx';
import { FirstSteps } from './first-steps.tsx';
import { ListHeader } from './list-header.tsx';
import { PhraseReminder } from './phrase-reminder.tsx';
import { RoomEntry } from '../room/room-entry.tsx';
import { RequestsEntry } from './requests-entry.tsx';
import { SearchResults } from './search-results.tsx';
import { QuietList } from './quiet-list.tsx';
import { UpdateOffer } from './update-offer.tsx';
import styles from './list-pane.module.css';

export interface ListPaneProps {
  readonly onHelp: () => void;
}

export function ListPane({ onHelp }: ListPaneProps) {
  const { t } = useTranslation('app');
  const [typed, setTyped] = useState('');
  const known = useContactsKnown();
  const route = useRoute();
  const nobody = useContacts('accepted').length === 0;
  const searching = typed.trim() !== '';
  return (
    <div className={styles.pane}>
      <ListHeader onHelp={onHelp} />
      {!nobody && (
        <div className={styles.search} role="search">
          <SearchField
            id={SEARCH_FIELD_ID}
            label={t('search.label')}
            clearLabel={t('search.clear')}
            value={typed}
            onChange={setTyped}
          />
        </div>
      )}
      {searching ? (
        <SearchResults typed={typed} />
      ) : (
        <>
          <RoomEntry />
          <RequestsEntry />
          <PhraseReminder />
          {known &&
            nobody &&
            (route.screen === 'list' ? (
              <div className={styles.phone}>
                <FirstSteps />
              </div>
            ) : null)}
          {known && nobody && <QuietList />}
          {known && !nobody && <ConversationList />}
        </>
      )}
      <UpdateOffer />
    </div>
  );
}
