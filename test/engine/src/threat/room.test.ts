import { parseAddress } from '@sotto/protocol/identity';
import { expect, it } from 'vitest';
import { noNotes, noteLinks } from '../../../e2e/src/link-notes.ts';
import { ByteSearch, bytesOf } from '../../../e2e/src/search-bytes.ts';
import { World } from '../world.ts';
import { hexOf } from './observation.ts';

it('TM-35: of a line said to all the node learns that somebody spoke to everybody, not what and not who, and keeps nothing', async () => {
  const world = new World(830);
  const node = await world.node('ws://room.example:8080', { psk: world.random(32) });
  const kept: unknown[] = [];
  const store = node.store!.store.bind(node.store);
  node.store!.store = (items) => {
    kept.push(...items);
    return store(items);
  };
  const notes = noNotes();
  noteLinks(node.core!, notes, () => world.clock.now());
  const guests = [];
  for (const name of ['Annabel', 'Benjamin', 'Cleopatra']) guests.push(await world.person(name, node));
  const [ann, ben, cleo] = guests;
  const text = 'nobody but us needs to know';
  expect(await world.during(ann!.engine.say({ text }))).toEqual({ reached: 2, missed: [] });
  await world.clock.advance(2000);

  const { address } = await world.whois(ann!);
  const search = new ByteSearch<string>();
  search.addText('the line', text);
  search.addWritten('the speaker', parseAddress(address));
  search.addText('the name', 'Annabel');
  const spoken = notes.frames.filter(({ frame: { body } }) => body.case === 'send');
  const heard = notes.told.filter(({ frame: { body } }) => body.case === 'deliver');
  expect([spoken.length, heard.length]).toEqual([2, 2]);
  for (const { frame, account } of spoken) {
    expect(account).toBe(null);
    expect(frame.body.value).toMatchObject({ live: true, capability: new Uint8Array(0) });
  }
  expect(search.in(bytesOf([...spoken, ...heard].map(({ frame }) => frame)))).toEqual([]);
  const everybody = new Set(
    spoken.map(({ frame: { body } }) => (body.case === 'send' ? hexOf(body.value.mailbox) : '')),
  );
  const others = await Promise.all(
    [ben!, cleo!].map(async (guest) => hexOf(parseAddress((await world.whois(guest)).address))),
  );
  expect(everybody).toEqual(new Set(others));
  expect(kept).toEqual([]);
  for (const guest of [ben!, cleo!]) {
    expect(guest.events).toContainEqual(expect.objectContaining({ type: 'room', from: address, text }));
    expect(await guest.engine.contacts({})).toEqual([]);
  }
  await world.end();
});
