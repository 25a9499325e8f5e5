import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';

const RUN = `import { runNode } from ${JSON.stringify(new URL('./main.ts', import.meta.url).href)};
process.exitCode = await runNode(process.argv.slice(1));`;
const children: ChildProcess[] = [];
const directory = (): string => mkdtempSync(join(tmpdir(), 'sotto-node-'));

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

const start = (...argv: string[]) => startWith({}, ...argv);

function startWith(env: Readonly<Record<string, string>>, ...argv: string[]) {
  const child = spawn(process.execPath, ['--input-type=module', '-e', RUN, '--', ...argv], {
    env: { PATH: process.env['PATH'], HOME: directory(), ...env },
  });
  children.push(child);
  const output = { out: '', err: '' };
  child.stdout.on('data', (text: Buffer) => (output.out += text.toString()));
  child.stderr.on('data', (text: Buffer) => (output.err += text.toString()));
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  const ready = async (): Promise<string> => {
    let ended = false;
    void exit.then(() => (ended = true));
    await expect.poll(() => ended || output.out.includes('\n'), { timeout: 20_000 }).toBe(true);
    return output.out.trim();
  };
  return { child, output, exit, ready };
}

describe('sotto node', () => {
  test('prints one ready line, keeps its identity, and stops on SIGTERM', async () => {
    const data = directory();
    const ids: (string | undefined)[] = [];
    for (let round = 0; round < 2; round++) {
      const admit = round === 0 ? [] : ['--admit', 'invite'];
      const node = start('--listen', '127.0.0.1:0', '--data', data, ...admit);
      const line = await node.ready();
      expect(line).toMatch(/^listening ws:\/\/127\.0\.0\.1:\d+ [0-9a-f]{64}$/);
      ids.push(line.split(' ')[2]);
      node.child.kill('SIGTERM');
      expect(await node.exit).toBe(0);
      expect(node.output.out.trim()).toBe(line);
      for (const logged of node.output.err.trim().split('\n')) expect(JSON.parse(logged)).toHaveProperty('msg');
      expect(node.output.err).not.toContain('127.0.0.1');
      // RING-44
      expect(node.output.err.includes('admits-anyone')).toBe(round === 0);
    }
    expect(ids[0]).toBe(ids[1]);
    expect(statSync(join(data, 'node-identity.json')).mode & 0o077).toBe(process.platform === 'win32' ? 0o066 : 0);
  });

  test('npm start says which page to open; the ready line stays as it is', async () => {
    const web = directory();
    writeFileSync(join(web, 'build.json'), '{"hash":"","files":{}}');
    const env = { npm_lifecycle_event: 'start' };
    const node = startWith(env, '--listen', '127.0.0.1:0', '--store', 'none', '--web', web);
    const port = new URL((await node.ready()).split(' ')[1] ?? '').port;
    await expect.poll(() => node.output.err).toContain(`\nOpen http://127.0.0.1:${port}/ in a browser.\n`);
    const behind = ['--public-url', 'wss://example.org/sotto/', '--web', web];
    const proxied = startWith(env, '--listen', '127.0.0.1:0', '--store', 'none', ...behind);
    await proxied.ready();
    await expect.poll(() => proxied.output.err).toContain('\nOpen https://example.org/sotto/ in a browser.\n');
    const without = startWith(env, '--listen', '127.0.0.1:0', '--store', 'none', '--web', 'off');
    await without.ready();
    await expect.poll(() => without.output.err).toContain('npx sotto chat');
    expect(without.output.err).not.toContain('in a browser');
  });

  test('NODE-40: a live node writes nothing, unless it is told where', async () => {
    const data = directory();
    const home = directory();
    const node = start('--listen', '127.0.0.1:0', '--store', 'none', '--json');
    expect(JSON.parse(await node.ready())).toMatchObject({ event: 'listening', url: expect.stringMatching(/^ws:/) });
    node.child.kill('SIGINT');
    expect(await node.exit).toBe(0);
    expect(readdirSync(home)).toEqual([]);
    const keeping = start('--listen', '127.0.0.1:0', '--store', 'none', '--data', data);
    await keeping.ready();
    keeping.child.kill('SIGTERM');
    await keeping.exit;
    expect(readdirSync(data)).toEqual(['node-identity.json']);
  });

  test('NODE-53: the console of a room announces, and says who is here', async () => {
    const psk = join(directory(), 'room.key');
    writeFileSync(psk, `${'ab'.repeat(32)}\n`);
    const node = start('--listen', '127.0.0.1:0', '--store', 'none', '--psk-file', psk, '--console');
    await node.ready();
    node.child.stdin.write('hello\n@Bob psst\n/list\n/what\n/help\n');
    await expect.poll(() => node.output.err).toContain('/list');
    expect(node.output.err).toMatch(
      /Nobody is here\.\nNobody of that name is here; .*\nNobody is here\.\nUnknown command \/what/,
    );
    node.child.kill('SIGTERM');
    expect(await node.exit).toBe(0);
  });
});

describe('one clear sentence and an exit status', () => {
  async function refusal(...argv: string[]): Promise<[number | null, string]> {
    const node = start(...argv);
    const status = await node.exit;
    expect(node.output.out).toBe('');
    expect(node.output.err.trim().split('\n')).toHaveLength(1);
    return [status, node.output.err.trim()];
  }

  test('a port that is taken', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const [status, text] = await refusal('--listen', `127.0.0.1:${port}`, '--store', 'none');
    expect([status, text]).toEqual([78, expect.stringContaining('another program has that port')]);
    server.close();
  });

  test('a database in use', async () => {
    const data = directory();
    const node = start('--listen', '127.0.0.1:0', '--data', data);
    await node.ready();
    const [status, text] = await refusal('--listen', '127.0.0.1:0', '--data', data);
    expect([status, text]).toEqual([75, expect.stringContaining('sotto node: ')]);
  });

  test('wrong usage', async () => {
    expect((await refusal('--frobnicate'))[0]).toBe(64);
  });
});
