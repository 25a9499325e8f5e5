import { getPreferences, onPreferences } from '../state/preferences.ts';

/** What the browser paints around the page: --ground of both themes. */
const GROUND = { light: '#f6f1f4', dark: '#150f14' } as const;

/** Puts the chosen theme and size of text on <html>; without a choice the system decides. Holds as long as the page lives. */
export function startTheme(): void {
  const apply = () => {
    const { theme, textSize } = getPreferences();
    for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
      meta.content = GROUND[theme === 'system' ? (meta.media.includes('dark') ? 'dark' : 'light') : theme];
    }
    if (theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
    if (textSize === 'normal') delete document.documentElement.dataset['textSize'];
    else document.documentElement.dataset['textSize'] = textSize;
  };
  apply();
  onPreferences(apply);
}
