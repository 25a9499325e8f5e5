import { useMemo } from 'react';
import { SearchX, UserPlus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useErrorText } from '../app/errors.ts';
import { hrefOf } from '../app/router.ts';
import { Avatar } from '../design/avatar.tsx';
import { Banner } from '../design/banner.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { ListRow } from '../design/list-row.tsx';
import { ProgressBar } from '../design/progress-bar.tsx';
import { formatNumber } from '../i18n/format.ts';
import { useContacts } from '../state/contacts.ts';
import { isInviteLike, matchingContacts } from './conversations.ts';
import { FoundMessage } from './found-message.tsx';
import { useNow } from './use-now.ts';
import { useSearch } from './use-search.ts';
import styles from './search-results.module.css';

export interface SearchResultsProps {
  readonly typed: string;
}

/** People first, then messages; a link or address that was pasted can be added at once. */
export function SearchResults({ typed }: SearchResultsProps) {
  const { t, i18n } = useTranslation('app');
  const errorText = useErrorText();
  const contacts = useContacts('accepted');
  const text = typed.trim();
  const people = useMemo(() => matchingContacts(contacts, text), [contacts, text]);
  const { found, failure } = useSearch(text);
  const nowMs = useNow();
  const messages = found?.messages ?? [];
  const addable = isInviteLike(text);
  const nothing = people.length === 0 && messages.length === 0 && !addable;
  const indexing = found !== null && found.indexed < found.total;
  const number = (value: number) => formatNumber(i18n.language, value);
  return (
    <div className={styles.results}>
      <p className="only-heard" role="status">
        {found?.text === text ? t('search.count', { count: people.length + messages.length }) : ''}
      </p>
      {failure !== null && <Banner tone="danger">{errorText(failure)}</Banner>}
      {indexing && (
        <div className={styles.progress}>
          <ProgressBar
            label={t('search.indexing')}
            value={found.indexed}
            max={found.total}
            valueText={t('search.indexed', { done: number(found.indexed), total: number(found.total) })}
          />
        </div>
      )}
      {addable && (
        <ListRow
          href={hrefOf({ screen: 'add', invite: text.replace(/^.*#\/add\//u, '') })}
          start={<UserPlus aria-hidden />}
          title={t('search.add')}
        />
      )}
      {people.length > 0 && (
        <section aria-label={t('search.people')}>
          <h2 className={styles.heading}>{t('search.people')}</h2>
          {people.slice(0, 20).map(({ address, name, color }) => (
            <ListRow
              key={address}
              oneLine
              href={hrefOf({ screen: 'conversation', address, at: null })}
              start={<Avatar name={name} color={color} size="s" />}
              title={<bdi>{name}</bdi>}
            />
          ))}
        </section>
      )}
      {messages.length > 0 && (
        <section aria-label={t('search.messages')}>
          <h2 className={styles.heading}>{t('search.messages')}</h2>
          {messages.map((message) => (
            <FoundMessage key={message.position} message={message} searched={found?.text ?? text} nowMs={nowMs} />
          ))}
        </section>
      )}
      {nothing && found?.text === text && !indexing && (
        <EmptyState icon={<SearchX aria-hidden />} title={t('search.nothing')}>
          {t('search.nothingText')}
        </EmptyState>
      )}
    </div>
  );
}
