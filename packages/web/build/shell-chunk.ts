import type { Plugin } from 'vite';
import { usedModules } from './used-modules.ts';

/** Everything the first screen needs is reached from here without an `import()`. */
export const SHELL = 'src/start.tsx';
/** Runs first of all. */
const ENTRY = 'src/main.ts';
/** The page for insecure addresses, which must not load the shell. */
const APART = 'src/insecure/show-insecure.ts';
/** What every chunk may use: how it finds the others. */
const BUNDLER = /vite\/preload-helper|rolldown\/runtime/;

/** All in one file as well. */
const STYLE = /\.css$/;

/**
 * One script and one style for the first screen instead of a file for each piece that two screens share: a phone asks for
 * three files, not for seventy.
 */
export function shellChunk(): Plugin {
  let shell: ReadonlySet<string> = new Set();
  let apart: ReadonlySet<string> = new Set();
  let entry: ReadonlySet<string> = new Set();
  return {
    name: 'sotto-shell-chunk',
    apply: 'build',
    config: () => ({
      build: {
        rolldownOptions: {
          output: {
            codeSplitting: {
              groups: [
                {
                  name: 'base',
                  test: (id) =>
                    entry.has(id) || (shell.has(id) && (apart.has(id) || STYLE.test(id))) || BUNDLER.test(id),
                  priority: 3,
                },
                { name: 'first-screen', test: (id) => shell.has(id), priority: 2 },
                // What several of the later screens share.
                { name: 'screens', minShareCount: 2, priority: 1 },
              ],
            },
          },
        },
      },
    }),
    async buildEnd(failure) {
      if (failure !== undefined) return;
      const ids = [...this.getModuleIds()];
      const used = (path: string): Promise<Set<string>> =>
        usedModules(
          this,
          ids.filter((id) => id.replaceAll('\\', '/').endsWith(path)),
        );
      shell = await used(SHELL);
      apart = await used(APART);
      entry = new Set([...(await used(ENTRY))].filter((id) => !id.replaceAll('\\', '/').endsWith(ENTRY)));
    },
  };
}
