import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import { parseAddress } from '@sotto/protocol/identity';
import { LinkResponder, parseSubprotocol } from '@sotto/protocol/link';
import type { Suite } from '@sotto/protocol/noise';
import { decodeDeviceCertificateBody, decodeDeviceListBody } from '@sotto/protocol/wire';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Playground } from './processes.ts';
import { startRecordingNode, type RecordingNode } from './recording-node.ts';
import { ByteSearch, bytesOf, filesIn } from './search-bytes.ts';
import { WatchedPerson } from './watched-person.ts';

/**
 * Two networks, one person on each, and every secret either of them ever has: what a home node of one knows of the
 * other, and where secrets turn up.
 */
const TEXTS = ['the heron lands at midnight', 'bring the violet umbrella', 'understood: violet'];
const PETNAMES = ['Grandmother-Owl', 'Uncle-Badger'];

let playground: Playground;
let north: RecordingNode;
let south: RecordingNode;
let anna: WatchedPerson;
let ben: WatchedPerson;

beforeAll(async () => {
  playground = await Playground.create();
  [north, south] = (await Promise.all(['north', 'south'].map((name) => startRecordingNode(playground.path(name))))) as [
    RecordingNode,
    RecordingNode,
  ];
  anna = await WatchedPerson.create('Wilhelmina', playground.path('anna'), { node: north.url });
  ben = await WatchedPerson.create('Bartholomew', playground.path('ben'), { node: south.url });
  await ben.engine.add({ to: anna.invite, name: PETNAMES[0]! });
  await ben.engine.send({ to: anna.address, text: TEXTS[0]!, wait: 'stored' });
  await anna.until(async () => (await anna.engine.contacts({ status: 'request' })).length === 1);
  await anna.engine.updateContact({ address: ben.address, status: 'accepted', name: PETNAMES[1]! });
  await anna.engine.send({ to: ben.address, text: TEXTS[1]!, wait: 'delivered' });
  await ben.engine.typing({ to: anna.address, active: true });
  await ben.until(() => anna.events.some((event) => event.type === 'typing'));
  // Anna is away: this one stays in the database of her node.
  await anna.close();
  await ben.engine.send({ to: anna.address, text: TEXTS[2]!, wait: 'stored' });
}, 120_000);
afterAll(async () => {
  await Promise.all([anna.dispose(), ben.dispose()]);
  await Promise.all([north.close(), south.close()]);
  await playground.dispose();
});

const everythingAt = async (node: RecordingNode): Promise<Buffer> =>
  Buffer.concat([bytesOf(node.record), filesIn(node.dataDir), Buffer.from(await node.metricsText())]);

/** Every public key and statement that names somebody. */
function traitsOf(person: WatchedPerson, home: RecordingNode): ByteSearch<string> {
  const search = new ByteSearch<string>();
  search.addWritten('account', parseAddress(person.address));
  for (const [what, text] of Object.entries({ address: person.address, token: person.token, name: person.name })) {
    search.addText(what, text);
  }
  search.addText('home', home.url);
  search.addWritten('node', home.nodeId);
  search.addWritten('network', home.network);
  const upload = home.record.frames.find(({ frame }) => frame.body.case === 'publishKeys')?.frame.body;
  if (upload?.case !== 'publishKeys') throw new Error('no keys were published');
  const { devices } = decodeDeviceListBody(upload.value.deviceList!.body);
  for (const { body, accountSignature } of devices) {
    const { identityKey, signingKey, linkKey } = decodeDeviceCertificateBody(body);
    search.add('certificate', body);
    search.add('certificate signature', accountSignature);
    search.addWritten('identity key', identityKey.subarray(1));
    search.addWritten('signing key', signingKey);
    search.addWritten('link key', linkKey);
  }
  return search;
}

/** What the node tells everybody who asks which node it is. */
function descriptorOf({ record }: RecordingNode): Uint8Array {
  const link = record.links.indexOf('sotto.1.descriptor');
  return record.rawOut.find((message) => message.link === link)!.bytes;
}

describe('people of two networks', () => {
  it('talked, and the recordings are alive', async () => {
    expect(await ben.texts(anna.address)).toEqual(TEXTS);
    const all = await everythingAt(north);
    expect(traitsOf(anna, north).in(all)).toEqual(expect.arrayContaining(['account', 'certificate', 'identity key']));
    expect(all.length).toBeGreaterThan(100_000);
    expect(anna.secrets.length).toBeGreaterThan(200);
    const search = new ByteSearch<string>();
    for (const { what, bytes } of anna.secrets) search.add(what, bytes);
    expect(search.in(filesIn(anna.directory))).toEqual(['database key']);
  });

  it("TM-3: nothing that comes to the recipient's node names the sender, or his node, in any way", async () => {
    expect(traitsOf(ben, south).in(await everythingAt(north))).toEqual([]);
    expect(traitsOf(anna, north).in(await everythingAt(south))).toEqual([]);
  });

  it('TM-4: no content, name, id of a message or conversation, receipt or secret key is at either node', async () => {
    const search = new ByteSearch<string>();
    for (const person of [anna, ben]) {
      for (const { what, bytes } of person.secrets) search.add(`${what} of ${person.name}`, bytes);
      for (const { id, conversation, profile, capability } of person.opened) {
        search.addWritten('message id', id);
        search.addWritten('conversation id', conversation);
        expect(profile?.name ?? '').not.toBe(person.name);
        expect([0, 16]).toContain(capability.length);
      }
      search.addText('recovery phrase', person.phrase);
    }
    for (const text of [...TEXTS, ...PETNAMES, anna.name, ben.name]) search.addText(text, text);
    for (const node of [north, south]) expect(search.in(await everythingAt(node))).toEqual([]);
  });

  it('TM-5: of capabilities and request tokens the disk has hashes only', () => {
    const shown = [north, south].flatMap(({ record }) =>
      record.frames.flatMap(({ frame: { body } }) =>
        body.case === 'send' ? [body.value.capability, body.value.requestToken] : [],
      ),
    );
    const search = new ByteSearch<string>();
    for (const secret of shown) if (secret.length > 0) search.addWritten('capability or token', secret);
    expect(shown.filter(({ length }) => length === 16).length).toBeGreaterThan(2);
    for (const node of [north, south]) expect(search.in(filesIn(node.dataDir))).toEqual([]);
  });

  it('TM-2: over anonymous links come envelopes, questions for keys and which nodes there are, nothing else', () => {
    const anonymous = [north, south].flatMap(({ record }) =>
      record.frames.flatMap(({ account, frame }) => (account === null ? [frame.body] : [])),
    );
    expect(new Set(anonymous.map((body) => body.case))).toEqual(new Set(['send', 'fetchBundles', 'fetchView']));
    // All of Ben's: the node can tell that they are of one sender.
    const links = north.record.frames.flatMap(({ account, link, frame }) =>
      account === null && frame.body.case !== 'fetchView' ? [link] : [],
    );
    expect(new Set(links).size).toBe(1);
    // Of nobody: which nodes are known, and from where on.
    const asked = anonymous.flatMap((body) => (body.case === 'fetchView' ? Object.keys(body.value) : []));
    expect(new Set(asked)).toEqual(new Set(['$typeName', 'after', 'known', 'onlySelf']));
    for (const body of anonymous) {
      if (body.case !== 'fetchBundles') continue;
      const { $typeName, ...fields } = body.value;
      expect($typeName).toBe('sotto.v1.FetchBundles');
      expect(Object.keys(fields).toSorted()).toEqual(['account', 'capability', 'devices', 'requestToken']);
    }
  });

  it('TM-1: on certified links it is told hashes of what gives access, no capability or token', () => {
    const certified = north.record.frames.filter(({ account }) => account !== null);
    expect(certified.some(({ frame }) => frame.body.case === 'setAccess')).toBe(true);
    const search = new ByteSearch<string>();
    for (const { frame } of north.record.frames) {
      const { body } = frame;
      if (body.case !== 'send') continue;
      for (const secret of [body.value.capability, body.value.requestToken]) {
        if (secret.length > 0) search.add('capability or token', secret);
      }
    }
    expect(search.in(bytesOf(certified))).toEqual([]);
  });

  it('TM-2: what is live-only is passed on and never given to the store', () => {
    const live = north.record.frames.flatMap(({ frame: { body } }) =>
      body.case === 'send' && body.value.live ? [body.value.body] : [],
    );
    expect(live.length).toBeGreaterThan(0);
    const search = new ByteSearch<string>();
    for (const body of live) search.add('live', body.subarray(0, 64));
    expect(search.in(bytesOf(north.record.stored))).toEqual([]);
    expect(search.in(filesIn(north.dataDir))).toEqual([]);
  });

  it('TM-14: a contact learns address, name, colour, home node and delivery capability, and what is said', () => {
    const told = anna.opened.filter(({ body }) => body.case === 'text' || body.case === 'hello');
    expect(told.length).toBeGreaterThan(0);
    for (const content of anna.opened) {
      const { $typeName, $unknown, body, ...fields } = content;
      const filled = Object.entries(fields).filter(
        ([, value]) => value !== undefined && value !== 0n && !(value instanceof Uint8Array && value.length === 0),
      );
      expect([$typeName, $unknown]).toEqual(['sotto.v1.Content', undefined]);
      expect(['text', 'hello', 'receipt', 'typing', 'askAgain']).toContain(body.case);
      const allowed = 'capability conversation deviceListRevision from id order profile route sentAt to version'.split(
        ' ',
      );
      expect(filled.map(([name]) => name).filter((name) => !allowed.includes(name))).toEqual([]);
    }
    const [first] = told;
    expect(Buffer.from(first!.from).equals(Buffer.from(parseAddress(ben.address)))).toBe(true);
    expect(first!.profile?.name).toBe(ben.name);
    expect(first!.route?.urls).toEqual([south.url]);
    expect(first!.capability.length).toBe(16);
  });
});

describe('somebody on the network', () => {
  const suites = (): { link: number; suite: Suite; heard: Uint8Array[]; said: Uint8Array[] }[] =>
    north.record.links.flatMap((subprotocol, link) => {
      const suite = parseSubprotocol(subprotocol);
      if (suite === null || suite === 'descriptor') return [];
      const of = (raw: readonly { link: number; bytes: Uint8Array }[]): Uint8Array[] =>
        raw.filter((message) => message.link === link).map(({ bytes }) => bytes);
      return [{ link, suite, heard: of(north.record.raw), said: of(north.record.rawOut) }];
    });

  it('TM-12: sees no account, certificate, name or content, and of the node what it tells everybody', () => {
    const wire = bytesOf([north.record.raw, north.record.rawOut]);
    const search = new ByteSearch<string>();
    for (const text of [...TEXTS, anna.name, ben.name]) search.addText(text, text);
    expect(search.in(wire)).toEqual([]);
    const traits = traitsOf(anna, north).in(wire);
    expect(traits.filter((what) => !['node', 'network', 'home'].includes(what))).toEqual([]);
  });

  it('TM-12: who recorded it and steals the link keys of both sides later reads nothing', () => {
    expect(new Set(suites().map(({ suite }) => suite.pattern))).toEqual(new Set(['XX', 'NK']));
    const { network, secrets } = north;
    const parts = { primitives: nodePrimitives, random: systemRandom, network, linkSecret: secrets.linkSecret };
    for (const { suite, heard } of suites()) {
      const [first, second] = heard;
      const thief = new LinkResponder({ ...parts, suite, descriptor: descriptorOf(north) });
      // The keys fit: the first message of an anonymous link opens, and says nothing.
      expect(thief.receive(first!).done).toBe(suite.pattern === 'NK');
      const read = suite.pattern === 'NK' ? () => thief.channel.open(second!) : () => thief.receive(second!);
      expect(read).toThrow(/./);
    }
  });

  it('TM-12: every handshake has fresh keys on both sides', () => {
    const ephemeral = suites().flatMap(({ heard, said }) => [heard[0]!, said[0]!]);
    const keys = ephemeral.map((message) => Buffer.from(message.subarray(0, 32)).toString('hex'));
    expect(keys.length).toBeGreaterThanOrEqual(4);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('who has the disk of a client', () => {
  it('TM-18: finds no content, name, address or secret key outside the file of the database key', () => {
    for (const [person, other, home] of [
      [anna, ben, south],
      [ben, anna, north],
    ] as const) {
      const files = filesIn(person.directory, ['database.key']);
      expect(files.length).toBeGreaterThan(50_000);
      const search = traitsOf(other, home);
      for (const { what, bytes } of person.secrets) search.add(what, bytes);
      for (const text of [...TEXTS, ...PETNAMES, person.name, person.phrase, person.address])
        search.addText(text, text);
      search.addWritten('own account', parseAddress(person.address));
      expect(search.in(files)).toEqual([]);
    }
  });
});
