import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { EngineError } from '@sotto/engine/api';
import type { EngineErrorCode } from '@sotto/engine/api';
import { useSay } from './said.ts';

/** Every code has a text of its own, for what is not said more closely. */
const CODES: Readonly<Record<EngineErrorCode, true>> = {
  'bad-input': true,
  'unknown-contact': true,
  'not-found': true,
  'too-long': true,
  blocked: true,
  unreachable: true,
  'try-later': true,
  'not-allowed': true,
  'wrong-node': true,
  'disk-full': true,
  closed: true,
  failed: true,
};

const isCode = (code: string): code is EngineErrorCode => Object.hasOwn(CODES, code);

/** Engine errors as sentences: what happened, what it means, what to do. */
export function useErrorText(): (error: unknown) => string {
  const codeText = useCodeText();
  const say = useSay();
  return useCallback(
    (error: unknown) => {
      if (!(error instanceof EngineError)) return codeText('failed');
      return say(error.said) ?? codeText(error.code);
    },
    [codeText, say],
  );
}

/** What a code alone says; one that only another version of the engine knows says that it did not work. */
export function useCodeText(): (code: string) => string {
  const { t } = useTranslation('app');
  return useCallback((code: string) => t(`errors.${isCode(code) ? code : 'failed'}`), [t]);
}
