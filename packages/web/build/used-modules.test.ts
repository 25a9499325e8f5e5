import { parseAst } from 'vite';
import { expect, it } from 'vitest';
import { usedModules } from './used-modules.ts';

/** Modules by their names, with their code. */
async function used(code: Readonly<Record<string, string>>, entry: string): Promise<string[]> {
  const context = {
    getModuleInfo: (id: string) => (id in code ? { code: code[id], importedIds: [], inputFormat: 'es' } : null),
    parse: parseAst,
    resolve: (source: string) => Promise.resolve({ id: source }),
  };
  return [...(await usedModules(context as unknown as Parameters<typeof usedModules>[0], [entry]))].sort();
}

it('WEB-13: what only passes things on leads to what is asked of it, by whatever name', async () => {
  const code = {
    entry: 'import { Cross, again as Other } from "signs"; import("later"); export const x = [Cross, Other];',
    signs: `'use strict'; import * as all from "every"; export { all }; export { default as Cross } from "cross";
      export { default as Gear } from "gear"; export * from "more";`,
    every: 'export { default as Gear } from "gear"; export { default as Star } from "star";',
    more: 'import { Star } from "star"; export { again } from "again"; export { Star };',
    cross: 'import "shared"; export default 1;',
    again: 'export const again = 2;',
    gear: 'export default 3;',
    star: 'export const Star = 4;',
    shared: 'globalThis.y = 5;',
    later: 'export default 6;',
  };
  expect(await used(code, 'entry')).toEqual(['again', 'cross', 'entry', 'more', 'shared', 'signs']);
});

it('WEB-13: a module with code of its own needs all that it imports, and everything is everything', async () => {
  const code = {
    entry: 'import * as all from "signs"; import { one } from "code"; export const x = [all, one];',
    signs: 'export { a } from "a"; export * from "b";',
    code: 'import { c } from "c"; export const one = 1; export const two = () => c;',
    a: 'export const a = 1;',
    b: 'export { d } from "d"; export const b = 1;',
    c: 'export const c = 1;',
    d: 'export const d = 1;',
  };
  expect(await used(code, 'entry')).toEqual(['a', 'b', 'c', 'code', 'd', 'entry', 'signs']);
});
