import { useTranslation } from 'react-i18next';
import { Dialog } from '../../design/dialog.tsx';
import { formatMoment } from '../../i18n/format.ts';
import { useStateWords } from '../bubble/state-sign.tsx';
import { useConversation } from '../conversation-context.tsx';
import { shownAt } from '../list/rows.ts';
import type { MessageDialogProps } from './delete-dialog.tsx';
import styles from './message-dialogs.module.css';

/** All that is known about a message. */
export function InfoDialog({ message, onClose }: MessageDialogProps) {
  const { t, i18n } = useTranslation('conversation');
  const { contact } = useConversation();
  const stateWords = useStateWords();
  const moment = (ms: number) => formatMoment(i18n.language, ms);
  const rows: [string, string][] = [];
  if (message !== null) {
    const { outgoing, state, storedOn, editedAt, expiresAt, problem } = message;
    const meaning = t(`info.meaning.${outgoing ? state : 'received'}`);
    rows.push([t('info.state'), outgoing ? `${stateWords(message)}. ${problem ?? meaning}` : meaning]);
    rows.push([t('info.sentAt'), moment(shownAt(message))]);
    if (!outgoing) rows.push([t('info.receivedAt'), moment(message.receivedAt)]);
    if (editedAt !== undefined) rows.push([t('info.editedAt'), moment(editedAt)]);
    if (outgoing && storedOn > 0) rows.push([t('info.nodes'), t('info.nodesText', { count: storedOn })]);
    if (expiresAt !== undefined) rows.push([t('info.expiresAt'), moment(expiresAt)]);
    rows.push([t('info.encryption'), t('info.encryptionText', { name: contact.name })]);
  }
  return (
    <Dialog title={t('info.title')} isOpen={message !== null} onClose={onClose} size="s">
      <dl className={styles.facts}>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
