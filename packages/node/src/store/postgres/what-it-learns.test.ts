import { describe, expect, test } from 'vitest';
import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import { capabilityHash, envelopeId, requestTokenHash } from '@sotto/protocol/mailbox';
import { TestPerson } from '../../testing/test-person.ts';
import { postgresMissing, storeServer } from './harness.contract.ts';

const NOW_MS = 1_800_000_000_000;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe.skipIf(postgresMissing)('what a PostgreSQL server learns', () => {
  const server = storeServer();

  test('TM-98, TM-99, OPS-14: a dump holds no secret, sender or address; mailboxes and hashes it holds', async () => {
    const database = await server().database();
    const store = await server().open(database);
    const person = new TestPerson(nodePrimitives, systemRandom, NOW_MS);
    const token = systemRandom(16);
    const frame = person.envelope(NOW_MS, 1);
    await store.publishKeys({
      mailbox: person.mailbox,
      device: 1,
      keys: null,
      oneTime: [],
      oneTimeKyber: [],
      replaceOneTime: false,
      deviceList: { revision: 1, encoded: person.list.encoded, devices: [1] },
    });
    const hashes = {
      capabilityHash: capabilityHash(nodePrimitives, person.capability),
      previousHash: null,
      previousUntil: 0,
    };
    await store.setAccess(person.mailbox, hashes, [requestTokenHash(nodePrimitives, token)]);
    const id = envelopeId(nodePrimitives, frame);
    const item = { ...frame, id, lane: 'contact', tokenHash: null } as const;
    expect(await store.store([item])).toEqual(['stored']);

    const dumped = new Map<string, string>();
    const tables = await server().server.query<{ name: string }>(
      `SELECT relname::text AS name FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'sotto'::regnamespace`,
      database,
    );
    for (const { name } of tables) {
      const rows = await server().server.query(`SELECT t::text AS row FROM sotto.${name} t`, database);
      dumped.set(name, rows.map(({ row }) => row as string).join('\n'));
    }
    const all = [...dumped.values()].join('\n');
    // What lets somebody write, or read, is nowhere.
    for (const secret of [person.capability, token, person.account.seed, person.device.linkSecret]) {
      expect(all).not.toContain(hex(secret));
    }
    // So the search above would have found it: these are there, and the threat model says so.
    expect(dumped.get('queue')).toContain(hex(person.mailbox));
    expect(dumped.get('account')).toContain(hex(hashes.capabilityHash));
    expect(dumped.get('envelope')).toContain(hex(frame.body));
    // Of whoever sent it, and of when it came, there is no column.
    const columns = await server().server.query<{ name: string; type: string }>(
      `SELECT attname::text AS name, format_type(atttypid, NULL) AS type FROM pg_attribute
       WHERE attrelid = 'sotto.envelope'::regclass AND attnum > 0 ORDER BY attname`,
      database,
    );
    expect(columns.map(({ name }) => name)).toEqual(['body', 'exp_day', 'expires', 'id', 'lane', 'queue', 'seq']);
    const times = await server().server.query<{ place: string }>(
      `SELECT table_name || '.' || column_name AS place FROM information_schema.columns
       WHERE table_schema = 'sotto' AND (data_type LIKE 'timestamp%' OR data_type = 'inet')`,
      database,
    );
    expect(times.map(({ place }) => place)).toEqual(['lease.until']);

    await store.acknowledge([{ mailbox: person.mailbox, device: 1, ids: [id] }]);
    const left = await server().server.query('SELECT 1 FROM sotto.envelope', database);
    expect(left).toEqual([]);
    // The body's bytes are in its files until PostgreSQL cleans up, and in its log for longer: TM-99 says so.
    await store.close();
  });
});
