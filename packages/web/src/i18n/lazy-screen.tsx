import { lazy } from 'react';
import type { ComponentType, LazyExoticComponent } from 'react';
import { readTexts } from './areas.ts';
import type { LaterArea } from './areas.ts';
import { addTexts } from './i18n.ts';
import type { Texts } from './pseudo-locale.ts';

/** A screen that is loaded when it is first shown, together with its texts. */
export function lazyScreen<Props>(
  areas: readonly LaterArea[],
  load: () => Promise<{ default: ComponentType<Props> }>,
): LazyExoticComponent<ComponentType<Props>> {
  return lazy(async () => {
    const [screen] = await Promise.all([
      load(),
      ...areas.map(async (area) => addTexts(area, (await readTexts(area)) as Texts)),
    ]);
    return screen;
  });
}
