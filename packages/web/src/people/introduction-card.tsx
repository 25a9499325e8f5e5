import type { Introduction } from '@sotto/engine/api';
import { useEffect, useState } from 'react';
import type { FormEvent, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { namePlaces } from '../app/contact-places.ts';
import { useErrorText } from '../app/errors.ts';
import { hrefOf, navigate } from '../app/router.ts';
import { Avatar } from '../design/avatar.tsx';
import { Banner } from '../design/banner.tsx';
import { Button } from '../design/button.tsx';
import { Section } from '../design/page.tsx';
import { Spinner } from '../design/spinner.tsx';
import { TextField } from '../design/text-field.tsx';
import { useEngine } from '../state/profile-context.tsx';
import { useTask } from '../settings/use-task.ts';
import styles from './introduction-card.module.css';

interface IntroductionCardProps {
  /** Invite, address or token. */
  readonly to: string;
  readonly onLeave: () => void;
}

/** Shows whom an invite names, before anything is done. Somebody who is known already: opens the conversation. */
export function IntroductionCard({ to, onLeave }: IntroductionCardProps) {
  const { t } = useTranslation('people');
  const engine = useEngine();
  const errorText = useErrorText();
  const [found, setFound] = useState<Introduction | null>(null);
  const [problem, setProblem] = useState<string | null>(null);

  useEffect(() => {
    let isCurrent = true;
    engine.describe({ to }).then(
      (introduction) => {
        if (!isCurrent) return;
        // An invite that leads elsewhere is asked about: whoever made this link may want to carry off what is sent to them.
        if (introduction.contact?.status !== 'accepted' || introduction.elsewhere) return setFound(introduction);
        const open = (): void => openConversation(introduction.address);
        engine.add({ to }).then(open, open);
      },
      (error: unknown) => {
        if (isCurrent) setProblem(errorText(error));
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [engine, to, errorText]);

  if (problem !== null) {
    return (
      <Banner tone="danger" live="alert" actions={<Button onPress={onLeave}>{t('add.another')}</Button>}>
        {problem}
      </Banner>
    );
  }
  if (found === null) {
    return (
      <div className={styles.loading}>
        <Spinner />
        <p>{t('add.looking')}</p>
      </div>
    );
  }
  if (found.own) {
    return (
      <Banner title={t('add.own')} actions={<Button onPress={onLeave}>{t('add.another')}</Button>}>
        {t('add.ownText')}
      </Banner>
    );
  }
  return <AddThem to={to} found={found} onLeave={onLeave} />;
}

function AddThem({ to, found, onLeave }: IntroductionCardProps & { found: Introduction }) {
  const { t } = useTranslation('people');
  const engine = useEngine();
  const [petname, setPetname] = useState('');
  const { busy, problem, run } = useTask();
  const { address, token, node, room, contact } = found;
  const name = contact?.name ?? found.name;
  const isBlocked = contact?.status === 'blocked';
  const isMoving = contact?.status === 'accepted' && found.elsewhere;

  const add = async (): Promise<void> => {
    if (isBlocked) await engine.updateContact({ address, status: 'accepted' });
    const chosen = petname.trim();
    // Before its event comes: the way there is by its place.
    namePlaces([await engine.add(chosen === '' ? { to } : { to, name: chosen })]);
    openConversation(address);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void run(add);
  };

  return (
    <Section description={<Remark found={found} />}>
      <form className={styles.form} onSubmit={submit}>
        <div className={styles.person}>
          <Avatar name={name} color={contact?.color ?? 0} size="xl" />
          <h2 className={styles.name}>{name === '' ? t('add.noName') : <bdi>{name}</bdi>}</h2>
          <p className={styles.address}>
            <bdi>{address}</bdi>
          </p>
          <p className={styles.soft}>
            <bdi>{token}</bdi>
            {node !== '' && <> · {t('add.viaNode', { node: hostOf(node) })}</>}
          </p>
        </div>
        {contact?.status === 'request' && <Banner title={t('add.request', { name })}>{t('add.requestText')}</Banner>}
        {isBlocked && (
          <Banner tone="warn" title={t('add.blocked')}>
            {t('add.blockedText', { name })}
          </Banner>
        )}
        {isMoving && (
          <Banner
            tone="warn"
            title={t('add.elsewhere')}
            actions={<Button onPress={() => openConversation(address)}>{t('add.stay')}</Button>}
          >
            {t('add.elsewhereText', { name })}
          </Banner>
        )}
        {room && <Banner tone="warn">{t('add.room')}</Banner>}
        <TextField
          label={t('add.petname')}
          description={t('add.petnameHint')}
          placeholder={name}
          value={petname}
          onChange={setPetname}
          maxLength={64}
          autoComplete="off"
          error={problem}
        />
        <div className={styles.buttons}>
          <Button onPress={onLeave}>{t('add.another')}</Button>
          <Button type="submit" variant={isMoving ? 'danger' : 'primary'} busy={busy} autoFocus={!isMoving}>
            {t(isBlocked ? 'add.unblock' : isMoving ? 'add.move' : 'add.confirm')}
          </Button>
        </div>
      </form>
    </Section>
  );
}

function Remark({ found }: { found: Introduction }): ReactNode {
  const { t } = useTranslation('people');
  if (found.node === '') return t('add.withoutNode');
  return found.contact === undefined ? t('add.unproven') : null;
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

/** The invite does not stay in the history of the browser. */
function openConversation(address: string): void {
  navigate(hrefOf({ screen: 'conversation', address, at: null }), { replace: true });
}
