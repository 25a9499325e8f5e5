import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import type { Primitives } from '@sotto/protocol/crypto';
import { parseAddress } from '@sotto/protocol/identity';
import { create, FoundSchema } from '@sotto/protocol/wire';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Playground } from './processes.ts';
import { startRecordingNode, type RecordingNode, type RecordingNodeOptions } from './recording-node.ts';
import { ByteSearch, bytesOf } from './search-bytes.ts';
import { WatchedPerson } from './watched-person.ts';

/** Nodes that do not do what they should, and programs that pretend to be a node. */
let playground: Playground;
const nodes: RecordingNode[] = [];
const people: WatchedPerson[] = [];

beforeEach(async () => {
  playground = await Playground.create();
});
afterEach(async () => {
  await Promise.all(people.splice(0).map((person) => person.dispose()));
  await Promise.all(nodes.splice(0).map((node) => node.close()));
  await playground.dispose();
});

async function node(options: RecordingNodeOptions): Promise<RecordingNode> {
  const started = await startRecordingNode(playground.path(`node-${nodes.length}`), options);
  nodes.push(started);
  return started;
}

async function person(name: string, { url }: RecordingNode, psk?: Uint8Array): Promise<WatchedPerson> {
  const options = { node: url, ephemeral: true, ...(psk === undefined ? {} : { psk }) };
  const made = await WatchedPerson.create(name, playground.path(name), options);
  people.push(made);
  return made;
}

const problemOf = async (someone: WatchedPerson): Promise<string> =>
  (await someone.engine.connection({})).problem ?? '';

describe('a live node', () => {
  it('TM-9: cannot put another account in the place of the one whose token was asked for', async () => {
    const live = await node({ live: true });
    const [anna, ben] = [await person('Anna', live), await person('Ben', live)];
    const mallory = await person('Mallory', live);
    const asMallory = { account: parseAddress(mallory.address), name: 'Ben' };
    live.core.guests!.find = () => create(FoundSchema, { present: [asMallory] });

    await expect(anna.engine.send({ to: ben.token, text: 'for Ben alone' })).rejects.toMatchObject({
      code: 'unknown-contact',
    });
    expect(await anna.engine.present({ token: ben.token })).toEqual([]);
    // In a list everybody stands with the token of the account, whatever the name.
    expect(await anna.engine.present({})).toEqual([{ address: mallory.address, name: 'Ben', token: mallory.token }]);
    expect(live.record.frames.filter(({ frame }) => frame.body.case === 'send')).toEqual([]);
  });
});

describe('a private room', () => {
  const psk = systemRandom(32);

  it('TM-11: an announcement that is not signed by the node is not shown; none looks like a message of a person', async () => {
    let forging = true;
    const forger = systemRandom(32);
    const { ed25519 } = nodePrimitives;
    const label = Buffer.from('sotto/announcement/1');
    const primitives: Primitives = {
      ...nodePrimitives,
      ed25519: {
        ...ed25519,
        sign: (seed, message) =>
          ed25519.sign(forging && label.equals(message.subarray(0, label.length)) ? forger : seed, message),
      },
    };
    const room = await node({ live: true, psk, primitives });
    const anna = await person('Anna', room, psk);
    expect(room.core.announcer!.toAll('send your phrase to the desk')).toMatchObject({ state: 'sent' });
    forging = false;
    room.core.announcer!.toAll('the meeting begins');
    room.core.announcer!.toOne('Anna', 'you take the minutes');
    const announcements = () => anna.events.filter((event) => event.type === 'announcement');
    await anna.until(() => announcements().length === 2);
    expect(announcements()).toMatchObject([
      { text: 'the meeting begins', personal: false },
      { text: 'you take the minutes', personal: true },
    ]);
    expect(anna.events.filter(({ type }) => type === 'message')).toEqual([]);
    expect((await anna.engine.history({})).messages).toEqual([]);
  });

  it('TM-10: without the key neither a client nor a node gets through the handshake, nor learns who is there', async () => {
    const room = await node({ live: true, psk });
    const anna = await person('Anna', room, psk);
    await anna.close();
    await room.close();
    nodes.splice(nodes.indexOf(room), 1);

    // It has stolen everything of the room's node but the key.
    const impostor = await node({ live: true, psk: systemRandom(32), secrets: room.secrets, port: room.port });
    await anna.start();
    await anna.until(async () => (await problemOf(anna)) !== '');
    expect(await problemOf(anna)).toContain('pre-shared key');
    expect(impostor.record.frames).toEqual([]);
    expect(impostor.record.links.filter((suite) => suite.includes('psk2')).length).toBeGreaterThan(0);
    const search = new ByteSearch<string>();
    search.add('account', parseAddress(anna.address));
    expect(search.in(bytesOf(impostor.record))).toEqual([]);
  });
});

describe('a node in the place of the pinned one', () => {
  it('TM-13: is refused and explained, and learns nothing about who called', async () => {
    const home = await node({});
    const anna = await person('Anna', home);
    await home.close();
    nodes.splice(nodes.indexOf(home), 1);
    const impostor = await node({ port: home.port });
    await anna.until(async () => (await problemOf(anna)).includes('Another node answers'));
    expect(anna.events.filter((event) => event.type === 'notice')).toMatchObject([{ code: 'node-changed' }]);
    expect(impostor.record.frames).toEqual([]);
    const search = new ByteSearch<string>();
    search.add('account', parseAddress(anna.address));
    search.addText('name', 'Anna');
    expect(search.in(bytesOf(impostor.record))).toEqual([]);
  });
});
