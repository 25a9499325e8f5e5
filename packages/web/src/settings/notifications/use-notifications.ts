import i18next from 'i18next';
import { useEffect } from 'react';
import type { EngineEvent } from '@sotto/engine/api';
import { readTexts } from '../../i18n/areas.ts';
import { addTexts } from '../../i18n/i18n.ts';
import type { Texts } from '../../i18n/pseudo-locale.ts';
import { useContacts } from '../../state/contacts.ts';
import { usePreference } from '../../state/preferences.ts';
import { useEngine, useIsPrivate } from '../../state/profile-context.tsx';
import { modeFor, notificationOf } from './notification-words.ts';
import type { NotificationTexts } from './notification-words.ts';
import { beginDuty } from './one-tab.ts';
import { hasNotifications, showNotification } from './show-notification.ts';

/** Notifications of what arrives while nobody looks, and how much is unread in the title of the tab. */
export function useNotifications(): void {
  useUnreadTitle();
  const engine = useEngine();
  const isPrivate = useIsPrivate();
  const mode = modeFor(usePreference('notifications'), isPrivate);
  useEffect(() => {
    if (mode === 'off' || !hasNotifications()) return;
    const duty = beginDuty(isPrivate);
    const open = new Map<string, () => void>();
    const show = async (event: EngineEvent): Promise<void> => {
      if (event.type !== 'message' || Notification.permission !== 'granted' || !(await duty.isDue())) return;
      const words = notificationOf(event.message, mode, await notificationTexts(), Date.now());
      if (words !== null) open.set(words.tag, await showNotification(words));
    };
    const putAway = (): void => {
      for (const close of open.values()) close();
      open.clear();
    };
    const off = engine.on((event) => void show(event).catch(() => undefined));
    addEventListener('focus', putAway);
    return () => {
      off();
      removeEventListener('focus', putAway);
      putAway();
      duty.end();
    };
  }, [engine, isPrivate, mode]);
}

async function notificationTexts(): Promise<NotificationTexts> {
  if (!i18next.hasResourceBundle(i18next.language, 'settings')) {
    addTexts('settings', (await readTexts('settings')) as Texts);
  }
  const words = i18next.getFixedT(null, 'settings', 'notifications');
  return {
    message: words('message'),
    newMessage: words('newMessage'),
    request: words('request'),
    requestBody: words('requestBody'),
    unshown: words('unshown'),
  };
}

const BADGE_AFTER_MS = 300;

/** `(3) Sotto`, and a number on the icon of the installed application. Requests count as one each: they wait for a word. */
function useUnreadTitle(): void {
  const accepted = useContacts('accepted');
  const requests = useContacts('request');
  const unread =
    accepted.reduce((sum, contact) => sum + contact.unread, 0) +
    requests.filter(({ unread: count }) => count > 0).length;
  useEffect(() => {
    document.title = unread === 0 ? 'Sotto' : `(${unread > 99 ? '99+' : String(unread)}) Sotto`;
    // The browser asks the system for it each time: once, when it has settled.
    const timer = setTimeout(() => {
      const badge = unread === 0 ? navigator.clearAppBadge?.() : navigator.setAppBadge?.(unread);
      badge?.catch(() => undefined);
    }, BADGE_AFTER_MS);
    return () => clearTimeout(timer);
  }, [unread]);
  useEffect(
    () => () => {
      document.title = 'Sotto';
      navigator.clearAppBadge?.().catch(() => undefined);
    },
    [],
  );
}
