import i18next from 'i18next';
import type { EngineApi } from '@sotto/engine/api';
import { readTexts } from '../i18n/areas.ts';
import { addTexts } from '../i18n/i18n.ts';
import type { Texts } from '../i18n/pseudo-locale.ts';
import { guessDevice } from './device-name.ts';

/** "Chrome on Linux"; where the browser says nothing of itself, "Browser". Loads the texts it needs. */
export async function suggestedName(agent: string): Promise<string> {
  if (!i18next.hasResourceBundle(i18next.language, 'linking')) {
    addTexts('linking', (await readTexts('linking')) as Texts);
  }
  const words = i18next.getFixedT(null, 'linking', 'join');
  const guessed = guessDevice(agent);
  return guessed === null ? words('defaultName') : words('nameOn', guessed);
}

/** Gives this device a name where it has none, so that a list of devices can be read. Its owner can change it. */
export async function nameThisDevice(
  engine: Pick<EngineApi, 'devices' | 'renameDevice'>,
  suggest: () => Promise<string>,
): Promise<void> {
  const { devices } = await engine.devices({});
  const own = devices.find(({ current }) => current);
  if (own?.name !== '') return;
  await engine.renameDevice({ device: own.device, name: await suggest() });
}
