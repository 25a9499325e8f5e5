import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { EngineEvent } from '@sotto/engine/api';
import { safeLine } from '@sotto/engine/text';
import { useNamedDevice } from '../linking/use-named-device.ts';
import { useAutoLock } from '../settings/lock/use-auto-lock.ts';
import { useNotifications } from '../settings/notifications/use-notifications.ts';
import { useEngineEvents } from '../state/profile-context.tsx';
import { announce } from './live-region.tsx';
import { currentRoute } from './router.ts';

/** What goes on whatever is shown: a word to screen readers of messages that arrive elsewhere, notifications, locking. */
export function useBackground(): void {
  useNotifications();
  useAutoLock();
  useNamedDevice();
  const { t } = useTranslation('app');
  const listen = useCallback(
    (event: EngineEvent) => {
      if (event.type !== 'message' || event.message.outgoing || event.message.request === true) return;
      const { conversation, name } = event.message;
      const route = currentRoute();
      if (route.screen === 'conversation' && route.address === conversation) return;
      announce(t('arrived', { name: safeLine(name) }));
    },
    [t],
  );
  useEngineEvents(listen);
}
