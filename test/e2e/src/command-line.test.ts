import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acquaint, end, Person, Playground, textOf, type NodeProcess } from './processes.ts';

let playground: Playground;
let node: NodeProcess;
let alice: Person & { invite: string; address: string };
let bob: Person & { invite: string; address: string };

beforeAll(async () => {
  playground = await Playground.create();
  node = await playground.node('node');
  [alice, bob] = await Promise.all([
    Person.create(playground, 'Alice', node.url),
    Person.create(playground, 'Bob', node.url),
  ]);
  await acquaint(bob, alice);
  await alice.ok('recv', '--timeout', '0');
}, 120_000);
afterAll(() => playground.dispose());

describe('CLI-1: two people write to each other by commands', () => {
  it('whoami, send, recv, history, search and contacts have their documented shapes', async () => {
    const [me] = await alice.ok('whoami');
    expect(me).toMatchObject({ address: alice.address, device: 1, name: 'Alice', node: node.url });
    expect(alice.invite).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#\/add\/[\w-]+$/);

    const [sent] = await alice.ok('send', 'Bob', 'tea', 'or', 'coffee?', '--wait', 'stored');
    expect(sent).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      state: 'stored',
      storedOn: [expect.stringMatching(/^[0-9a-f]{64}$/)],
      storedOf: 1,
    });

    const [received] = await bob.ok('recv', '--count', '1', '--timeout', '20');
    expect(received).toEqual({
      id: sent?.['id'],
      from: alice.address,
      name: 'Alice',
      conversation: alice.address,
      sentAt: expect.any(Number) as number,
      receivedAt: expect.any(Number) as number,
      content: { text: 'tea or coffee?' },
    });

    const history = await bob.ok('history', 'Alice');
    expect(history.map(textOf)).toEqual(['hello', 'tea or coffee?']);
    expect((await bob.ok('search', 'coffee')).map(textOf)).toEqual(['tea or coffee?']);
    expect(await bob.ok('search', 'absinthe')).toEqual([]);
    expect((await bob.ok('contacts')).map(({ address }) => address)).toEqual([alice.address]);
  });

  it('--wait delivered answers when the other side has it', async () => {
    const follower = bob.start('recv', '--follow');
    const lines = createInterface({ input: follower.stdout! })[Symbol.asyncIterator]();
    const [sent] = await alice.ok('send', 'Bob', 'now', '--wait', 'delivered', '--timeout', '40');
    expect(sent?.['state']).toMatch(/delivered|read/);
    expect(textOf(JSON.parse(String((await lines.next()).value)))).toBe('now');
    expect(await end(follower, 'SIGTERM')).toBe(0);
  });
});

describe('CLI-2: exit statuses', () => {
  it.each<[string, number, string[]]>([
    ['no such command', 64, ['fly']],
    ['a wrong option', 64, ['send', '--wait', 'tomorrow', 'Bob', 'x']],
    ['nobody of that name', 65, ['send', 'Nobody', 'x']],
    ['a broken link', 65, ['add', 'http://127.0.0.1:1/#/add/AAAA']],
    ['a broken address', 65, ['add', 'did:key:zNope']],
    ['nothing came in time', 75, ['recv', '--count', '1', '--timeout', '0.2']],
  ])('%s: %i', async (_what, status, args) => {
    const { code, errors } = await alice.run(...args);
    expect(code).toBe(status);
    expect(errors).not.toMatch(/\n\s+at /);
  });

  it('78 for a profile that cannot be used, 65 for one without an identity, with a sentence that says what to do', async () => {
    const none = await playground.run(['whoami', '--profile', playground.path('nobody')]);
    expect(none.code).toBe(65);
    expect(none.errors).toContain('sotto init');
    await writeFile(playground.path('a-file'), 'not a directory');
    const file = await playground.run(['whoami', '--profile', playground.path('a-file')]);
    expect(file.code).toBe(78);
    expect(file.errors).toContain('--profile');
  });

  it('75 when the node is away; the message is kept and goes out when it is back', async () => {
    const own = await playground.node('away');
    const carol = await Person.create(playground, 'Carol', own.url);
    const dave = await Person.create(playground, 'Dave', own.url);
    await acquaint(carol, dave);
    await dave.ok('recv', '--timeout', '0');
    expect(await own.end('SIGTERM')).toBe(0);
    const { code, json, errors } = await carol.run('send', 'Dave', 'are you there', '--timeout', '1');
    expect(code).toBe(75);
    expect(json[0]?.['state']).toBe('waiting');
    expect(errors).toBe('');
    const back = await playground.node('away', [], own.port);
    expect(back.nodeId).toBe(own.nodeId);
    const [received] = await Promise.all([
      dave.ok('recv', '--count', '1', '--timeout', '40'),
      carol.run('recv', '--timeout', '8'),
    ]);
    expect(textOf(received[0])).toBe('are you there');
  });
});

describe('CLI-3: one process owns a profile, others are its clients', () => {
  it('recv --follow beside 20 concurrent sends of the same profile', async () => {
    const follower = bob.start('recv', '--follow');
    const lines = createInterface({ input: follower.stdout! })[Symbol.asyncIterator]();
    const texts = Array.from({ length: 20 }, (_, at) => `number ${at}`);
    const beside = alice.start('recv', '--follow');
    const sent = await Promise.all(texts.map((text) => alice.ok('send', 'Bob', text)));
    expect(new Set(sent.map(([message]) => message?.['id'])).size).toBe(20);
    const received: string[] = [];
    while (received.length < 20) received.push(textOf(JSON.parse(String((await lines.next()).value))));
    expect(received.toSorted()).toEqual(texts.toSorted());
    expect(await end(beside, 'SIGTERM')).toBe(0);
    expect(await end(follower, 'SIGTERM')).toBe(0);
  });
});

describe('CLI-4: sotto rpc', () => {
  it('answers calls, tells of messages, names what is wrong', async () => {
    const rpc = bob.start('rpc');
    const lines = createInterface({ input: rpc.stdout! })[Symbol.asyncIterator]();
    const waiting = new Map<unknown, (answer: Record<string, unknown>) => void>();
    const incoming = Promise.withResolvers<Record<string, unknown>>();
    void (async () => {
      for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
        const object = JSON.parse(line.value) as Record<string, unknown>;
        if ('id' in object && !('method' in object)) waiting.get(object['id'])?.(object);
        else if (JSON.stringify(object).includes('by rpc')) incoming.resolve(object);
      }
    })();
    const ask = (id: unknown, line: string): Promise<Record<string, unknown>> => {
      const answer = new Promise<Record<string, unknown>>((resolve) => waiting.set(id, resolve));
      rpc.stdin!.write(`${line}\n`);
      return answer;
    };
    const call = (id: number, method: string, params: object): Promise<Record<string, unknown>> =>
      ask(id, JSON.stringify({ jsonrpc: '2.0', id, method, params }));

    expect(await call(1, 'whoami', {})).toMatchObject({ result: { address: bob.address } });
    expect(await call(2, 'fly', {})).toMatchObject({ error: { code: -32_601 } });
    expect(await call(3, 'send', { to: 'Alice' })).toMatchObject({ error: { code: -32_602 } });
    expect(await call(4, 'send', { to: 'Nobody', text: 'x' })).toMatchObject({ error: { code: -32_000 } });
    expect(await ask(null, '{"jsonrpc":')).toMatchObject({ error: { code: -32_700 } });
    await alice.ok('send', 'Bob', 'by rpc');
    expect(await incoming.promise).toMatchObject({ jsonrpc: '2.0', method: expect.any(String) as string });
    rpc.stdin!.end();
    expect(await new Promise((resolve) => rpc.once('exit', resolve))).toBe(0);
  });
});

describe('CLI-5: doctor', () => {
  it('finds nothing wrong while the node is there', async () => {
    const checks = await alice.ok('doctor');
    expect(checks.length).toBeGreaterThan(3);
    expect(checks.filter(({ ok }) => ok !== true)).toEqual([]);
  });
});
