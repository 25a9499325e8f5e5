import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { end, Person, Playground, textOf, type Json, type NodeProcess } from '../processes.ts';

/** Joins count two epochs later: here after some seconds instead of twenty minutes. */
const EPOCH_SECONDS = '2';

interface KnownNode {
  readonly node: string;
  readonly up: boolean;
  readonly inForce: boolean;
}

/** Somebody whose terminal stays open. */
interface Present {
  readonly person: Person & { invite: string };
  /** What they read. */
  readonly heard: string[];
}

let playground: Playground;
let one: NodeProcess;
let two: NodeProcess;
let three: NodeProcess;
let alice: Present;
let bob: Present;

async function nodesSeenBy(name: string): Promise<readonly KnownNode[]> {
  const { json, errors } = await playground.run(['ring', 'status', '--data', playground.path(name), '--json']);
  if (json[0] === undefined) throw new Error(errors);
  return json[0]['nodes'] as KnownNode[];
}

async function untilInForce(name: string, count: number): Promise<void> {
  while ((await nodesSeenBy(name)).filter(({ inForce }) => inForce).length < count) await pause(500);
}

async function present(name: string, url: string): Promise<Present> {
  const person = await Person.create(playground, name, url);
  const follower = person.start('recv', '--follow');
  const heard: string[] = [];
  createInterface({ input: follower.stdout! }).on('line', (line) => heard.push(textOf(JSON.parse(line) as Json)));
  return { person, heard };
}

async function accept(requests: Present): Promise<void> {
  for (;;) {
    const [request] = await requests.person.ok('contacts', '--requests');
    if (request === undefined) await pause(300);
    else return void (await requests.person.ok('contacts', '--accept', String(request['address'])));
  }
}

/** Says it, waits until it is heard. @returns the nodes that prove that they have it */
async function says(from: Present, to: Present, text: string): Promise<readonly string[]> {
  const [sent] = await from.person.ok('send', to.person.name, text, '--wait', 'stored');
  while (!to.heard.includes(text)) await pause(50);
  return sent!['storedOn'] as string[];
}

describe('three nodes that found each other from one address', () => {
  beforeAll(async () => {
    playground = await Playground.create();
    one = await playground.node('one', ['--epoch', EPOCH_SECONDS, '--web', 'off']);
    const join = ['--join', one.url, '--web', 'off'];
    [two, three] = (await Promise.all(['two', 'three'].map((name) => playground.node(name, join)))) as [
      NodeProcess,
      NodeProcess,
    ];
    await Promise.all(['one', 'two', 'three'].map((name) => untilInForce(name, 3)));
    [alice, bob] = await Promise.all([present('Alice', one.url), present('Bob', three.url)]);
  });
  afterAll(() => playground?.dispose());

  it('RING-40, RING-60, RING-72: people attached to different nodes talk; more nodes than one prove that they have it', async () => {
    await bob.person.ok('add', alice.person.invite, '--name', 'Alice');
    await bob.person.ok('send', 'Alice', 'hello', '--wait', 'stored');
    await accept(alice);
    const storedOn = await says(alice, bob, 'to all of them');
    expect(new Set(storedOn).size).toBeGreaterThanOrEqual(2);
    await says(bob, alice, 'and back');
  });

  it('RING-65, RING-71: a node is killed for good, and nobody notices', async () => {
    await end(one.child, 'SIGKILL');
    expect(await says(bob, alice, 'one is gone')).not.toContain(one.nodeId);
    expect(await says(alice, bob, 'so it seems')).not.toContain(one.nodeId);
  });

  it('RING-7, RING-44: another node takes the place of the dead one, let in by those that are left', async () => {
    const four = await playground.node('four', ['--join', two.url, '--web', 'off']);
    // The dead one keeps its place in the view until its lease is over.
    await Promise.all(['two', 'four'].map((name) => untilInForce(name, 4)));
    const seen = await nodesSeenBy('three');
    const up = Object.fromEntries(seen.map(({ node, up }) => [node, up]));
    expect(up).toMatchObject({ [one.nodeId]: false, [two.nodeId]: true, [four.nodeId]: true });
    const storedOn = await says(alice, bob, 'four has come');
    expect(storedOn).not.toContain(one.nodeId);
    await says(bob, alice, 'welcome');
  });

  it('RING-10, RING-65: one of those left stands still, and the new one makes up for it', async () => {
    two.child.kill('SIGSTOP');
    try {
      expect(await says(bob, alice, 'half of the first three')).not.toContain(two.nodeId);
      expect(await says(alice, bob, 'are enough')).not.toContain(two.nodeId);
    } finally {
      two.child.kill('SIGCONT');
    }
    await says(bob, alice, 'as before');
    for (const node of [two, three]) expect(node.log()).not.toContain('peer-cut-off');
    const said = ['and back', 'one is gone', 'welcome', 'half of the first three', 'as before'];
    expect(alice.heard.filter((text) => text !== 'hello')).toEqual(said);
  });
});
