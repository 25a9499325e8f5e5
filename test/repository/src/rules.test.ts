import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './workspace.ts';

/** A rule is defined where its number stands in bold: `**MB-5**`. */
const DEFINITION = /\*\*([A-Z]{2,6}-\d+)\*\*/g;

async function readAll(pattern: string): Promise<string> {
  const parts: string[] = [];
  for await (const path of glob(pattern, { cwd: root, exclude: (name) => name.includes('node_modules') })) {
    parts.push(await readFile(join(root, path), 'utf8'));
  }
  return parts.join('\n');
}

describe('REPO-4: the specification and the tests speak of the same rules', () => {
  it('every numbered rule is quoted by a test, and defined once', async () => {
    const documents = await readAll('docs/{protocol/*,threat-model,rpc,developer,web}.md');
    const tests = await readAll('{packages,test}/**/*.{test,contract}.ts');
    const defined = [...documents.matchAll(DEFINITION)].map(([, id]) => String(id));
    expect(defined.length).toBeGreaterThan(50);
    expect(defined.filter((id, at) => defined.indexOf(id) !== at)).toEqual([]);
    expect(defined.filter((id) => !new RegExp(`\\b${id}\\b`).test(tests))).toEqual([]);
  });
});
