import { Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { PaneSpinner } from '../app/pane-spinner.tsx';
import { lazyScreen } from '../i18n/lazy-screen.tsx';
import { useWhoami } from '../state/whoami.ts';

const InviteLink = lazyScreen(['people'], async () => {
  const { InviteLink: link } = await import('../people/invite-card.tsx');
  return { default: link };
});

/** The own invite, as a code and as a link; as soon as the node was reached, which is part of it. */
export function OwnInvite() {
  const { t } = useTranslation('app');
  const whoami = useWhoami();
  if (whoami === null) return <PaneSpinner />;
  if (whoami.invite === '') return <p role="status">{t('first.inviteWaits')}</p>;
  return (
    <Suspense fallback={<PaneSpinner />}>
      <InviteLink invite={whoami.invite} />
    </Suspense>
  );
}
