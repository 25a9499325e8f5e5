import { Sparkles } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Banner } from '../design/banner.tsx';
import { Button } from '../design/button.tsx';
import { useUpdate } from '../pwa/use-update.ts';
import { useIsPrivate } from '../state/profile-context.tsx';
import styles from './update-offer.module.css';

/** Below the list while a newer build waits; it never comes by itself into what is being written. */
export function UpdateOffer() {
  const { t } = useTranslation('app');
  const update = useUpdate();
  const isPrivate = useIsPrivate();
  // It would end a private session: it waits for the end of it.
  if (!update.ready || isPrivate) return null;
  return (
    <div className={styles.offer}>
      <Banner
        live="status"
        icon={<Sparkles aria-hidden />}
        title={t('update.title')}
        actions={
          <Button size="s" onPress={() => update.apply()}>
            {t('update.apply')}
          </Button>
        }
      >
        {t('update.text')}
      </Banner>
    </div>
  );
}
