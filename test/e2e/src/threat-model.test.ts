import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseAddress, seedFromPhrase } from '@sotto/protocol/identity';
import { ContentSchema, ENVELOPE_SIZES } from '@sotto/protocol/wire';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Person, Playground, textOf } from './processes.ts';
import { startRecordingNode, type RecordingNode } from './recording-node.ts';

/** What must stay between two people, easy to find wherever it leaks. */
const TEXTS = ['the heron lands at midnight', 'bring the violet umbrella', 'understood: violet'];
const NAMES = ['Wilhelmina', 'Bartholomew'];
const PETNAME = 'Grandmother-Owl';

interface Somebody extends Person {
  readonly invite: string;
  readonly address: string;
  readonly account: Buffer;
  readonly seed: Buffer;
}

let playground: Playground;
let node: RecordingNode;
let anna: Somebody;
let ben: Somebody;

async function somebody(name: string): Promise<Somebody> {
  const person = new Person(playground, name);
  const [me] = await person.ok('init', '--name', name, '--node', node.url);
  return Object.assign(person, {
    invite: String(me?.['invite']),
    address: String(me?.['address']),
    account: Buffer.from(parseAddress(String(me?.['address']))),
    seed: Buffer.from(seedFromPhrase(String(me?.['phrase']))),
  });
}

beforeAll(async () => {
  playground = await Playground.create();
  node = await startRecordingNode(playground.path('node'));
  anna = await somebody(NAMES[0]!);
  ben = await somebody(NAMES[1]!);
  await ben.ok('add', anna.invite, '--name', PETNAME);
  await ben.ok('send', PETNAME, TEXTS[0]!, '--wait', 'stored');
  await anna.acceptRequests();
  await anna.ok('recv', '--timeout', '0');
  await anna.ok('send', NAMES[1]!, TEXTS[1]!, '--wait', 'stored');
  const received = await ben.ok('recv', '--count', '1', '--timeout', '20');
  if (textOf(received[0]) !== TEXTS[1]) throw new Error('the answer did not come');
  await ben.ok('send', PETNAME, TEXTS[2]!, '--wait', 'stored');
  // Stays in the node's database: nobody fetches it.
}, 120_000);
afterAll(async () => {
  await node.close();
  await playground.dispose();
});

/** Every byte string and text in a value, as latin1, one after the other. */
function bytesIn(value: unknown): string {
  if (value instanceof Uint8Array) return `${Buffer.from(value).toString('latin1')}\n`;
  if (typeof value === 'string') return `${Buffer.from(value).toString('latin1')}\n`;
  if (Array.isArray(value)) return value.map(bytesIn).join('');
  if (typeof value === 'object' && value !== null) return Object.values(value).map(bytesIn).join('');
  return '';
}

const filesIn = (folder: string): string =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)).toString('latin1'))
    .join('\n');

/** The ways in which bytes get written down. */
function writings(bytes: Buffer): string[] {
  return [bytes.toString('latin1'), bytes.toString('hex'), bytes.toString('base64'), bytes.toString('base64url')].map(
    (text) => text.replace(/=+$/, ''),
  );
}

function expectNone(haystack: string, needles: readonly string[]): void {
  for (const needle of needles) expect(haystack.includes(needle), `contains ${JSON.stringify(needle)}`).toBe(false);
}

const sends = (): Record<string, unknown>[] =>
  node.record.frames.flatMap(({ frame }) => (frame.body.case === 'send' ? [{ ...frame.body.value }] : []));

describe('what a home node sees', () => {
  it('the recording is alive: it holds what the node must know', () => {
    const all = bytesIn(node.record.frames);
    expect(all.includes(anna.account.toString('latin1'))).toBe(true);
    expect(node.record.stored.length).toBeGreaterThan(5);
    expect(filesIn(node.dataDir).includes(anna.account.toString('latin1'))).toBe(true);
    expect(sends().length).toBeGreaterThanOrEqual(3);
  });

  it('TM-1: on a certified link: keys, access, attachment, acknowledgements and the state counter, nothing else', () => {
    const kinds = new Set(
      node.record.frames.filter(({ account }) => account !== null).map(({ frame }) => frame.body.case),
    );
    expect(
      [...kinds].filter(
        (kind) =>
          !['publishKeys', 'setAccess', 'attach', 'acknowledge', 'compareState', 'fetchView', 'ping', 'pong'].includes(
            kind,
          ),
      ),
    ).toEqual([]);
    expect(kinds.has('attach')).toBe(true);
  });

  it('TM-2: of an envelope: mailbox, device, size class, expiry, live or not, and what gives access', () => {
    for (const send of sends()) {
      expect(Object.keys(send).toSorted()).toEqual([
        'body',
        'capability',
        'device',
        'expires',
        'live',
        'mailbox',
        'requestToken',
      ]);
      expect(ENVELOPE_SIZES).toContain((send['body'] as Uint8Array).length);
      expect([0, 16]).toContain((send['capability'] as Uint8Array).length);
      expect([0, 16]).toContain((send['requestToken'] as Uint8Array).length);
    }
  });

  it('TM-3: no envelope comes over a certified link, and none names its sender', () => {
    for (const { account, frame } of node.record.frames) {
      if (frame.body.case !== 'send') continue;
      expect(account).toBeNull();
      const recipient = Buffer.from(frame.body.value.mailbox);
      const sender = recipient.equals(anna.account) ? ben : anna;
      expect([anna.account, ben.account].some((key) => key.equals(recipient))).toBe(true);
      expectNone(bytesIn(frame), [sender.account.toString('latin1'), sender.address]);
    }
  });

  it('TM-4: contents, names and secret keys are in nothing it receives, keeps or writes', () => {
    const all = [
      bytesIn(node.record.raw),
      bytesIn(node.record.frames),
      bytesIn(node.record.stored),
      filesIn(node.dataDir),
    ].join('\n');
    expectNone(all, [...TEXTS, ...NAMES, PETNAME, ...writings(anna.seed), ...writings(ben.seed)]);
  });

  it('TM-5: its database has columns for what is documented, and holds no address and no sender of what waits', () => {
    // The node holds its database locked: a copy of it is looked at.
    const copy = playground.path('copy-of-database');
    cpSync(node.dataDir, copy, { recursive: true });
    const database = new DatabaseSync(join(copy, databaseFile()));
    const columns = database
      .prepare(
        `SELECT m.name AS "table", group_concat(p.name, ' ') AS columns
         FROM sqlite_schema m JOIN pragma_table_info(m.name) p WHERE m.type = 'table' GROUP BY m.name`,
      )
      .all()
      .map(({ table, columns: names }) => [table, names]);
    database.close();
    // What waits, and tombstones of what was taken: nowhere a sender, an address or a time of arrival.
    expect(Object.fromEntries(columns)).toMatchObject({
      envelope: 'sequence mailbox lane expires id body',
      known: 'expires id sequence',
      mailbox: 'number account device partition',
      taken: 'number sequence expires id',
      waiting: 'mailbox sequence expires lane bytes id',
    });
    // And what was published, besides the store's own counters.
    const others = ['account', 'device_keys', 'device_state', 'one_time', 'state', 'token'];
    expect(columns.map(([table]) => String(table)).toSorted()).toEqual(
      [...others, 'envelope', 'known', 'mailbox', 'taken', 'taken_elsewhere', 'waiting'].toSorted(),
    );
    expectNone(filesIn(node.dataDir), ['127.0.0.1', '::1']);
    const waiting = node.record.stored.filter((call) => (call as { verb: string }).verb === 'store').at(-1);
    // The last envelope was Ben's, to Anna: what was kept of it does not name Ben.
    expect(bytesIn(waiting).includes(anna.account.toString('latin1'))).toBe(true);
    expectNone(bytesIn(waiting), [ben.account.toString('latin1')]);
  });

  it('TM-6: log and metrics hold no keys, ids, names, addresses or contents', async () => {
    const metrics = await node.metricsText();
    expect(metrics).toContain('# TYPE');
    const envelopeIds = node.record.stored.flatMap((call) => {
      const { verb, args } = call as { verb: string; args: [{ id: Uint8Array }[]] };
      return verb === 'store' ? args[0].map(({ id }) => Buffer.from(id)) : [];
    });
    expect(envelopeIds.length).toBeGreaterThanOrEqual(3);
    const ids = [anna.account, ben.account, ...envelopeIds].flatMap(writings);
    expectNone([metrics, ...node.record.log].join('\n'), [
      ...ids,
      ...TEXTS,
      ...NAMES,
      anna.address,
      ben.address,
      '127.0.0.1',
      '::1',
    ]);
  });
});

function databaseFile(): string {
  return readdirSync(node.dataDir).find((name) => name.endsWith('.db'))!;
}

describe('the network', () => {
  it('TM-12: sees neither accounts nor certificates on the wire', () => {
    const wire = bytesIn(node.record.raw);
    expect(wire.length).toBeGreaterThan(10_000);
    expectNone(
      wire,
      [anna, ben].flatMap(({ account, address }) => [account.toString('latin1'), address]),
    );
  });

  it('TM-13: cannot put another node in the place of the pinned one', async () => {
    const first = await playground.node('pinned');
    const carol = await Person.create(playground, 'Carol', first.url);
    await first.end('SIGTERM');
    const other = await playground.node('impostor', [], first.port);
    expect(other.nodeId).not.toBe(first.nodeId);
    const { code, json, errors } = await carol.run('doctor');
    expect(code).toBe(1);
    const check = json.find(({ name }) => name === 'node');
    expect(check).toMatchObject({ ok: false });
    expect(`${String(check?.['found'])} ${String(check?.['advice'])} ${errors}`).toMatch(/another node|identity/i);
  });
});

describe('a contact', () => {
  it('TM-14: learns address, name, colour, home node, capability and a hash of the nodes seen besides what is said', () => {
    expect(
      ContentSchema.fields
        .filter((field) => field.oneof === undefined)
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual([
      'capability',
      'conversation',
      'device_list_revision',
      'from',
      'id',
      'order',
      'profile',
      'route',
      'sent_at',
      'to',
      'version',
      'view_epoch',
      'view_hash',
    ]);
  });
});

describe('who has the disk of a client', () => {
  it('TM-18, DR-19: finds no content, name, contact or secret key in the clear', () => {
    const annas = filesIn(anna.profile);
    const bens = filesIn(ben.profile);
    expect(annas.length).toBeGreaterThan(10_000);
    expectNone(annas + bens, [...TEXTS, ...NAMES, PETNAME]);
    expectNone(annas, [...writings(anna.seed), ...writings(ben.account), ben.address]);
    expectNone(bens, [...writings(ben.seed), ...writings(anna.account), anna.address]);
  });
});
