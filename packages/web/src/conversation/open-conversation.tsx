import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Contact, Message } from '@sotto/engine/api';
import { hrefOf, navigate } from '../app/router.ts';
import { useDraft } from '../state/drafts.ts';
import type { Messages } from '../state/messages.ts';
import { BlockedBar, RequestBar } from './composer/closed-bars.tsx';
import { Composer } from './composer/composer.tsx';
import { ConversationContext } from './conversation-context.tsx';
import { Header } from './header/header.tsx';
import { MessageList } from './list/message-list.tsx';
import { DeleteDialog } from './menu/delete-dialog.tsx';
import { EmojiPopover } from './menu/emoji-popover.tsx';
import { InfoDialog } from './menu/info-dialog.tsx';
import { MessageMenu } from './menu/message-menu.tsx';
import { messageKey } from './menu/message-key.ts';
import { SearchBar } from './search/search-bar.tsx';
import { useSearchKey } from './search/use-search-key.ts';
import { useSearch } from './search/use-search.ts';
import { useFocusBack } from './use-focus-back.ts';
import { useActions } from './use-actions.ts';
import type { Opened } from './use-actions.ts';
import styles from './conversation.module.css';

export interface OpenConversationProps {
  readonly contact: Contact;
  readonly own: string;
  readonly messages: Messages;
  readonly at: number | null;
}

export function OpenConversation({ contact, own, messages, at }: OpenConversationProps) {
  const { address, status } = contact;
  const box = useRef<HTMLTextAreaElement>(null);
  const [draft, setDraft] = useDraft(address);
  const [edited, setEdited] = useState<Message | null>(null);
  const [opened, setOpened] = useState<Opened>(null);
  const [wanted, setWanted] = useState<{ position: number } | null>(null);
  const [isSearching, setSearching] = useState(false);
  const show = useCallback((position: number) => setWanted({ position }), []);
  const search = useSearch(address, isSearching, show);
  const drafted = useRef(draft);
  useEffect(() => {
    drafted.current = draft;
  }, [draft]);
  const reply = useCallback(({ id }: Message) => setDraft({ ...drafted.current, replyTo: id }), [setDraft]);
  const actions = useActions({ own, messages, setOpened, setEdited, reply, show });
  const searched = isSearching ? search.text.slice(0, 200) : '';
  const value = useMemo(
    () => ({ contact, own, messages, actions, searched }),
    [contact, own, messages, actions, searched],
  );
  const close = useCallback(() => setOpened(null), []);
  // A menu says that it closes after what was chosen in it has opened something else.
  const closeMenu = useCallback(() => setOpened((one) => (one?.kind === 'menu' ? null : one)), []);
  useFocusBack(opened);

  // The address names a message once: the same link works again.
  const [askedAt, setAskedAt] = useState<number | null>(null);
  if (askedAt !== at) {
    setAskedAt(at);
    if (at !== null) setWanted({ position: at });
  }
  useEffect(() => {
    if (at === null) return;
    navigate(hrefOf({ screen: 'conversation', address, at: null }), { replace: true });
  }, [at, address]);

  useEffect(() => {
    if (status === 'accepted' && matchMedia('(pointer: fine)').matches) box.current?.focus({ preventScroll: true });
  }, [status]);

  const editLast = () => {
    const last = messages.state.messages.findLast(({ outgoing, content }) => outgoing && 'text' in content);
    if (last !== undefined) setEdited(last);
  };
  const onSent = (message: Message) => {
    messages.noteMessage(message);
    messages.forgetUnread();
    messages.reachNewest().catch(() => undefined);
  };
  const endSearch = () => {
    setSearching(false);
    search.setText('');
    box.current?.focus();
  };
  const beginSearch = useCallback(() => setSearching(true), []);
  useSearchKey(beginSearch);
  return (
    <ConversationContext value={value}>
      <section className={styles.conversation}>
        <Header onSearch={beginSearch} />
        {isSearching && <SearchBar search={search} onClose={endSearch} />}
        <MessageList at={at} wanted={wanted} onKey={(event, message) => messageKey(event, message, value)} />
        {status === 'request' && <RequestBar />}
        {status === 'blocked' && <BlockedBar />}
        {status === 'accepted' && (
          <Composer box={box} edited={edited} onEdited={() => setEdited(null)} onEditLast={editLast} onSent={onSent} />
        )}
        {opened?.kind === 'menu' && <MessageMenu message={opened.message} anchor={opened.anchor} onClose={closeMenu} />}
        {opened?.kind === 'emoji' && (
          <EmojiPopover
            anchor={opened.anchor}
            onClose={close}
            onPick={(emoji) => {
              close();
              actions.react(opened.message, emoji);
            }}
          />
        )}
        <DeleteDialog message={opened?.kind === 'remove' ? opened.message : null} onClose={close} />
        <InfoDialog message={opened?.kind === 'info' ? opened.message : null} onClose={close} />
      </section>
    </ConversationContext>
  );
}
