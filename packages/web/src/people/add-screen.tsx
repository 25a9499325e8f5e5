import { useState } from 'react';
import { useTranslation } from 'react-i18next';
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
  const [left, setLeft] = useState<string | null>(null);
  const wanted = chosen ?? (invite === null || invite === '' || invite === left ? null : invite);
  if (wanted !== null) {
    return (
      <Page title={t('add.title')} back="#/" backAlways>
        <IntroductionCard
          key={wanted}
          to={wanted}
          onLeave={() => {
            setChosen(null);
            setLeft(invite);
          }}
        />
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
