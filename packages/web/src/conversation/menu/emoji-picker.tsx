import { EmojiPicker as Frimousse } from 'frimousse';
import type { EmojiPickerListEmojiProps, EmojiPickerListRowProps } from 'frimousse';
import { useTranslation } from 'react-i18next';
import { Spinner } from '../../design/spinner.tsx';
import { readEmojiData } from './emoji-data.ts';
import styles from './emoji-picker.module.css';

export interface EmojiPickerProps {
  readonly onPick: (emoji: string) => void;
}

/** Rows and columns are counted from 1 (WAI-ARIA, aria-rowindex), the library counts from 0. */
function Row({ 'aria-rowindex': index, ...props }: EmojiPickerListRowProps) {
  return <div {...props} {...(index === undefined ? {} : { 'aria-rowindex': index + 1 })} />;
}

function Emoji({ emoji, 'aria-colindex': index, ...props }: EmojiPickerListEmojiProps) {
  return (
    <button type="button" {...props} {...(index === undefined ? {} : { 'aria-colindex': index + 1 })}>
      {emoji.emoji}
    </button>
  );
}

/** All emoji, by name. What they are called comes from this page's own origin, when it is first opened. */
export default function EmojiPicker({ onPick }: EmojiPickerProps) {
  const { t } = useTranslation('conversation');
  return (
    <Frimousse.Root
      className={styles.root}
      resolveEmojiData={readEmojiData}
      locale="en"
      columns={8}
      onEmojiSelect={({ emoji }) => onPick(emoji)}
    >
      <Frimousse.Search
        className={styles.search}
        aria-label={t('picker.search')}
        placeholder={t('picker.search')}
        autoFocus
      />
      <Frimousse.Viewport className={styles.viewport}>
        <Frimousse.Loading className={styles.note}>
          <Spinner label={t('picker.loading')} />
        </Frimousse.Loading>
        <Frimousse.Empty className={styles.note}>{t('picker.none')}</Frimousse.Empty>
        <Frimousse.List className={styles.list} components={{ Row, Emoji }} />
      </Frimousse.Viewport>
    </Frimousse.Root>
  );
}
