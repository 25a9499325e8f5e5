import { useCallback, useEffect, useSyncExternalStore } from 'react';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { Said } from '@sotto/engine/api';
import { safeLine } from '@sotto/engine/text';
import { readTexts } from '../i18n/areas.ts';
import { addTexts } from '../i18n/i18n.ts';
import type { Texts } from '../i18n/pseudo-locale.ts';

/** The first screen comes first; before anything can be said somebody does something. */
const LATER_MS = 1500;
const DOING = ['pointerdown', 'keydown', 'input'] as const;

let texts: 'none' | 'asked' | 'here' = 'none';
const listeners = new Set<() => void>();

/** The texts for what the engine says. Once they are here they stay; an attempt that fails is made again. */
async function loadSaid(): Promise<void> {
  if (texts !== 'none') return;
  texts = 'asked';
  try {
    addTexts('engine', (await readTexts('engine')) as Texts);
    texts = 'here';
    for (const listener of listeners) listener();
  } catch {
    texts = 'none';
  }
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/**
 * What the engine says, in texts of the interface; null while they are not here, and where this version has none: then
 * there is something more general to be said. Never the engine's own English.
 */
export type Say = (said: readonly Said[] | undefined) => string | null;

export function sayIn(t: TFunction<'engine'>, exists: (key: string) => boolean): Say {
  return (said = []) => {
    const words = said.map(({ name, values = {} }) => {
      if (!exists(`said.${name}`) && !exists(`said.${name}_other`)) return null;
      const safe = Object.entries(values).map(([key, value]) => [
        key,
        typeof value === 'string' ? safeLine(value) : value,
      ]);
      return t(`said.${name}`, Object.fromEntries(safe) as Record<string, string | number>);
    });
    return words.length === 0 || words.includes(null) ? null : words.join(' ');
  };
}

export function useSay(): Say {
  const { t, i18n } = useTranslation('engine');
  useSyncExternalStore(listen, () => texts);
  useEffect(() => {
    const load = (): void => void loadSaid();
    const timer = setTimeout(load, LATER_MS);
    for (const type of DOING) addEventListener(type, load, { capture: true, once: true });
    return () => {
      clearTimeout(timer);
      for (const type of DOING) removeEventListener(type, load, { capture: true });
    };
  }, []);
  return useCallback((said) => sayIn(t, (key) => i18n.exists(key, { ns: 'engine' }))(said), [t, i18n]);
}
