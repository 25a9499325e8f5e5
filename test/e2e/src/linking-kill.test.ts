import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { showLinkCode } from './linking.ts';
import { acquaint, end, Person, Playground, type Json, type NodeProcess } from './processes.ts';
import { RpcProcess } from './rpc-process.ts';

/** Enough for an archive of several parts. */
const MESSAGES = 150;

let playground: Playground;
afterAll(() => playground?.dispose());

describe('a node that is killed while a device is linked', () => {
  it('DEV-3, DEV-14: the code still holds, and the history comes to its end', async () => {
    playground = await Playground.create();
    let node: NodeProcess = await playground.node('node');
    const url = node.url;
    const killed = async (downMs: number): Promise<void> => {
      await node.end('SIGKILL');
      await pause(downMs);
      node = await playground.node('node', [], node.port);
    };
    const [alice, bob] = (await Promise.all(['Alice', 'Bob'].map((name) => Person.create(playground, name, url)))) as [
      Person,
      Person & { invite: string; address: string },
    ];
    await acquaint(alice, bob);
    const rpc = new RpcProcess(playground, alice.profile);
    rpc.start();
    await Promise.all(
      Array.from({ length: MESSAGES }, (_, at) =>
        rpc.call('send', { to: bob.address, text: `${at} ${'x'.repeat(500)}` }),
      ),
    );
    while ((await rpc.call('connection', {})).waiting > 0) await pause(100);

    const phone = new Person(playground, 'phone');
    const linking = await showLinkCode(phone, url, 'phone');
    await killed(100);
    const approving = alice.start('link', '--approve', linking.code, '--yes');
    await said(linking.lines, 'approved');
    await killed(100);
    await said(linking.lines, 'history');
    await killed(100);
    expect(await linking.ended).toBe(0);
    await end(approving, 'SIGTERM');
    expect((await phone.ok('devices')).map(({ device, current }) => [device, current])).toEqual([
      [1, false],
      [2, true],
    ]);
    const there = (await phone.ok('history', bob.address, '--limit', '1000')).map(({ id }) => id);
    const here = (await rpc.history(bob.address)).map(({ id }) => id);
    expect(there).toEqual(here);
    expect(here).toHaveLength(MESSAGES + 1);
    await rpc.stop();
  }, 120_000);
});

/** Until `sotto link` told of this step. */
async function said(lines: readonly Json[], step: string): Promise<void> {
  while (!lines.some(({ progress }) => (progress as Json | undefined)?.['step'] === step)) await pause(10);
}
