/** The texts of the interface. English is built in; its two distortions find texts and layouts that were forgotten. */
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { bundled } from './areas.ts';
import type { Area } from './areas.ts';
import { distort } from './pseudo-locale.ts';
import type { PseudoLocale, Texts } from './pseudo-locale.ts';
import { valueFormatter } from './values.ts';

const LOCALES = ['en', 'en-XA', 'ar-XB'] as const;
export type Locale = (typeof LOCALES)[number];

/** `?locale=` of the page's address, else English. */
export function localeOf(search: string): Locale {
  const wanted = new URLSearchParams(search).get('locale');
  return LOCALES.find((locale) => locale === wanted) ?? 'en';
}

function directionOf(locale: Locale): 'ltr' | 'rtl' {
  return locale === 'ar-XB' ? 'rtl' : 'ltr';
}

function inLocale(texts: Texts, locale: Locale): Texts {
  return locale === 'en' ? texts : distort(texts, locale satisfies PseudoLocale);
}

/** Once, before anything is shown. */
export function startTexts(locale: Locale): void {
  document.documentElement.lang = locale;
  document.documentElement.dir = directionOf(locale);
  const resources = Object.fromEntries(
    Object.entries(bundled).map(([area, texts]) => [area, inLocale(texts as Texts, locale)]),
  );
  void i18next
    .use(initReactI18next)
    .use(valueFormatter)
    .init({
      lng: locale,
      fallbackLng: false,
      ns: Object.keys(bundled),
      defaultNS: 'app',
      resources: { [locale]: resources },
      initAsync: false,
      interpolation: { escapeValue: false, alwaysFormat: true },
      returnNull: false,
      react: { useSuspense: false },
    });
}

/** Adds the texts of an area that is loaded later, before its screens are shown. */
export function addTexts(area: Area, texts: Texts): void {
  const locale = i18next.language as Locale;
  i18next.addResourceBundle(locale, area, inLocale(texts, locale), true, true);
}
