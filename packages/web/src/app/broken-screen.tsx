import { Unplug } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '../design/button.tsx';
import { EmptyState } from '../design/empty-state.tsx';

export interface BrokenScreenProps {
  readonly pane: boolean;
  readonly onAgain: () => void;
}

export function BrokenScreen({ pane, onAgain }: BrokenScreenProps) {
  const { t } = useTranslation('app');
  return (
    <EmptyState
      icon={<Unplug aria-hidden />}
      title={t('broken.title')}
      actions={
        <>
          {pane && <Button onPress={onAgain}>{t('broken.again')}</Button>}
          <Button variant="primary" onPress={() => location.reload()}>
            {t('broken.reload')}
          </Button>
        </>
      }
    >
      {t('broken.text')}
    </EmptyState>
  );
}
