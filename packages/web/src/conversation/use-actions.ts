import { useMemo } from 'react';
import type { Dispatch, SetStateAction } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '@sotto/engine/api';
import { useErrorText } from '../app/errors.ts';
import { toast } from '../design/toast.tsx';
import type { Messages } from '../state/messages.ts';
import { useEngine } from '../state/profile-context.tsx';
import type { Anchor, MessageActions } from './conversation-context.tsx';
import { textOf } from './text/spoken-text.ts';

/** What is open beside the list. */
export type Opened =
  | { readonly kind: 'menu' | 'emoji'; readonly message: Message; readonly anchor: Anchor }
  | { readonly kind: 'remove' | 'info'; readonly message: Message }
  | null;

interface ActionsOptions {
  readonly own: string;
  readonly messages: Messages | null;
  readonly setOpened: Dispatch<SetStateAction<Opened>>;
  readonly setEdited: (message: Message | null) => void;
  readonly reply: (message: Message) => void;
  readonly show: (position: number) => void;
}

export function useActions({ own, messages, setOpened, setEdited, reply, show }: ActionsOptions): MessageActions {
  const { t } = useTranslation('conversation');
  const engine = useEngine();
  const errorText = useErrorText();
  return useMemo(() => {
    const run = (work: Promise<Message>) => {
      work.then(
        (message) => messages?.noteMessage(message),
        (error: unknown) => toast({ text: errorText(error), tone: 'danger' }),
      );
    };
    const nameOf = ({ id, conversation }: Message) => ({ id, conversation });
    return {
      reply: (message) => {
        setEdited(null);
        reply(message);
      },
      edit: setEdited,
      react: (message, emoji) => {
        const mine = message.reactions?.find(({ from }) => from === own)?.emoji;
        run(engine.react({ ...nameOf(message), emoji: mine === emoji ? '' : emoji }));
      },
      copy: (message) => {
        // Asked for outside of a secure place, or refused.
        Promise.resolve(navigator.clipboard?.writeText(textOf(message) ?? '') ?? Promise.reject(new Error())).then(
          () => toast({ text: t('actions.copied'), timeoutMs: 2000 }),
          () => toast({ text: t('actions.copyFailed'), tone: 'danger' }),
        );
      },
      remove: (message) => setOpened({ kind: 'remove', message }),
      info: (message) => setOpened({ kind: 'info', message }),
      retry: (message) => run(engine.resend(nameOf(message))),
      menu: (message, anchor) => setOpened({ kind: 'menu', message, anchor }),
      pickEmoji: (message, anchor) => setOpened({ kind: 'emoji', message, anchor }),
      show,
    };
  }, [engine, errorText, messages, own, reply, setEdited, setOpened, show, t]);
}
