import { useEffect, useRef, useState } from 'react';
import type { RefObject } from 'react';
import { Check, SendHorizontal, Smile } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Message } from '@sotto/engine/api';
import { MAX_TEXT_BYTES } from '@sotto/engine/api';
import { useErrorText } from '../../app/errors.ts';
import { IconButton } from '../../design/icon-button.tsx';
import { formatNumber } from '../../i18n/format.ts';
import { useConnection } from '../../state/connection.ts';
import { useDraft } from '../../state/drafts.ts';
import { useEngine } from '../../state/profile-context.tsx';
import { useConversation } from '../conversation-context.tsx';
import { EmojiPopover } from '../menu/emoji-popover.tsx';
import { textOf } from '../text/spoken-text.ts';
import { AboutBar } from './about-bar.tsx';
import { insertText } from './insert-text.ts';
import { TextBox } from './text-box.tsx';
import { textBytes } from './text-size.ts';
import { useReplied } from './use-replied.ts';
import { useTyping } from './use-typing.ts';
import styles from './composer.module.css';

export interface ComposerProps {
  /** The own message whose words are being changed. */
  readonly edited: Message | null;
  readonly onEdited: () => void;
  /** Up, in an empty field. */
  readonly onEditLast: () => void;
  readonly onSent: (message: Message) => void;
  readonly box: RefObject<HTMLTextAreaElement | null>;
}

/** Where one writes: a new message, an answer, or other words for an own one. */
export function Composer({ edited, onEdited, onEditLast, onSent, box }: ComposerProps) {
  const { t, i18n } = useTranslation('conversation');
  const { contact, actions } = useConversation();
  const engine = useEngine();
  const errorText = useErrorText();
  const isOffline = useConnection()?.state === 'offline';
  const [draft, setDraft] = useDraft(contact.address);
  const [changed, setChanged] = useState<{ id: string; text: string } | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [picking, setPicking] = useState<Element | null>(null);
  const emojiButton = useRef<HTMLButtonElement>(null);
  const tellTyping = useTyping(contact.address);
  const replied = useReplied(draft.replyTo);

  const text = edited === null ? draft.text : changed?.id === edited.id ? changed.text : (textOf(edited) ?? '');
  const bytes = text.length * 3 > MAX_TEXT_BYTES - 2000 ? textBytes(text) : 0;
  const over = bytes - MAX_TEXT_BYTES;
  const canSend = text.trim() !== '' && over <= 0;

  const write = (next: string) => {
    setProblem(null);
    if (edited === null) {
      setDraft({ ...draft, text: next });
      tellTyping(next.trim() !== '');
    } else {
      setChanged({ id: edited.id, text: next });
    }
  };
  const leave = () => {
    if (edited !== null) onEdited();
    else setDraft({ text: draft.text });
    box.current?.focus();
  };
  const submit = () => {
    if (!canSend) return;
    tellTyping(false);
    setProblem(null);
    if (edited !== null) {
      const name = { id: edited.id, conversation: edited.conversation };
      onEdited();
      if (text === textOf(edited)) return;
      engine.edit({ ...name, text }).catch((error: unknown) => {
        setProblem(t('composer.notChanged', { problem: errorText(error) }));
      });
      return;
    }
    const sent = draft;
    setDraft({ text: '' });
    const replyTo = sent.replyTo === undefined ? {} : { replyTo: sent.replyTo };
    engine.send({ id: newId(), to: contact.address, text: sent.text, ...replyTo }).then(onSent, (error: unknown) => {
      // Nothing is lost: it stands in the field again.
      setDraft(sent);
      setProblem(t('composer.notSent', { problem: errorText(error) }));
    });
  };

  useEffect(() => {
    if (edited !== null || draft.replyTo !== undefined) box.current?.focus();
  }, [edited, draft.replyTo, box]);

  const number = (value: number) => formatNumber(i18n.language, value);
  const isAbout = edited !== null || draft.replyTo !== undefined;
  return (
    <div className={styles.composer}>
      {isAbout && (
        <AboutBar
          message={edited ?? replied}
          isEdit={edited !== null}
          onLeave={leave}
          onShow={(position) => actions.show(position)}
        />
      )}
      {problem !== null && (
        <p className={styles.problem} role="alert">
          {problem}
        </p>
      )}
      {bytes > MAX_TEXT_BYTES - 2000 && (
        <p className={over > 0 ? styles.problem : styles.note} role="status">
          {over > 0
            ? t('composer.tooLong', { over: number(over), bytes: number(bytes), limit: number(MAX_TEXT_BYTES) })
            : t('composer.closeToLimit', { left: number(-over) })}
        </p>
      )}
      <div className={styles.row}>
        <div className={styles.field}>
          <TextBox
            box={box}
            text={text}
            label={t('composer.label', { name: contact.name })}
            placeholder={t(isOffline ? 'composer.placeholderOffline' : 'composer.placeholder')}
            onWrite={write}
            onSubmit={submit}
            onLeave={isAbout ? leave : null}
            onEditLast={onEditLast}
            onRefused={(count) => setProblem(t('composer.pasteTooLong', { length: number(count) }))}
          />
          <IconButton
            ref={emojiButton}
            label={t('composer.emoji')}
            icon={<Smile aria-hidden />}
            aria-expanded={picking !== null}
            onPress={() => setPicking((open) => (open === null ? emojiButton.current : null))}
            className={styles.emoji ?? ''}
          />
        </div>
        <IconButton
          label={t(edited === null ? 'composer.send' : 'composer.save')}
          variant="primary"
          icon={edited === null ? <SendHorizontal aria-hidden className="mirror" /> : <Check aria-hidden />}
          isDisabled={!canSend}
          onPress={() => {
            submit();
            box.current?.focus();
          }}
        />
      </div>
      {picking !== null && (
        <EmojiPopover
          anchor={picking}
          onClose={() => setPicking(null)}
          onPick={(emoji) => {
            setPicking(null);
            insertText(box.current, text, emoji, write);
          }}
        />
      )}
    </div>
  );
}

/** 16 random bytes: sending the same again sends nothing twice. */
function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
