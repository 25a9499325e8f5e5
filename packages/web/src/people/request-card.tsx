import { Eye, EyeOff } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Contact, Message } from '@sotto/engine/api';
import { hrefOf, navigate } from '../app/router.ts';
import { Avatar } from '../design/avatar.tsx';
import { Banner } from '../design/banner.tsx';
import { Button } from '../design/button.tsx';
import { Section } from '../design/page.tsx';
import { toast } from '../design/toast.tsx';
import { formatListTime } from '../i18n/format.ts';
import { usePutContact } from '../state/contacts.ts';
import { useEngine } from '../state/profile-context.tsx';
import { useTask } from '../settings/use-task.ts';
import { BlockDialog } from './block-dialog.tsx';
import { clearConversation } from './clear-conversation.ts';
import styles from './requests-screen.module.css';

/** So much of what a stranger wrote is shown here; the rest stands in the conversation. */
const PREVIEW = 5;
const PREVIEW_CHARACTERS = 2000;

/** One stranger: who, how much, since when; their words only when they are wanted. */
export function RequestCard({ contact }: { contact: Contact }) {
  const { t, i18n } = useTranslation('people');
  const engine = useEngine();
  const put = usePutContact();
  const [messages, setMessages] = useState<readonly Message[] | null>(null);
  const [blocking, setBlocking] = useState(false);
  const [now] = useState(() => Date.now());
  const { busy, problem, run } = useTask();
  const { address, name, color, token, unread, lastAt } = contact;

  const show = async (): Promise<void> => {
    const page = await engine.history({ conversation: address, limit: PREVIEW });
    setMessages(page.messages);
  };
  const accept = async (): Promise<void> => {
    put(await engine.updateContact({ address, status: 'accepted' }));
    navigate(hrefOf({ screen: 'conversation', address, at: null }));
  };
  const remove = async (): Promise<void> => {
    await clearConversation(engine, address, { signal: new AbortController().signal, onCleared: () => undefined });
    toast({ text: t('requests.ignored', { name }) });
  };

  return (
    <Section>
      <div className={styles.head}>
        <Avatar name={name} color={color} size="l" />
        <div className={styles.words}>
          <p className={styles.name}>
            <bdi>{name}</bdi>
          </p>
          <p className={styles.soft}>
            {together(
              t('requests.wants'),
              t('requests.count', { count: unread }),
              formatListTime(i18n.language, lastAt, now),
            )}
          </p>
          <p className={styles.soft}>
            <bdi>{token}</bdi>
          </p>
        </div>
      </div>
      {messages !== null && <Preview messages={messages} unread={unread} />}
      {problem !== null && (
        <Banner tone="danger" live="alert">
          {problem}
        </Banner>
      )}
      <div className={styles.toggle}>
        {messages === null ? (
          <Button variant="plain" size="s" icon={<Eye size={18} aria-hidden />} onPress={() => void run(show)}>
            {t('requests.show')}
          </Button>
        ) : (
          <Button variant="plain" size="s" icon={<EyeOff size={18} aria-hidden />} onPress={() => setMessages(null)}>
            {t('requests.hide')}
          </Button>
        )}
      </div>
      <div className={styles.buttons}>
        <Button variant="danger-plain" onPress={() => setBlocking(true)}>
          {t('requests.block')}
        </Button>
        <Button onPress={() => void run(remove)}>{t('requests.ignore')}</Button>
        <Button variant="primary" busy={busy} onPress={() => void run(accept)}>
          {t('requests.accept')}
        </Button>
      </div>
      {blocking && <BlockDialog contact={contact} onClose={() => setBlocking(false)} />}
    </Section>
  );
}

/** One after the other; a line may end behind a point, and never begins with one. */
const together = (...parts: readonly string[]): string => parts.join('\u00a0· ');

function Preview({ messages, unread }: { messages: readonly Message[]; unread: number }) {
  const { t } = useTranslation('people');
  const more = unread - messages.length;
  return (
    <ul className={styles.messages}>
      {more > 0 && <li className={styles.soft}>{t('requests.more', { count: more })}</li>}
      {messages.map(({ id, content }) => (
        <li key={id} className={styles.message} dir="auto">
          {'text' in content ? content.text.slice(0, PREVIEW_CHARACTERS) : t('requests.unreadable')}
        </li>
      ))}
    </ul>
  );
}
