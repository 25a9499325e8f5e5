import { navigate } from '../../app/router.ts';
import type { NotificationWords } from './notification-words.ts';

/** Whether this browser has notifications at all. */
export const hasNotifications = (): boolean => 'Notification' in globalThis;

/** @returns how to put it away */
export async function showNotification({ title, body, tag, route }: NotificationWords): Promise<() => void> {
  const icon = new URL('icons/icon-192.png', document.baseURI).href;
  const badge = new URL('icons/maskable-192.png', document.baseURI).href;
  const options = { body, tag, icon, badge, data: { route } };
  try {
    const notification = new Notification(title, options);
    notification.addEventListener('click', () => {
      notification.close();
      focus();
      navigate(route);
    });
    return () => notification.close();
  } catch {
    // On phones only the service worker shows them; it also answers the click.
    const registration = await navigator.serviceWorker.ready;
    await registration.showNotification(title, options);
    return () => {
      void registration.getNotifications({ tag }).then((shown) => {
        for (const notification of shown) notification.close();
      });
    };
  }
}
