import { useTranslation } from 'react-i18next';
import type { Contact, Message } from '@sotto/engine/api';
import { cx } from '../design/cx.ts';
import { previewOf } from './preview.ts';
import { StateSign } from './state-sign.tsx';
import styles from './preview-line.module.css';

export interface PreviewLineProps {
  readonly contact: Contact;
  readonly message: Message | null | undefined;
}

/** The second line of a conversation: who types, else how the newest message begins and how far it is. */
export function PreviewLine({ contact, message }: PreviewLineProps) {
  const { t } = useTranslation('app');
  if (contact.typing) return <span className={cx(styles.line, styles.typing)}>{t('list.typing')}</span>;
  const preview = previewOf(message);
  const signed = message?.outgoing === true && preview.kind === 'text';
  return (
    <span className={cx(styles.line, preview.kind !== 'text' && styles.told)}>
      {signed && <StateSign state={message.state} />}
      <span className={styles.words} dir="auto">
        {preview.kind === 'text' && preview.text}
        {preview.kind === 'gap' && t('preview.gap', { count: preview.count })}
        {preview.kind === 'none' && (message === undefined ? '\u00a0' : t('preview.none'))}
        {(preview.kind === 'deleted' ||
          preview.kind === 'unknown' ||
          preview.kind === 'undecryptable' ||
          preview.kind === 'timer' ||
          preview.kind === 'timerOff') &&
          t(`preview.${preview.kind}`)}
      </span>
    </span>
  );
}
