import type { Plugin } from 'vite';

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

/** What `this.getModuleInfo` knows, as far as it is used. */
type Imports = (id: string) => readonly string[];

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
    buildEnd(failure) {
      if (failure !== undefined) return;
      const ids = [...this.getModuleIds()];
      const imports: Imports = (id) => this.getModuleInfo(id)?.importedIds ?? [];
      const find = (path: string): string[] => ids.filter((id) => id.replaceAll('\\', '/').endsWith(path));
      shell = reachableFrom(find(SHELL), imports);
      apart = reachableFrom(find(APART), imports);
      entry = reachableFrom(find(ENTRY).flatMap(imports), imports);
    },
  };
}

function reachableFrom(start: readonly string[], imports: Imports): Set<string> {
  const reached = new Set<string>();
  const waiting = [...start];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (reached.has(id)) continue;
    reached.add(id);
    waiting.push(...imports(id));
  }
  return reached;
}
