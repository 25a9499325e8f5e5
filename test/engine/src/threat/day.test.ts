import { verifyDeviceList } from '@sotto/protocol/identity';
import { nodePrimitives } from '@sotto/primitives-node';
import { ENVELOPE_SIZES } from '@sotto/protocol/wire';
import { beforeAll, describe, expect, it } from 'vitest';
import { noNotes, noteLinks } from '../../../e2e/src/link-notes.ts';
import { ByteSearch, bytesOf } from '../../../e2e/src/search-bytes.ts';
import { World } from '../world.ts';
import { DAY, runDay, type Day } from './day.ts';
import { documented, STEP } from './documented.ts';
import { blindGuess, figuresOf } from './figures.ts';
import { liveShapes } from './live-shape.ts';
import { hexOf, observe } from './observation.ts';
import { markOf, SealedKinds } from './sealed-kinds.ts';
import { truthOf, type Truth } from './truth.ts';

let day: Day;
let truth: Truth;
beforeAll(async () => {
  day = await runDay(DAY);
  truth = truthOf(day, observe(day.notes, day.endMs));
}, 240_000);

const sends = () =>
  day.notes.frames.flatMap(({ frame: { body, request }, account, link }) =>
    body.case === 'send' ? [{ ...body.value, request, account, link }] : [],
  );

/** Everything that names somebody: keys, certificates, addresses, by the account they name. */
async function traits(): Promise<ByteSearch<string>> {
  const search = new ByteSearch<string>();
  for (const account of new Set(day.accounts.values())) {
    const key = Uint8Array.from(Buffer.from(account, 'hex'));
    search.addWritten(account, key);
    const { deviceList } = (await day.node.store!.access(key))!;
    for (const device of verifyDeviceList(nodePrimitives, deviceList, key).devices) {
      for (const bytes of [device.identityKey.subarray(1), device.signingKey, device.linkKey]) {
        search.addWritten(account, bytes);
      }
      search.add(account, device.encoded.subarray(0, 64));
    }
  }
  for (const [name, account] of day.accounts) search.addText(account, `${name} `);
  return search;
}

describe('a day of fifty people at a node that writes everything down', () => {
  it('is a day on which people really talked', () => {
    expect(day.residents.flatMap(({ faults }) => faults)).toEqual([]);
    const count = (kind: string): number => truth.kinds.filter((other) => other === kind).length;
    expect(count('text')).toBeGreaterThan(400);
    expect(count('receipt')).toBeGreaterThan(400);
    expect(count('typing')).toBeGreaterThan(400);
    expect(count('sync')).toBeGreaterThan(50);
    expect(truth.kinds).not.toContain('unknown');
    const presented = new Set(
      sends().map(({ capability, requestToken }) => capability.length + 2 * requestToken.length),
    );
    // Contacts, people with an invite, people with an address alone.
    expect(presented).toEqual(new Set([0, 16, 32]));
  });

  it('TM-3, TM-30: no sender of any envelope stands anywhere in the notes', async () => {
    const search = await traits();
    const [own, others] = [new Set<string>(), new Set<string>()];
    for (const { frame, account } of day.notes.frames) {
      const { body } = frame;
      (account === null ? others : own).add(body.case);
      if (account !== null) continue;
      const about =
        body.case === 'send' ? body.value.mailbox : body.case === 'fetchBundles' ? body.value.account : null;
      expect(search.in(bytesOf(body.value))).toEqual(about === null ? [] : [hexOf(about)]);
    }
    expect([...others].sort()).toEqual(['fetchBundles', 'fetchView', 'ping', 'send']);
    expect([...own].filter((name) => others.has(name)).sort()).toEqual(['fetchView', 'ping']);
    const anonymous = new Set(sends().map(({ link }) => link));
    const passed = [...day.notes.raw, ...day.notes.rawOut].filter(({ link }) => anonymous.has(link));
    expect(passed.length).toBeGreaterThan(2000);
    expect(search.in(Buffer.concat(passed.map(({ bytes }) => bytes)))).toEqual([]);
    // The search would have found it.
    const [first] = sends();
    const planted = Buffer.concat([first!.body, Buffer.from(truth.senders[0]!, 'hex')]);
    expect(search.in(planted)).toEqual([truth.senders[0]]);
  }, 60_000);

  it('TM-2, TM-31: first messages, receipts, copies, short messages and live-only ones all have one size', () => {
    expect(new Set(sends().map(({ body }) => body.length))).toEqual(new Set([4096]));
    expect(ENVELOPE_SIZES).toContain(4096);
    const kinds = new Set(truth.kinds);
    for (const kind of ['text', 'receipt', 'typing', 'hello', 'sync']) expect(kinds).toContain(kind);
  });

  it('TM-32: a live-only envelope is never written', () => {
    const live = sends().filter((send) => send.live);
    expect(live.length).toBeGreaterThan(400);
    expect(live.filter(({ body }) => day.storedMarks.has(markOf(body)))).toEqual([]);
    const stored = sends().filter((send) => !send.live);
    expect(stored.filter(({ body }) => !day.storedMarks.has(markOf(body)))).toEqual([]);
  });

  it('TM-32, MB-12, ENG-18: nothing separates typing from other live-only envelopes', async () => {
    const [ofTyping] = [...liveShapes(day.notes, day.kinds).values()];
    expect(ofTyping?.size).toBe(1);

    // A private room knows two kinds.
    const kinds = new SealedKinds();
    const world = new World(12, kinds.primitives);
    const node = await world.node('ws://room.example:8080', { psk: world.random(32) });
    const [ann, ben] = [await world.person('Ann', node), await world.person('Ben', node)];
    await world.introduce(ann, ben);
    const [toAnn, toBen] = [(await world.whois(ann)).address, (await world.whois(ben)).address];
    await ann.engine.send({ to: toBen, text: 'one' });
    await world.clock.advance(3000);
    await ben.engine.send({ to: toAnn, text: 'two' });
    await world.clock.advance(3000);
    const notes = noNotes();
    noteLinks(node.core!, notes, () => world.clock.now());
    // What is attached was not noted: they come again.
    for (const person of [ann, ben]) {
      await person.close();
      await person.open();
    }
    await world.clock.advance(2000);
    for (let count = 0; count < 3; count++) {
      await ann.engine.typing({ to: toBen, active: true });
      await world.during(ben.engine.say({ text: 'x'.repeat(1 + count * 299) }));
      await world.clock.advance(5000);
    }
    const shapes = liveShapes(notes, kinds);
    expect([...shapes.keys()].sort()).toEqual(['roomLine', 'typing']);
    expect(shapes.get('typing')).toEqual(shapes.get('roomLine'));
    expect(shapes.get('typing')?.size).toBe(1);
    await world.end();
  });

  it('TM-34: what concerns two people goes over two links', () => {
    const mailboxes = Map.groupBy(sends(), ({ link }) => link);
    for (const sent of mailboxes.values()) {
      expect(new Set(sent.map(({ mailbox }) => hexOf(mailbox))).size).toBe(1);
    }
    expect(mailboxes.size).toBeGreaterThan(300);
  });

  it('TM-33: the adversary is as often right as the threat model says', async () => {
    const told = await documented();
    const found = figuresOf(day);
    expect([...told.keys()]).toEqual([...found.map(({ what }) => what), 'Any of those who are attached, blindly']);
    for (const { what, stored, texts, live, pairs } of found) {
      for (const [at, figure] of [stored, texts, live, pairs].entries()) {
        const difference = Math.abs(figure - told.get(what)![at]!);
        expect(difference, `${what}: ${figure}, run npx node test/engine/src/threat/main.ts`).toBeLessThanOrEqual(STEP);
      }
    }
    const blind = blindGuess(day);
    expect(Math.abs(blind - told.get('Any of those who are attached, blindly')![0]!)).toBeLessThanOrEqual(STEP);
    // An adversary that is no better than chance would prove nothing about the defences.
    const hidden = found.find(({ what }) => what === 'Addresses hidden')!;
    expect(hidden.texts).toBeGreaterThan(3 * blind);
    expect(found[0]).toMatchObject({ stored: 100, pairs: 100 });
  }, 60_000);
});
