import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { EngineError } from '@sotto/engine/api';
import type { EngineErrorCode } from '@sotto/engine/api';

/** Codes that say all there is to say; the others are said by the engine, which knows what it was about. */
const OWN_WORDS = ['unreachable', 'try-later', 'disk-full', 'closed'] as const satisfies readonly EngineErrorCode[];

/** Engine errors as sentences: what happened, what it means, what to do. */
export function useErrorText(): (error: unknown) => string {
  const { t } = useTranslation('app');
  return useCallback(
    (error: unknown) => {
      if (!(error instanceof EngineError)) return t('errors.failed');
      const own = OWN_WORDS.find((code) => code === error.code);
      if (own !== undefined) return t(`errors.${own}`);
      return error.message === '' ? t('errors.failed') : error.message;
    },
    [t],
  );
}
