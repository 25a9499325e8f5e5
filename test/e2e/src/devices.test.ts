import { cp, rm } from 'node:fs/promises';
import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linkDevice } from './linking.ts';
import { acquaint, Person, Playground, type Json, type NodeProcess } from './processes.ts';
import { RpcProcess, Unanswered } from './rpc-process.ts';

/** Two people with two devices each: everything that happens to one of them, and the same history on all at the end. */
let playground: Playground;
let node: NodeProcess;
let alice: Person & { address: string };
let bob: Person & { address: string };
let phone: Person;
let tablet: Person;
/** Device number of the account and the running engine of each. */
const engines = new Map<Person, RpcProcess>();

beforeAll(async () => {
  playground = await Playground.create();
  node = await playground.node('node');
  const [a, b] = await Promise.all(['Alice', 'Bob'].map((name) => Person.create(playground, name, node.url)));
  [alice, bob] = [a!, b!];
  await acquaint(alice, b!);
  [phone, tablet] = [new Person(playground, 'Alice-phone'), new Person(playground, 'Bob-tablet')];
  for (const person of [alice, bob]) run(person);
  await Promise.all([linkDevice(alice, phone, node.url, 'phone'), linkDevice(bob, tablet, node.url, 'tablet')]);
  for (const machine of [phone, tablet]) run(machine);
}, 120_000);
afterAll(async () => {
  await playground?.dispose();
});

function run(person: Person): RpcProcess {
  const engine = new RpcProcess(playground, person.profile);
  engine.start();
  engines.set(person, engine);
  return engine;
}

const engineOf = (person: Person): RpcProcess => engines.get(person) ?? run(person);

const partnerOf = (person: Person): string => (person === alice || person === phone ? bob.address : alice.address);

/** What was written; a call that a killed process left unanswered is made again, under the same id. */
const texts = new Set<string>();
/** The same by the address of who wrote it. */
const textsOf = new Map<string, Set<string>>();
async function write(person: Person, text: string): Promise<void> {
  const id = Buffer.from(text.padEnd(16, '.').slice(-16)).toString('hex');
  texts.add(text);
  const own = partnerOf(person) === bob.address ? alice.address : bob.address;
  textsOf.set(own, (textsOf.get(own) ?? new Set()).add(text));
  for (;;) {
    try {
      await engineOf(person).call('send', { id, to: partnerOf(person), text });
      return;
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error;
      await pause(50);
    }
  }
}

async function burst(person: Person, what: string, count: number): Promise<void> {
  for (let at = 0; at < count; at++) {
    await write(person, `${what} ${at}`);
    await pause(30);
  }
}

/** Texts as this device has them. */
async function seenBy(person: Person): Promise<Set<string>> {
  const history = await engineOf(person).history(partnerOf(person));
  return new Set(history.map(({ content }) => ('text' in content ? content.text : JSON.stringify(content))));
}

async function untilSeen(person: Person, wanted: ReadonlySet<string>): Promise<void> {
  for (;;) {
    const seen = await seenBy(person);
    if ([...wanted].every((text) => seen.has(text))) return;
    await pause(200);
  }
}

/** What the other side wrote; one's own other device tells what it wrote up to 30 s later. */
const untilHeard = (person: Person): Promise<void> => untilSeen(person, textsOf.get(partnerOf(person)) ?? new Set());

/** As `sotto history --json` prints it, without what is a device's own: positions, times of arrival, receipts. */
async function historyOf(person: Person): Promise<Json[]> {
  const all = await person.ok('history', partnerOf(person), '--limit', '1000');
  return all
    .filter(({ content }) => !('gap' in (content as Json)))
    .map(({ id, from, conversation, sentAt, content, outgoing }) => ({
      id,
      from,
      conversation,
      sentAt,
      content,
      outgoing,
    }))
    .toSorted((a, b) => String(a.id).localeCompare(String(b.id)));
}

describe('two people with two devices each', () => {
  it('DEV-3: are linked with a code; what was said before is on the new device', async () => {
    expect((await alice.ok('devices')).map(({ device, name, current }) => [device, name, current])).toEqual([
      [1, expect.any(String) as string, true],
      [2, 'phone', false],
    ]);
    expect((await tablet.ok('devices')).map(({ device, current }) => [device, current])).toEqual([
      [1, false],
      [2, true],
    ]);
    texts.add('hello');
    await Promise.all([phone, tablet].map((machine) => untilSeen(machine, texts)));
  });

  it('all four write, one is killed in the middle of it', async () => {
    await Promise.all([
      burst(alice, 'alice', 8),
      burst(bob, 'bob', 8),
      burst(phone, 'phone', 8),
      burst(tablet, 'tablet', 8),
      (async () => {
        await pause(200);
        await engineOf(tablet).kill();
        await pause(200);
        engineOf(tablet).start();
      })(),
    ]);
    await Promise.all([alice, bob, phone, tablet].map((person) => untilHeard(person)));
    expect(texts.size).toBe(33);
  });

  it('ENG-43: an old image of a disk is put back: noticed, and the conversation goes on without a person', async () => {
    const image = playground.path('image');
    await engineOf(phone).stop();
    await cp(phone.profile, image, { recursive: true });
    engineOf(phone).start();
    // Not the phone itself: it gets back what its other device has of it (DEV-16), and that takes up to 30 s to get there.
    await Promise.all([burst(alice, 'after the image', 3), burst(bob, 'to the image', 3)]);
    await untilHeard(phone);
    await engineOf(phone).stop();
    await rm(phone.profile, { recursive: true });
    await cp(image, phone.profile, { recursive: true });
    const noticed = engineOf(phone).event(({ type }) => type === 'notice');
    engineOf(phone).start();
    await noticed;
    await Promise.all([burst(phone, 'with an old disk', 3), burst(tablet, 'to an old disk', 3)]);
    await Promise.all([alice, bob, phone, tablet].map((person) => untilHeard(person)));
    expect((await phone.run('doctor')).json.find(({ name }) => name === 'storage')).toMatchObject({ ok: false });
  }, 120_000);

  it('BAK-8: the account restored on a new machine is a third device; all histories are the same', async () => {
    const file = playground.path('bob.backup');
    writeFileSync(playground.path('secret'), 'correct horse');
    const secret = ['--backup-passphrase-file', playground.path('secret')];
    await bob.ok('backup', file, ...secret);
    const laptop = new Person(playground, 'Bob-laptop');
    await laptop.ok('restore', file, ...secret);
    run(laptop);
    await write(alice, 'to all three');
    await write(laptop, 'from the third');
    const all = [alice, phone, bob, tablet, laptop];
    await Promise.all(all.map((person) => untilSeen(person, texts)));
    const [first, ...others] = await Promise.all(all.map((person) => historyOf(person)));
    // From both ends: the same but for who is meant by "outgoing" and the conversation's name.
    const plain = (history: Json[] | undefined): unknown[] =>
      (history ?? []).map(({ id, from, sentAt, content }) => [id, from, sentAt, content]);
    for (const other of others) expect(plain(other)).toEqual(plain(first));
    expect(await historyOf(tablet)).toEqual(await historyOf(bob));
    expect(await historyOf(phone)).toEqual(first);
    expect(plain(first)).toHaveLength(texts.size);
  }, 120_000);

  it('DEV-7: a device that is removed gets nothing from the next message on', async () => {
    await bob.ok('devices', '--revoke', '2');
    const laptop = [...engines.keys()].at(-1)!;
    for (const person of [alice, phone]) {
      await write(person, `without the tablet, ${person.name}`);
    }
    await Promise.all([bob, laptop].map((person) => untilHeard(person)));
    expect([...(await seenBy(tablet))].filter((text) => text.startsWith('without'))).toEqual([]);
    await engineOf(tablet).stop();
    const { code, errors } = await tablet.run('recv');
    expect(code).toBe(77);
    expect(errors).not.toMatch(/\n\s+at /);
    expect((await bob.ok('devices')).map(({ device }) => device)).toEqual([1, 3]);
  }, 120_000);
});
