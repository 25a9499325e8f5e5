import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './workspace.ts';

const read = (path: string): Promise<string> => readFile(join(root, path), 'utf8');

/** The body of `interface Name { … }`, or of a type. */
function bodyOf(source: string, start: string, end: RegExp): string {
  const from = source.indexOf(start);
  if (from < 0) throw new Error(`${start} is not in the face of the engine`);
  const rest = source.slice(from + start.length);
  return rest.slice(0, rest.search(end)).replaceAll(/\/\*[^]*?\*\//g, '');
}

/** Names of fields at the first level of an object type. */
const fieldsOf = (body: string): string[] =>
  [...body.matchAll(/(?:^|[{;])\s*(\w+)\??:/gm)].map(([, name]) => String(name));

/** From these words to the next empty line. */
const paragraphOf = (guide: string, words: string): string =>
  (guide.split(`\n${words}`)[1] ?? '').split('\n\n')[0] ?? '';

describe('REPO-6: docs/rpc.md names everything that a program can say or hear', () => {
  it('methods with their params, fields of what is answered, events, error codes', async () => {
    const api = await read('packages/engine/src/api.ts');
    const methodNames = await read('packages/engine/src/rpc/rpc-methods.ts');
    const guide = await read('docs/rpc.md');
    const rows = new Map(
      [...guide.matchAll(/^\| `(\w+)` +\|(.*)$/gm)].map(([, name, row]) => [String(name), String(row)]),
    );

    const methods = [...bodyOf(methodNames, 'METHODS:', /^};/m).matchAll(/^ {2}(\w+): '/gm)].map(([, name]) =>
      String(name),
    );
    expect(methods.length).toBeGreaterThan(20);
    expect(methods.filter((name) => !rows.has(name))).toEqual([]);
    expect([...rows.keys()].filter((name) => !methods.includes(name))).toEqual([]);

    const face = bodyOf(api, 'interface EngineApi {', /^}/m);
    const undocumented: string[] = [];
    for (const [, method = '', params = ''] of face.matchAll(/^ {2}(\w+)\(params: (\{[^}]*\}|Record)/gm)) {
      for (const field of fieldsOf(params)) {
        if (!new RegExp(`\\b${field}\\b`).test(rows.get(method) ?? '')) undocumented.push(`${method}: ${field}`);
      }
    }
    const places: Readonly<Record<string, string>> = {
      Whoami: rows.get('whoami') ?? '',
      Connection: rows.get('connection') ?? '',
      Contact: paragraphOf(guide, 'A contact: '),
      Message: paragraphOf(guide, 'A message: '),
      Quote: paragraphOf(guide, 'A message: '),
      Reaction: paragraphOf(guide, 'A message: '),
      PresentPeer: rows.get('present') ?? '',
      Device: rows.get('devices') ?? '',
      DoctorCheck: rows.get('doctor') ?? '',
    };
    for (const [name, place] of Object.entries(places)) {
      for (const field of fieldsOf(bodyOf(api, `interface ${name} {`, /^}/m))) {
        if (!new RegExp(`\\b${field}\\b`).test(place)) undocumented.push(`${name}: ${field}`);
      }
    }
    for (const [, type] of bodyOf(api, 'type EngineEvent =', /^$/m).matchAll(/type: '(\w+)'/g)) {
      if (!guide.includes(`{type: "${type}"`)) undocumented.push(`event ${type}`);
    }
    for (const [, code] of bodyOf(api, 'type EngineErrorCode =', /;/).matchAll(/'([a-z-]+)'/g)) {
      if (!guide.includes(`\`${code}\``)) undocumented.push(`code ${code}`);
    }
    expect(undocumented).toEqual([]);
  });

  it('what the README says is shown by tests that are there', async () => {
    const guide = await read('docs/developer.md');
    const named = [...guide.matchAll(/`(test\/[\w/-]+\.test\.ts)`/g)].map(([, path]) => String(path));
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});
