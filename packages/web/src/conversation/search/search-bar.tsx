import { useEffect, useRef } from 'react';
import { ChevronDown, ChevronUp, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../../design/icon-button.tsx';
import { SearchField } from '../../design/search-field.tsx';
import { formatNumber } from '../../i18n/format.ts';
import type { ConversationSearch } from './use-search.ts';
import styles from './search-bar.module.css';

export interface SearchBarProps {
  readonly search: ConversationSearch;
  readonly onClose: () => void;
}

/** Finds words in this conversation, and goes from one to the next. */
export function SearchBar({ search, onClose }: SearchBarProps) {
  const { t, i18n } = useTranslation('conversation');
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const { text, found, index, indexed, total, isFull } = search;
  const number = (value: number) => formatNumber(i18n.language, value);
  const count = { index: number(index + 1), total: number(found) };
  const words =
    found > 0 ? t(isFull ? 'search.countMany' : 'search.count', count) : search.isDone ? t('search.none') : '';
  const percent = new Intl.NumberFormat(i18n.language, { style: 'percent' }).format(total === 0 ? 1 : indexed / total);
  return (
    // Keys of the field inside.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div
      className={styles.bar}
      role="search"
      aria-label={t('search.label')}
      onKeyDownCapture={(event) => {
        // Before the field, for which it would only mean to be emptied.
        if (event.key === 'Escape') {
          event.preventDefault();
          event.stopPropagation();
          onClose();
        }
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && event.target === input.current) {
          event.preventDefault();
          search.move(event.shiftKey ? -1 : 1);
        }
      }}
    >
      <SearchField
        className={styles.field ?? ''}
        label={t('search.label')}
        clearLabel={t('search.clear')}
        value={text}
        onChange={search.setText}
        inputRef={input}
      />
      <span className={styles.count} role="status">
        {words}
        {search.isDone && indexed < total && <> {t('search.indexing', { percent })}</>}
      </span>
      <IconButton
        size="s"
        label={t('search.previous')}
        shortcut="Enter"
        icon={<ChevronUp aria-hidden />}
        isDisabled={index + 1 >= found}
        onPress={() => search.move(1)}
      />
      <IconButton
        size="s"
        label={t('search.next')}
        shortcut="Shift Enter"
        icon={<ChevronDown aria-hidden />}
        isDisabled={index <= 0}
        onPress={() => search.move(-1)}
      />
      <IconButton size="s" label={t('search.close')} shortcut="Esc" icon={<X aria-hidden />} onPress={onClose} />
    </div>
  );
}
