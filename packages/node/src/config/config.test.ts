import { mkdtempSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseCommandLine } from './command-line.ts';
import { type Config, ConfigError } from './config.ts';
import { readConfig, shown } from './read-config.ts';

function read(argv: string[], env: Record<string, string> = {}): Config {
  const invocation = parseCommandLine(argv, () => {});
  if (invocation.kind === 'done') throw new Error('help was printed');
  return readConfig({ flags: invocation.flags, env, file: invocation.file });
}

function complaint(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}

function file(content: unknown): string {
  const path = join(mkdtempSync(join(tmpdir(), 'sotto-config-')), 'node.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

describe('sources', () => {
  test('defaults', () => {
    expect(read([])).toMatchObject({
      listen: { host: '127.0.0.1', port: 8080 },
      store: 'sqlite',
      dataGiven: false,
      pskFile: null,
      console: null,
    });
  });

  test('flags win over the environment, that over the file', () => {
    const path = file({ listen: '127.0.0.1:1', store: 'memory', publicUrl: 'https://c.example' });
    const env = { SOTTO_CONFIG: path, SOTTO_LISTEN: '127.0.0.1:2', SOTTO_STORE: 'none' };
    const config = read(['--listen', '127.0.0.1:3'], env);
    expect(config).toMatchObject({ listen: { port: 3 }, store: 'none', publicUrl: 'wss://c.example' });
  });

  test('RING-44: anybody is let in only where nobody from elsewhere comes: a public address means a proxy before it', () => {
    const admit = (...argv: string[]) => read(argv).admit;
    expect(admit()).toBe('anyone');
    expect(admit('--public-url', 'ws://localhost:9000')).toBe('anyone');
    expect(admit('--public-url', 'ws://[::1]:9000')).toBe('anyone');
    expect(admit('--public-url', 'wss://node.example')).toBe('invite');
    expect(admit('--public-url', 'wss://node.example', '--admit', 'anyone')).toBe('anyone');
    expect(admit('--listen', '0.0.0.0:8080')).toBe('invite');
  });

  test('NODE-2: behind a proxy on this machine one address is everybody', () => {
    expect(read(['--public-url', 'wss://node.example']).limits).toEqual({ tunnelsPerAddress: 1000 });
    const path = file({ publicUrl: 'wss://node.example', limits: { tunnelsPerAddress: 7, links: 5 } });
    expect(read(['--config', path]).limits).toEqual({ tunnelsPerAddress: 7, links: 5 });
    expect(read(['--public-url', 'wss://node.example', '--listen', '0.0.0.0:80']).limits).toEqual({});
    expect(read(['--public-url', 'ws://localhost:1']).limits).toEqual({});
  });

  test('OPS-50: proxies that say from where people come need no other limits, and bring people from elsewhere', () => {
    const env = { SOTTO_TRUSTED_PROXIES: '127.0.0.1, fd00::/8' };
    const config = read(['--public-url', 'wss://node.example'], env);
    expect(config.trustedProxies).toEqual(['127.0.0.1', 'fd00::/8']);
    expect(config.limits).toEqual({});
    expect(read([], env).admit).toBe('invite');
    expect(read(['--config', file({ trustedProxies: ['10.0.0.0/8'] })]).trustedProxies).toEqual(['10.0.0.0/8']);
    expect(read([]).trustedProxies).toEqual([]);
  });

  test('paths in the file start where the file is, others where the command runs', () => {
    const path = file({ pskFile: 'room.key', data: 'keep', identityFile: 'id.json' });
    expect(read(['--config', path])).toMatchObject({
      pskFile: resolve(path, '../room.key'),
      data: resolve(path, '../keep'),
      identityFile: resolve(path, '../id.json'),
    });
    expect(read(['--config', path, '--psk-file', 'room.key']).pskFile).toBe(resolve('room.key'));
  });

  test('every kind of value from the environment', () => {
    const env = { SOTTO_JSON: 'true', SOTTO_CONSOLE: '0', SOTTO_WORKERS: '1', SOTTO_BODY_SIZES: '512,2048' };
    expect(read([], env)).toMatchObject({ json: true, console: false, bodySizes: [512, 2048] });
    expect(read([], { SOTTO_WORKERS: '3' }).workers).toBe(3);
    expect(read([]).workers).toBe(1);
    expect(read(['--workers', 'auto']).workers).toBe(Math.min(availableParallelism(), 64));
    expect(read(['--console']).console).toBe(true);
    expect(read(['--no-console']).console).toBe(false);
  });

  test.each([
    ['8080', { host: '127.0.0.1', port: 8080 }],
    ['[::1]:0', { host: '::1', port: 0 }],
    ['localhost:80', { host: 'localhost', port: 80 }],
  ])('--listen %s', (given, expected) => {
    expect(read(['--listen', given]).listen).toEqual(expected);
  });
});

describe('wrong values name the key, what was given, what is allowed', () => {
  test.each<[string[], Record<string, string>, RegExp]>([
    [['--listen', 'here'], {}, /^--listen is "here"; allowed is HOST:PORT/],
    [['--listen', '127.0.0.1:70000'], {}, /^--listen is "127.0.0.1:70000"; allowed is HOST:PORT/],
    [[], { SOTTO_STORE: 'mysql' }, /^SOTTO_STORE is "mysql"; allowed is sqlite, memory, none, or postgres:\/\//],
    [['--public-url', 'example.org'], {}, /^--public-url is "example.org"; allowed is ws:\/\//],
    [['--workers', '0'], {}, /^--workers is "0"; allowed is a number from 1 to 64, or auto\.$/],
    [['--workers', '65'], {}, /^--workers is "65"; allowed is/],
    [['--workers', '1.5'], {}, /^--workers is "1.5"; allowed is/],
    [['--tls-cert', 'a.pem'], {}, /--tls-cert and --tls-key only work together/],
    [[], { SOTTO_BODY_SIZES: '0' }, /^SOTTO_BODY_SIZES is "0"; allowed is lengths from 1 to 49152/],
    [['--trusted-proxies', 'proxy'], {}, /^--trusted-proxies is "proxy"; allowed is addresses and networks/],
    [['--trusted-proxies', '0.0.0.0/0'], {}, /^--trusted-proxies is "0.0.0.0\/0"; allowed is/],
    [['--join', 'TOKEN'], {}, /--join is .* allowed is join tokens/],
    [['--durability', 'standby'], {}, /^--durability standby is for a database with a standby; --store sqlite is/],
    [['--durability', 'paper'], {}, /^--durability is "paper"; allowed is disk or standby/],
    [['--database-connections', '2'], {}, /^--database-connections is "2"; allowed is a number from 3 to 200\.$/],
    [['--database-connections', '5'], {}, /^--database-connections is for a database; --store sqlite is/],
    [
      ['--store', 'postgres://h/d', '--redis', 'redis://h', '--psk-file', 'psk'],
      {},
      /^--psk-file: a private room runs in one process.*leave out --redis\.$/,
    ],
    [['--redis', 'redis://u:geheim@h'], {}, /^--redis joins several nodes that share one database; --store sqlite is/],
    [['--redis', 'http://u:geheim@h'], {}, /^--redis is "http:\/\/u:\*\*\*@h"; allowed is redis:\/\//],
    [['--store', 'postgres://h/d', '--leave'], {}, /^--join and --leave: a node whose store is a database/],
    [
      ['--store', 'postgres://h/d', '--redis', 'redis://h', '--workers', '2'],
      {},
      /^--workers does not go with --redis: start as many nodes/,
    ],
  ])('%j %j', (argv, env, expected) => {
    expect(complaint(() => read(argv, env))).toMatch(expected);
  });

  test('in the file', () => {
    const path = file({ store: 3 });
    expect(complaint(() => read(['--config', path]))).toBe(
      `"store" in ${path} is 3; allowed is sqlite, memory, none, or postgres://USER[:PASSWORD]@HOST[:PORT]/DATABASE.`,
    );
    expect(complaint(() => read(['--config', file({ sture: 'sqlite' })]))).toMatch(/"sture" in .* is no setting/);
    expect(complaint(() => read(['--config', file('{')]))).toMatch(/is not JSON/);
    expect(complaint(() => read(['--config', file([])]))).toMatch(/must hold one JSON object/);
    expect(complaint(() => read(['--config', '/nowhere/at/all']))).toMatch(/cannot be read/);
    expect(complaint(() => read(['--config', file({ limits: { links: -1 } })]))).toMatch(
      /"limits" in .* allowed is numbers/,
    );
  });

  test('an unknown flag or argument is wrong usage', () => {
    for (const argv of [['--stor', 'none'], ['extra'], ['--listen']]) {
      expect(() => read(argv)).toThrow(expect.objectContaining({ code: 'usage' }));
    }
  });

  test('passwords in addresses are masked', () => {
    expect(shown('redis://user:geheim@host:1/0')).toBe('"redis://user:***@host:1/0"');
  });
});
