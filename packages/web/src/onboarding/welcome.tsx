import { lazy, Suspense, useState } from 'react';
import type { FormEvent } from 'react';
import { EyeOff, KeyRound } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { EngineError } from '@sotto/engine/api';
import { useErrorText } from '../app/errors.ts';
import { FrontPage } from '../app/front-page.tsx';
import { Banner } from '../design/banner.tsx';
import { Button } from '../design/button.tsx';
import { TextField } from '../design/text-field.tsx';
import { useIsPrivate, useSwitchProfile } from '../state/profile-context.tsx';
import { homeNode, readRoomKey } from './home-node.ts';
import { useIntroduction } from './use-introduction.ts';
import { useRoom } from './use-room.ts';
import styles from './onboarding.module.css';

/** Most people come without an invite. */
const InvitedBy = lazy(() => import('./invited-by.tsx'));

export interface WelcomeProps {
  readonly onName: (name: string, psk: Uint8Array | null) => Promise<void>;
  readonly onHave: () => void;
}

/** The first view: what this is, and one field between here and talking. */
export function Welcome({ onName, onHave }: WelcomeProps) {
  const { t } = useTranslation('onboarding');
  const errorText = useErrorText();
  const isPrivate = useIsPrivate();
  const switchTo = useSwitchProfile();
  const introduction = useIntroduction();
  const isRoom = useRoom();
  // The invite brings the key of its room.
  const isInvited = introduction?.room === true && introduction.node === homeNode(location);
  const room = isRoom && !isInvited;
  const [name, setName] = useState('');
  const [key, setKey] = useState('');
  const [keyProblem, setKeyProblem] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const begin = async () => {
    const psk = room ? readRoomKey(key) : null;
    if (room && psk === null) {
      setKeyProblem(t('room.wrong'));
      return;
    }
    setBusy(true);
    setProblem(null);
    setKeyProblem(null);
    try {
      await onName(name.trim(), psk);
    } catch (error) {
      // The node did not take the key.
      const tell =
        psk !== null && error instanceof EngineError && error.code === 'not-allowed' ? setKeyProblem : setProblem;
      tell(errorText(error));
      setBusy(false);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!busy && name.trim() !== '') void begin();
  };

  return (
    <FrontPage
      voice
      title={t(isPrivate ? 'welcome.privateTitle' : 'welcome.title')}
      lead={t(isPrivate ? 'welcome.privateLead' : 'welcome.lead')}
      footer={<p>{t('welcome.fine')}</p>}
    >
      {introduction !== null && (
        <Suspense>
          <InvitedBy introduction={introduction} />
        </Suspense>
      )}
      <form onSubmit={submit} className={styles.form}>
        <TextField
          label={t('welcome.name')}
          description={t('welcome.nameHint')}
          autoComplete="nickname"
          maxLength={64}
          autoFocus
          value={name}
          onChange={setName}
          error={problem}
        />
        {room && (
          <TextField
            label={t('room.key')}
            description={t('room.hint')}
            icon={<KeyRound aria-hidden />}
            autoComplete="off"
            spellCheck="false"
            mono
            value={key}
            onChange={setKey}
            error={keyProblem}
          />
        )}
        <Button type="submit" variant="primary" size="l" full busy={busy} isDisabled={name.trim() === ''}>
          {t(busy ? 'welcome.busy' : 'welcome.begin')}
        </Button>
      </form>
      <div className={styles.others}>
        {isPrivate ? (
          <>
            <Banner icon={<EyeOff aria-hidden />}>{t('welcome.privateMeans')}</Banner>
            <Button variant="plain" onPress={() => switchTo('kept')}>
              {t('welcome.leavePrivate')}
            </Button>
          </>
        ) : (
          <>
            <Button variant="plain" onPress={onHave}>
              {t('welcome.have')}
            </Button>
            <Button variant="plain" icon={<EyeOff aria-hidden />} onPress={() => switchTo('private')}>
              {t('welcome.private')}
            </Button>
          </>
        )}
      </div>
    </FrontPage>
  );
}
