import { lazyScreen } from '../i18n/lazy-screen.tsx';
import { NothingChosen } from './nothing-chosen.tsx';
import type { Route } from './router.ts';

const ConversationScreen = lazyScreen([], async () => {
  const { ConversationScreen: screen } = await import('../conversation/conversation-screen.tsx');
  return { default: screen };
});
const ContactScreen = lazyScreen(['people'], () => import('../people/contact-screen.tsx'));
const RequestsScreen = lazyScreen(['people'], () => import('../people/requests-screen.tsx'));
const RoomScreen = lazyScreen([], () => import('../room/room-screen.tsx'));
const AddScreen = lazyScreen(['people'], () => import('../people/add-screen.tsx'));
const SettingsScreen = lazyScreen(
  ['settings', 'people', 'linking', 'backup', 'install'],
  () => import('../settings/settings-screen.tsx'),
);

export interface DetailProps {
  readonly route: Route;
}

/** What stands beside the list. */
export function Detail({ route }: DetailProps) {
  switch (route.screen) {
    case 'list':
      return <NothingChosen />;
    case 'conversation':
      return <ConversationScreen key={route.address} address={route.address} at={route.at} />;
    case 'contact':
      return <ContactScreen key={route.address} address={route.address} />;
    case 'requests':
      return <RequestsScreen />;
    case 'room':
      return <RoomScreen />;
    case 'add':
      return <AddScreen invite={route.invite} />;
    case 'settings':
      return <SettingsScreen page={route.page} />;
  }
}
