/** In the place of React Aria's own module (build/own-locale.ts): the language of its parts is that of the texts. */

interface Locale {
  readonly locale: string;
  readonly direction: 'ltr' | 'rtl';
}

let known: Locale | null = null;

/** As `startTexts` wrote it into the page, once. */
export function getDefaultLocale(): Locale {
  const { lang, dir } = document.documentElement;
  known ??= { locale: lang, direction: dir === 'rtl' ? 'rtl' : 'ltr' };
  return known;
}

export function useDefaultLocale(): Locale {
  return getDefaultLocale();
}
