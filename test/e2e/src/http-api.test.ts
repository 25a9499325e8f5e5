import { execFile } from 'node:child_process';
import { readFileSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type NodeProcess, Playground } from './processes.ts';

const run = promisify(execFile);
const DOCS = fileURLToPath(new URL('../../../docs', import.meta.url));
const guide = readFileSync(`${DOCS}/http-api.md`, 'utf8');
const blocks = (language: string): string[] =>
  [...guide.matchAll(/```(\w+)\n([^]*?)```/g)].filter(([, name]) => name === language).map(([, , text]) => text!);

let playground: Playground;
let node: NodeProcess;
let http: string;
beforeAll(async () => {
  playground = await Playground.create();
  symlinkSync(DOCS, playground.path('docs'));
  node = await playground.node('node');
  http = node.url.replace('ws:', 'http:');
});
afterAll(() => playground.dispose());

describe('the guide', () => {
  test('HTTP-2: the client in one file does what it is shown to do', async () => {
    const [shown = ''] = blocks('console');
    const [command = '', ...lines] = shown.trim().split('\n');
    expect(command).toBe('$ npx node docs/examples/http-client.ts http://127.0.0.1:8080');
    const { stdout } = await run(process.execPath, ['docs/examples/http-client.ts', http], { cwd: playground.folder });
    expect(stdout.trim().split('\n').slice(1)).toEqual(lines.slice(1));
    expect(stdout).toMatch(/^This is node [A-Za-z0-9_-]{43}\.\n/);
  });

  test('HTTP-10: the walk with curl and openssl works line by line', async () => {
    const script = blocks('sh')
      .join('\n')
      .replaceAll('http://127.0.0.1:8080', http)
      .replaceAll('npx node ', `${process.execPath} `);
    const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script], { cwd: playground.folder });
    const read = (name: string): Record<string, unknown> =>
      JSON.parse(readFileSync(playground.path(name), 'utf8')) as Record<string, unknown>;
    const { id } = read('stored.json');
    expect(read('fetched.json')).toMatchObject({ envelopes: [{ id }], more: false });
    expect(read('ids.json')).toEqual({ ids: [id] });
    // Acknowledged, and nothing is left.
    expect(stdout.trim().split('\n').slice(-2)).toEqual(['{}', '{"envelopes":[],"more":false}']);
  });
});
