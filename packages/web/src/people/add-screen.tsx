import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { navigate } from '../app/router.ts';
import { Page } from '../design/page.tsx';
import { AddForm } from './add-form.tsx';
import { InviteCard } from './invite-card.tsx';
import { IntroductionCard } from './introduction-card.tsx';

interface AddScreenProps {
  /** What stands behind `#/add/`; null: nothing. */
  readonly invite: string | null;
}

/** Adding somebody: by an invite that was opened, or by what is pasted or scanned; and the own invite for others. */
function AddScreen({ invite }: AddScreenProps) {
  const { t } = useTranslation('people');
  const [chosen, setChosen] = useState<string | null>(null);
  const wanted = chosen ?? invite;
  // An invite that is put away does not stay in the address, nor in the history of the browser.
  const leave = (): void => {
    setChosen(null);
    navigate({ screen: 'add', invite: null }, { replace: true });
  };
  if (wanted !== null && wanted !== '') {
    return (
      <Page title={t('add.title')} back="#/" backAlways>
        <IntroductionCard key={wanted} to={wanted} onLeave={leave} />
      </Page>
    );
  }
  return (
    <Page title={t('add.title')} back="#/" backAlways>
      <AddForm onFound={setChosen} />
      <InviteCard />
    </Page>
  );
}

export default AddScreen;
