import { useEffect } from 'react';
import { useStore } from 'zustand';
import { useSession } from '../state/session.tsx';
import { conversationsInOrder, neighbour, nextUnread } from '../list/conversations.ts';
import { currentRoute, hrefOf, navigate } from './router.ts';
import { commandOf, isMacLike } from './shortcuts.ts';

/** Where the search field listens for being asked for. */
export const SEARCH_FIELD_ID = 'search-everything';

/** Keys that work everywhere in the application. */
export function useShortcuts(onHelp: () => void): void {
  const byAddress = useStore(useSession().contacts, (state) => state.byAddress);
  useEffect(() => {
    const isMac = isMacLike(navigator.platform);
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      const command = commandOf(event, isMac);
      if (
        command === null ||
        (document.querySelector('[role=dialog],[role=alertdialog],[role=menu]') && command !== 'help')
      )
        return;
      const route = currentRoute();
      const current = route.screen === 'conversation' || route.screen === 'contact' ? route.address : null;
      const list = conversationsInOrder([...byAddress.values()]);
      const go = (address: string | null) => {
        if (address !== null) navigate({ screen: 'conversation', address, at: null });
      };
      if (command === 'back') {
        if (route.screen === 'list') return;
        navigate(
          route.screen === 'contact' ? hrefOf({ screen: 'conversation', address: route.address, at: null }) : '#/',
        );
      } else if (command === 'search') {
        showSearch(route.screen !== 'list');
      } else if (command === 'help') onHelp();
      else if (command === 'add') navigate('#/add');
      else if (command === 'settings') navigate('#/settings');
      else if (command === 'next') go(neighbour(list, current, 1));
      else if (command === 'previous') go(neighbour(list, current, -1));
      else go(nextUnread(list, current));
      event.preventDefault();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [byAddress, onHelp]);
}

/** On a phone the list has to come first. */
function showSearch(elsewhere: boolean): void {
  const focus = () => {
    const field = document.querySelector<HTMLInputElement>(`#${SEARCH_FIELD_ID}`);
    if (field === null || field.offsetParent === null) return false;
    field.focus();
    field.select();
    return true;
  };
  if (!focus() && elsewhere) {
    navigate('#/');
    setTimeout(focus, 50);
  }
}
