import type { Plugin } from 'vite';

const DEFAULT_LOCALE = /[\\/]useDefaultLocale\.mjs$/;

/**
 * React Aria takes the browser's language for its own where no provider says another. It asks for it while it is loaded,
 * and a browser reads its whole list of locales for the answer: 15 ms of a phone's first visit. Here it is that of the
 * texts, as <html> has it.
 */
export function ownLocale(): Plugin {
  let isFound = false;
  return {
    name: 'sotto-own-locale',
    apply: 'build',
    enforce: 'pre',
    async resolveId(source, importer) {
      if (!DEFAULT_LOCALE.test(source)) return null;
      isFound = true;
      return await this.resolve('/src/i18n/text-locale.ts', importer);
    },
    buildEnd(failure) {
      if (failure === undefined && !isFound) throw new Error(`React Aria has changed: see ${import.meta.filename}`);
    },
  };
}
