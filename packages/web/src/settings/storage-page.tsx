import { DatabaseBackup, Trash2 } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Banner } from '../design/banner.tsx';
import { Button } from '../design/button.tsx';
import { ListRow } from '../design/list-row.tsx';
import { Section } from '../design/page.tsx';
import { ProgressBar } from '../design/progress-bar.tsx';
import { useIsPrivate } from '../state/profile-context.tsx';
import { byteWords } from './byte-words.ts';
import { EraseAccount } from './erase-account.tsx';
import { SettingsPage } from './settings-page.tsx';

/** What the browser keeps, for how long, and how to be rid of it. */
function StoragePage() {
  const { t } = useTranslation('settings');
  const isPrivate = useIsPrivate();
  const [erasing, setErasing] = useState(false);
  return (
    <SettingsPage title={t('nav.storage')}>
      {isPrivate ? <Banner title={t('storage.private')}>{t('storage.privateText')}</Banner> : <Kept />}
      {!isPrivate && (
        <Section flush>
          <ListRow
            start={<DatabaseBackup size={20} aria-hidden />}
            title={t('storage.backup')}
            href="#/settings/backup"
          />
          <ListRow
            start={<Trash2 size={20} aria-hidden />}
            title={t('storage.erase')}
            detail={t('storage.eraseHint')}
            danger
            onPress={() => setErasing(true)}
          />
        </Section>
      )}
      {erasing && <EraseAccount onClose={() => setErasing(false)} />}
    </SettingsPage>
  );
}

interface Storage {
  /** null: the browser does not say. */
  readonly isKept: boolean | null;
  readonly used: number | null;
  readonly quota: number | null;
}

function Kept() {
  const { t, i18n } = useTranslation('settings');
  const [storage, setStorage] = useState<Storage | null>(null);
  const [refused, setRefused] = useState(false);
  useEffect(() => {
    let isCurrent = true;
    void readStorage().then((found) => {
      if (isCurrent) setStorage(found);
    });
    return () => {
      isCurrent = false;
    };
  }, []);
  if (storage === null) return null;
  const { isKept, used, quota } = storage;

  const ask = async (): Promise<void> => {
    const granted = await navigator.storage.persist().catch(() => false);
    setRefused(!granted);
    setStorage(await readStorage());
  };

  return (
    <>
      {isKept === null && <Banner tone="warn">{t('storage.unknown')}</Banner>}
      {isKept === true && (
        <Banner tone="good" title={t('storage.kept')} live="status">
          {t('storage.keptText')}
        </Banner>
      )}
      {isKept === false && (
        <Banner
          tone="warn"
          title={t('storage.notKept')}
          live="status"
          {...(refused ? {} : { actions: <Button onPress={() => void ask()}>{t('storage.ask')}</Button> })}
        >
          {refused ? t('storage.refused') : t('storage.notKeptText')}
        </Banner>
      )}
      {used !== null && quota !== null && (
        <Section>
          <ProgressBar
            label={t('storage.usage')}
            value={used}
            max={quota}
            valueText={t('storage.usageOf', {
              used: byteWords(i18n.language, used),
              quota: byteWords(i18n.language, quota),
            })}
          />
        </Section>
      )}
    </>
  );
}

async function readStorage(): Promise<Storage> {
  const storage = navigator.storage as StorageManager | undefined;
  const isKept = await Promise.resolve(storage?.persisted()).catch(() => undefined);
  const estimate = await Promise.resolve(storage?.estimate()).catch(() => undefined);
  return { isKept: isKept ?? null, used: estimate?.usage ?? null, quota: estimate?.quota ?? null };
}

export default StoragePage;
