import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { parseAddress } from '@sotto/protocol/identity';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Person, Playground, type Finished, type NodeProcess } from './processes.ts';
import { RpcProcess } from './rpc-process.ts';
import { ByteSearch } from './search-bytes.ts';

let playground: Playground;
beforeAll(async () => {
  playground = await Playground.create();
});
afterAll(() => playground.dispose());

describe('LIFE-1: a node that is stopped and started while people are there', () => {
  const TEXTS = ['the heron lands at midnight', 'bring the violet umbrella'];
  const LONGEST_MS = 10_000;
  let node: NodeProcess;
  let alice: RpcProcess;
  let bob: RpcProcess;
  let metrics = '';
  const addresses: string[] = [];

  beforeAll(async () => {
    node = await playground.node('node', ['--log-level', 'debug']);
    const people = [];
    for (const name of ['Wilhelmina', 'Bartholomew']) {
      const { profile, address } = await Person.create(playground, name, node.url);
      const process = new RpcProcess(playground, profile);
      process.start();
      await process.online();
      people.push(process);
      addresses.push(address);
    }
    [alice, bob] = people as [RpcProcess, RpcProcess];
    await alice.call('add', { to: (await bob.call('whoami', {})).invite });
    await bob.call('add', { to: (await alice.call('whoami', {})).invite });
  });

  const page = async (path: string): Promise<[number, string]> => {
    const answer = await fetch(node.url.replace('ws:', 'http:') + path);
    return [answer.status, await answer.text()];
  };

  it('says that it is well, and counts what it did', async () => {
    const sent = await alice.call('send', { to: addresses[1]!, text: TEXTS[0]!, wait: 'delivered' });
    expect(sent.state).toBe('delivered');
    expect(await page('/health')).toEqual([200, 'ok\n']);
    expect(await page('/ready')).toEqual([200, 'ready\n']);
    const [status, text] = await page('/metrics');
    metrics = text;
    expect(status).toBe(200);
    expect(metrics).toMatch(/^sotto_attached_devices 2$/m);
    expect(Number(/^sotto_stored_total (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(0);
  });

  it('SIGTERM ends it with 0 within 10 s; its clients come back by themselves, and what was written meanwhile arrives', async () => {
    const offline = [alice, bob].map((client) =>
      client.event((event) => event.type === 'connection' && event.connection.state === 'offline'),
    );
    const late = new Promise<string>((resolve) => setTimeout(() => resolve('late'), LONGEST_MS).unref());
    expect(await Promise.race([node.end('SIGTERM'), late])).toBe(0);
    const told = await Promise.all(offline);
    for (const event of told) {
      expect(event).toMatchObject({ connection: { problem: expect.stringContaining('node') as string } });
    }
    const waiting = await alice.call('send', { to: addresses[1]!, text: TEXTS[1]! });
    expect(waiting.state).toBe('waiting');

    const arrival = bob.event((event) => event.type === 'message' && !event.message.outgoing);
    const before = node.log();
    node = await playground.node('node', ['--log-level', 'debug'], node.port);
    await Promise.all([alice.online(), bob.online()]);
    expect(await arrival).toMatchObject({ message: { content: { text: TEXTS[1] } } });
    expect(await node.end('SIGTERM')).toBe(0);
    logged = before + node.log();
    expect([await alice.stop(), await bob.stop()]).toEqual([0, 0]);
    expect(alice.errors + bob.errors).toBe('');
  });

  let logged = '';
  it('TM-6: what it logged and counted names nobody and quotes nothing', () => {
    const lines = logged.trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
      // Which is how it is on loopback, and is said.
      'admits-anyone',
      'ready',
      'draining',
      'stopped',
      'admits-anyone',
      'ready',
      'draining',
      'stopped',
    ]);
    const search = new ByteSearch<string>();
    for (const address of addresses) search.addWritten('account', parseAddress(address));
    search.addWritten('node', Buffer.from(node.nodeId, 'hex'));
    for (const text of [...addresses, ...TEXTS, 'Wilhelmina', 'Bartholomew', '127.0.0.1', '[::1]']) {
      search.addText(text, text);
    }
    expect(metrics).toContain('# TYPE');
    expect(search.in(Buffer.from(logged + metrics))).toEqual([]);
  });
});

describe('LIFE-2: what cannot be used is refused with one sentence and an exit status', () => {
  /** One sentence on standard error, nothing on standard output, no stack. */
  function expectSentence({ lines, errors, code }: Finished, status: number, words: RegExp): void {
    expect(errors).toMatch(words);
    expect([code, lines, errors.trim().split('\n').length]).toEqual([status, [], 1]);
    expect(errors).not.toMatch(/ at .*:\d+:\d+|Error:/);
  }

  const node = (...args: string[]): Promise<Finished> => playground.run(['node', '--listen', '127.0.0.1:0', ...args]);

  it.each<[string, number, RegExp, (path: (name: string) => string) => string[]]>([
    ['an address', 78, /--listen is "here"; allowed is HOST:PORT/, () => ['--listen', 'here']],
    [
      'a store',
      78,
      /--store is "mysql"; allowed is sqlite, memory, none, or postgres:\/\/USER/,
      () => ['--store', 'mysql'],
    ],
    [
      'a missing key',
      78,
      /--psk-file .*none\.key cannot be read: it does not exist/,
      (at) => ['--psk-file', at('none.key')],
    ],
    [
      'no key',
      78,
      /--psk-file .*no\.key does not hold a key; allowed are 64 hex/,
      (at) => ['--psk-file', at('no.key')],
    ],
    ['a file', 78, /data directory .*no\.key cannot be made: there is a file/, (at) => ['--data', at('no.key')]],
    ['below a file', 78, /data directory .* cannot be made: .*--data/, (at) => ['--data', `${at('no.key')}/data`]],
    ['an option', 64, /unknown option '--frobnicate'/, () => ['--frobnicate']],
  ])('%s', async (_what, status, words, args) => {
    await writeFile(playground.path('no.key'), 'not a key');
    expectSentence(
      await node('--data', playground.path('unused'), ...args((name) => playground.path(name))),
      status,
      words,
    );
  });

  it.skipIf(process.platform !== 'linux')('a place where the system allows no directory', async () => {
    expectSentence(await node('--data', '/proc/sotto'), 78, /data directory \/proc\/sotto cannot be made: .*--data/);
    const profile = await playground.run(['whoami', '--profile', '/proc/sotto']);
    expectSentence(profile, 78, /profile directory \/proc\/sotto cannot be written to .*--profile/);
  });

  it('a port, and a data directory, that another process has', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const taken = ['node', '--data', playground.path('own'), '--listen', `127.0.0.1:${port}`];
    expectSentence(await playground.run(taken), 78, /--listen 127\.0\.0\.1:\d+ cannot be used: another program/);
    server.close();
    const first = await playground.node('shared');
    expectSentence(await node('--data', playground.path('shared')), 75, /shared.* (in use|another process)/);
    expect((await fetch(`${first.url.replace('ws:', 'http:')}/health`)).status).toBe(200);
    expect(await first.end('SIGTERM')).toBe(0);
  });

  it('a client names the pre-shared key file, or the address of the node', async () => {
    const init = (...args: string[]): Promise<Finished> =>
      playground.run(['init', '--name', 'X', '--profile', playground.path('x'), ...args]);
    expectSentence(await init('--psk-file', 'none.key'), 78, /--psk-file none\.key cannot be read/);
    expectSentence(await init('--psk-file', playground.path('no.key')), 78, /no\.key does not hold a key; allowed are/);
    expectSentence(await init('--node', 'nonsense'), 65, /"nonsense" is not the address of a node\. .*ws:\/\//);
  });
});
