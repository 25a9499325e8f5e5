/**
 * Loaded with --import before anything else: puts the bug named by SOTTO_MUTANT into the sources while they are
 * loaded. Nothing on the disk changes.
 */
import { registerHooks } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Patch } from './mutant.ts';
import { MUTANTS } from './mutants.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const mutant = MUTANTS.find(({ name }) => name === process.env['SOTTO_MUTANT']);
if (mutant === undefined) throw new Error(`There is no mutant ${process.env['SOTTO_MUTANT']}.`);

const waiting = new Map<string, Patch[]>();
for (const patch of mutant.patches) {
  const url = pathToFileURL(root + patch.file).href;
  waiting.set(url, [...(waiting.get(url) ?? []), patch]);
}

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const patches = waiting.get(url);
    if (patches === undefined || loaded.source === null || loaded.source === undefined) return loaded;
    waiting.delete(url);
    let source = typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source);
    for (const { file, find, replace } of patches) {
      const [before, after, ...more] = source.split(find);
      if (before === undefined || after === undefined || more.length > 0) {
        throw new Error(`The mutant ${mutant.name} no longer fits ${file}: this is not in it once: ${find}`);
      }
      source = before + replace + after;
    }
    return { ...loaded, source };
  },
});

process.on('exit', () => {
  for (const url of waiting.keys()) {
    console.error(`The mutant ${mutant.name} changes ${url}, which was never loaded.`);
    process.exitCode = 2;
  }
});
