import { nodePrimitives as primitives, systemRandom as random } from '@sotto/primitives-node';
import { be32, utf8 } from '@sotto/protocol/crypto';
import { createAccount, createDevice, signDeviceList } from '@sotto/protocol/identity';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeDevice } from '../account/identity-store.ts';
import { writeProfile } from '../account/profile.ts';
import { Contacts } from '../contacts/contacts.ts';
import { EventStream } from '../event-stream.ts';
import { History } from '../history/history.ts';
import { NodeStore } from '../platform/node/index.ts';
import { DialError } from '../ports.ts';
import type { Platform } from '../ports.ts';
import { Database } from '../store/database.ts';
import { SCHEMA_VERSION } from '../store/schema.ts';
import { BackupCipher, CHUNK, HEADER, TAG } from './backup-cipher.ts';
import { BackupError } from './backup-error.ts';
import { encodeBackupRecord } from './backup-records.ts';
import type { BackupRecord } from './backup-records.ts';
import { readBackup, verifyBackup } from './read-backup.ts';
import { restoreProfile } from './restore-profile.ts';
import type { RestoreOptions } from './restore-profile.ts';
import { writeBackup } from './write-backup.ts';

const cost = { memoryKiB: 8 << 10, passes: 1 };
const passphrase = utf8('correct horse');
const account = createAccount(primitives, random);
const NOW = 1_800_000_000_000;

function platform(): Platform {
  return {
    primitives,
    random,
    clock: { now: () => NOW, after: () => () => undefined },
    dialer: { open: () => ({ socket: Promise.reject(new DialError('unreachable', '')), cancel: () => undefined }) },
    store: new NodeStore(':memory:'),
    openMemoryStore: (image) => NodeStore.inMemory(image),
    databaseKey: random(32),
    keyProtection: 'memory',
    freeBytes: () => null,
  };
}

/** A profile with a history of `messages`; on a linked device it has no seed. */
function profileOf(messages: number, isLinked = false): Platform {
  const made = platform();
  const database = new Database(made);
  const devices = [1, 2].map((number) => createDevice(primitives, random, account, number, NOW));
  const list = signDeviceList(primitives, account, {
    certificates: devices.map(({ certificate }) => certificate),
    previous: null,
    nowMs: NOW,
  });
  writeDevice(database, random, {
    account: account.publicKey,
    accountSeed: isLinked ? null : account.seed,
    device: devices[isLinked ? 1 : 0]!,
    list,
    ephemeral: false,
  });
  const given = { name: 'Anna', color: 1, listed: false, url: 'ws://node.example', psk: null, home: null };
  writeProfile(database, random, given);
  const events = new EventStream(database);
  const contacts = new Contacts(database, primitives, events);
  const history = new History(database, contacts, events, { address: 'me', name: () => 'Anna' });
  const people = [0, 1].map((i) => contacts.add(random(32), 'accepted', { petname: `Person ${i}` }));
  database.transaction(() => {
    for (let i = 0; i < messages; i++) {
      const record = { text: `message ${i} ${'x'.repeat((i * 7) % 1500)}`, sentAt: i, receivedAt: i };
      const outgoing = i % 2 === 0;
      const message = { contentId: random(16), outgoing, unread: false, device: 1, order: i, record };
      const state = !outgoing ? 'delivered' : i === 0 ? 'waiting' : 'stored';
      history.insert(people[i % 2]!, { ...message, state });
    }
    for (const table of ['session', 'device_list']) {
      made.store.run(`INSERT INTO ${table} (tag, sealed) VALUES (?, ?)`, random(16), random(60));
    }
    made.store.run(
      'INSERT INTO stream (contact, device, next) VALUES (?, 0, 70), (?, 3, 71)',
      people[0]!.id,
      people[0]!.id,
    );
  });
  return made;
}

/** Rows as they are, opened, of what a backup holds. */
function contentsOf({ store, ...rest }: Platform): unknown {
  const { rows } = new Database({ store, ...rest });
  const opened = (table: string, key: string, row: Record<string, unknown>): unknown => {
    const { sealed, tag: _tag, ...columns } = row;
    return { ...columns, sealed: rows.openRecord(table, Number(row[key]), sealed) };
  };
  return {
    contacts: store.all('SELECT * FROM contact ORDER BY id').map((row) => opened('contact', 'id', row)),
    messages: store.all('SELECT * FROM message ORDER BY position').map((row) => opened('message', 'position', row)),
    stream: store.all('SELECT * FROM stream WHERE device > 0'),
  };
}

async function fileOf(from: Platform, signal: { aborted: boolean } | null = null, onProgress = (): void => undefined) {
  const parts: Uint8Array[] = [];
  const output = {
    write: (bytes: Uint8Array) => {
      parts.push(bytes.slice());
      return Promise.resolve();
    },
  };
  const summary = await writeBackup(from, output, { passphrase, onProgress, signal, cost });
  return { bytes: new Uint8Array(Buffer.concat(parts)), summary };
}

const inputOf = (bytes: Uint8Array) => {
  let at = 0;
  return { read: (length: number) => Promise.resolve(bytes.slice(at, (at += length))) };
};

const options: RestoreOptions = {
  passphrase,
  onProgress: () => undefined,
  signal: null,
  total: 0,
  revokeOthers: false,
  phrase: null,
  node: null,
};
const restore = (into: Platform, bytes: Uint8Array, changes: Partial<RestoreOptions> = {}) =>
  restoreProfile(into, inputOf(bytes), { ...options, ...changes });

/** The code by which it is refused; nothing of it may be there then. */
async function refusal(bytes: Uint8Array, changes: Partial<RestoreOptions> = {}): Promise<string> {
  const into = platform();
  const error: unknown = await restore(into, bytes, changes).then(
    () => null,
    (reason: unknown) => reason,
  );
  for (const table of ['message', 'contact', 'meta', 'device_list']) {
    if (into.store.get(`SELECT count(*) AS n FROM ${table}`)?.['n'] !== 0) return `left rows in ${table}`;
  }
  return error instanceof BackupError ? error.code : String(error);
}

/** A file of these records, well sealed. */
function fileWith(...records: BackupRecord[]): Uint8Array {
  const cipher = BackupCipher.create(primitives, random, passphrase, cost);
  const chunk = Buffer.concat(records.map((record) => encodeBackupRecord(record)));
  return new Uint8Array(Buffer.concat([cipher.header, cipher.seal(chunk, true)]));
}

describe('backup', () => {
  const from = profileOf(300);
  let bytes: Uint8Array;
  let summary: Awaited<ReturnType<typeof fileOf>>['summary'];
  beforeAll(async () => {
    ({ bytes, summary } = await fileOf(from));
  });

  it('BAK-1: everything that was said is there again, and whoever has only the file reads nothing', async () => {
    expect(summary.counts).toMatchObject({ contacts: 2, messages: 300 });
    expect(bytes.length).toBeGreaterThan(3 * CHUNK);
    const into = platform();
    await restore(into, bytes);
    const [before, after] = [contentsOf(from), contentsOf(into)] as { messages: object[] }[];
    // What waited then waits no more: it says that it was restored.
    expect(after?.messages[0]).toMatchObject({ state: 5 });
    expect({ ...after, messages: after?.messages.slice(1) }).toEqual({
      ...before,
      messages: before?.messages.slice(1),
    });
    expect(into.store.get('SELECT value FROM counter WHERE name = ?', 'position')?.['value']).toBe(301);
    for (const clear of ['message 1', 'Anna', 'Person', 'sealed']) {
      expect(Buffer.from(bytes).includes(clear)).toBe(false);
    }
  });

  it('BAK-3: no session, prekey, device secret or counter of this device is in it', async () => {
    const into = platform();
    await restore(into, bytes);
    for (const table of ['session', 'prekey', 'outbox']) {
      expect(into.store.all(`SELECT * FROM ${table}`)).toEqual([]);
    }
    expect(into.store.all('SELECT next FROM stream WHERE device = 0')).toEqual([]);
    const identity = new Database(from).getMeta('identity') as { device: Record<string, unknown> };
    const clear = await clearText(bytes);
    for (const name of ['identitySecret', 'signingSeed', 'linkSecret']) {
      const secret = identity.device[name] as Uint8Array;
      expect(clear.includes(Buffer.from(secret).toString('hex'))).toBe(false);
    }
    expect(clear.includes(Buffer.from(account.seed).toString('hex'))).toBe(true);
  });

  it('BAK-2: a wrong passphrase is told apart from damage', async () => {
    expect(await refusal(bytes, { passphrase: utf8('correct horsf') })).toBe('wrong-passphrase');
  });

  it('BAK-4: changed in any region it is refused, and nothing of it is taken over', async () => {
    const regions = [
      [0, 'not-a-backup'],
      [7, 'not-a-backup'],
      [8, 'newer-version'],
      [9, 'damaged'],
      [12, 'wrong-passphrase'],
      [16, 'wrong-passphrase'],
      [17, 'wrong-passphrase'],
      [32, 'wrong-passphrase'],
      [33, 'wrong-passphrase'],
      [HEADER - 1, 'wrong-passphrase'],
      [HEADER, 'damaged'],
      [HEADER + CHUNK, 'damaged'],
      [HEADER + CHUNK + TAG, 'damaged'],
      [HEADER + 2 * (CHUNK + TAG) + 100, 'damaged'],
      [bytes.length - TAG - 1, 'damaged'],
      [bytes.length - 1, 'damaged'],
    ] as const;
    for (const [at, code] of regions) {
      const changed = bytes.slice();
      changed[at]! ^= 2;
      expect(await refusal(changed)).toBe(code);
    }
  });

  it('BAK-4: cut, lengthened, with chunks left out, repeated or moved it is refused', async () => {
    const size = CHUNK + TAG;
    const chunk = (n: number): Uint8Array => bytes.subarray(HEADER + n * size, HEADER + (n + 1) * size);
    const header = bytes.subarray(0, HEADER);
    const count = Math.ceil((bytes.length - HEADER) / size);
    const all = Array.from({ length: count }, (_, n) => chunk(n));
    const joined = (...chunks: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat([header, ...chunks]));
    expect(joined(...all)).toEqual(bytes);
    const [first, second, ...others] = all as [Uint8Array, Uint8Array, ...Uint8Array[]];
    for (const wrong of [
      joined(),
      joined(...all.slice(0, -1)),
      joined(...all.slice(1)),
      joined(second, first, ...others),
      joined(first, first, second, ...others),
      joined(...all, all.at(-1)!),
      joined(all.at(-1)!),
      new Uint8Array([...bytes, 0]),
      bytes.subarray(0, -1),
      bytes.subarray(0, HEADER + 20),
    ]) {
      expect(await refusal(wrong)).toBe('damaged');
    }
    for (const length of [0, 7]) expect(await refusal(bytes.subarray(0, length))).toBe('not-a-backup');
    for (const length of [9, HEADER - 1]) expect(await refusal(bytes.subarray(0, length))).toBe('damaged');
  });

  it('BAK-2: costs out of bounds are refused before memory is spent', async () => {
    for (const [memory, passes] of [
      [0xffff_ffff, 3],
      [(256 << 10) + 1, 3],
      [64, 3],
      [64 << 10, 0],
      [64 << 10, 17],
    ] as const) {
      const costly = bytes.slice();
      costly.set(be32(memory), 9);
      costly.set(be32(passes), 13);
      expect(await refusal(costly)).toBe('damaged');
    }
  });

  it('BAK-7: from the future: the file, the database, or a kind of record; said so', async () => {
    const begin: BackupRecord = {
      kind: 'account',
      schema: SCHEMA_VERSION,
      madeAt: NOW,
      account: account.publicKey,
      seed: account.seed,
      deviceList: new Uint8Array(1),
    };
    const strange = { kind: 'picture' } as unknown as BackupRecord;
    expect(await refusal(bytes.with(8, 2))).toBe('newer-version');
    expect(await refusal(fileWith({ ...begin, schema: SCHEMA_VERSION + 1 }))).toBe('newer-version');
    expect(await refusal(fileWith(begin, strange))).toBe('newer-version');
    expect(await refusal(fileWith(begin, { kind: 'row', table: 'picture', columns: {} }))).toBe('newer-version');
    expect(await refusal(fileWith(begin, { kind: 'meta', name: 'identity', value: {} }))).toBe('newer-version');
  });

  it('BAK-4: well sealed but wrong inside, it is refused', async () => {
    const begin: BackupRecord = {
      kind: 'account',
      schema: SCHEMA_VERSION,
      madeAt: NOW,
      account: account.publicKey,
      seed: account.seed,
      deviceList: new Uint8Array(1),
    };
    const end: BackupRecord = { kind: 'end', counts: { contacts: 0, messages: 0, records: 1 } };
    const row = (columns: object, sealed?: object): BackupRecord =>
      ({ kind: 'row', table: 'contact', columns, sealed }) as BackupRecord;
    for (const records of [
      [],
      [end],
      [begin],
      [begin, begin, end],
      [begin, { ...end, counts: { contacts: 1, messages: 0, records: 1 } }],
      [begin, end, end],
      [{ ...begin, account: new Uint8Array(31) }, end],
      [{ ...begin, schema: 0 }, end],
      [begin, row({ id: 1, status: 1, 'id) VALUES (1); --': 1 }, { account: account.publicKey })],
      [begin, row({ id: 1, status: {} }, { account: account.publicKey })],
      [begin, row({ id: '1', status: 1 }, { account: account.publicKey })],
      [begin, row({ id: 1, status: 1 }, { account: 'x' })],
      [begin, row({ id: 1, status: 1 })],
      [row({ id: 1, status: 1 }, { account: account.publicKey })],
    ] as BackupRecord[][]) {
      expect(await refusal(fileWith(...records))).toBe('damaged');
    }
    const cipher = BackupCipher.create(primitives, random, passphrase, cost);
    const long = cipher.seal(be32(0x7fff_ffff), true);
    expect(await refusal(new Uint8Array(Buffer.concat([cipher.header, long])))).toBe('damaged');
  });

  it('BAK-6: the trial restore compares what it read with what was written', async () => {
    await verifyBackup(from, inputOf(bytes), summary, options);
    const other = { ...summary, hash: random(32) };
    await expect(verifyBackup(from, inputOf(bytes), other, options)).rejects.toMatchObject({ code: 'damaged' });
    await expect(verifyBackup(from, inputOf(bytes.subarray(0, -1)), summary, options)).rejects.toThrow(/read back/);
  });

  it('BAK-5: both directions tell their progress and can be stopped; nothing is left', async () => {
    const signal = { aborted: false };
    const seen: number[] = [];
    const stopping = fileOf(from, signal, () => {
      seen.push(seen.length);
      signal.aborted = true;
    });
    await expect(stopping).rejects.toMatchObject({ code: 'cancelled' });
    expect(seen).toEqual([0]);
    // The connection is free for the next.
    await fileOf(from);
    expect(await refusal(bytes, { signal: { aborted: true } })).toBe('cancelled');
  });

  it('BAK-8: a profile with an identity is not restored into; one where it began and failed is', async () => {
    await expect(restore(profileOf(1), bytes)).rejects.toMatchObject({ code: 'bad-input' });
    const into = platform();
    await expect(restore(into, bytes.subarray(0, -1))).rejects.toMatchObject({ code: 'damaged' });
    await restore(into, bytes);
    await expect(restore(into, bytes)).rejects.toThrow(/identity already/);
  });

  it('BAK-8: a backup of a linked device needs the recovery phrase of the same account', async () => {
    const { bytes: linked } = await fileOf(profileOf(3, true));
    const clear = await clearText(linked);
    expect(clear.includes(Buffer.from(account.seed).toString('hex'))).toBe(false);
    await expect(restore(platform(), linked)).rejects.toMatchObject({ code: 'not-allowed' });
    const { phraseFromSeed } = await import('@sotto/protocol/identity');
    const other = phraseFromSeed(createAccount(primitives, random).seed);
    await expect(restore(platform(), linked, { phrase: other })).rejects.toThrow(/another account/);
    const into = platform();
    await restore(into, linked, { phrase: phraseFromSeed(account.seed) });
    expect(new Database(into).getMeta('identity')).toMatchObject({ accountSeed: account.seed });
  });

  /** All records of a file, as text. */
  async function clearText(file: Uint8Array): Promise<string> {
    const cipher = BackupCipher.open(primitives, file.slice(0, HEADER), passphrase);
    let text = '';
    for (let at = HEADER; at < file.length; at += CHUNK + TAG) {
      const chunk = file.subarray(at, at + CHUNK + TAG);
      text += Buffer.from(cipher.open(chunk, at + CHUNK + TAG >= file.length)).toString('latin1');
    }
    return await Promise.resolve(text);
  }
});

it('BAK-7: an older database version is restored as it was, then brought up to date', async () => {
  const begin: BackupRecord = {
    kind: 'account',
    schema: 1,
    madeAt: NOW,
    account: account.publicKey,
    seed: account.seed,
    deviceList: new Uint8Array(1),
  };
  const end: BackupRecord = { kind: 'end', counts: { contacts: 0, messages: 0, records: 1 } };
  const into = platform();
  await readBackup(into, inputOf(fileWith(begin, end)), options, 'restoring', 0, () => undefined);
  expect(into.store.get('PRAGMA user_version')?.['user_version']).toBe(SCHEMA_VERSION);
  expect(into.store.all('SELECT hidden FROM message')).toEqual([]);
});
