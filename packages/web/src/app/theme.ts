import { getPreferences, onPreferences } from '../state/preferences.ts';

/** Puts the chosen theme and size of text on <html>; without a choice the system decides. Holds as long as the page lives. */
export function startTheme(): void {
  const apply = () => {
    const { theme, textSize } = getPreferences();
    if (theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
    if (textSize === 'normal') delete document.documentElement.dataset['textSize'];
    else document.documentElement.dataset['textSize'] = textSize;
  };
  apply();
  onPreferences(apply);
}
