import { afterEach, describe, expect, it } from 'vitest';
import { parseAddress } from '@sotto/protocol/identity';
import { Impostor } from './impostor.ts';
import { World } from './world.ts';
import type { Person } from './world.ts';

let world = new World();
afterEach(() => world.end());

describe('a contact who writes under the ids of messages in another conversation', () => {
  it('ENG-53: nothing is guessed: who knows the conversation says it, and own messages are changed as before', async () => {
    world = new World(1320);
    const node = await world.node();
    const [alice, bob, carol] = [
      await world.person('Alice', node),
      await world.person('Bob', node),
      await world.person('Carol', node),
    ];
    await world.introduce(alice, bob);
    await world.introduce(alice, carol);
    const [toAlice, toBob, toCarol] = await Promise.all([alice, bob, carol].map(addressOf));
    const mine = await alice.engine.send({ to: toBob!, text: 'mine' });
    await world.clock.advance(5000);
    const theirs = await bob.engine.send({ to: toAlice!, text: 'of Bob' });
    await world.clock.advance(5000);
    await carol.close();
    const impostor = new Impostor(world, node);
    const { device } = impostor.stolen(carol);
    const between = { from: parseAddress(toCarol!), to: parseAddress(toAlice!) };
    for (const { id } of [mine, theirs]) {
      await impostor.send(device, alice, { ...between, text: 'of Carol', id: new Uint8Array(Buffer.from(id, 'hex')) });
    }
    expect(await alice.texts(carol)).toEqual(['of Carol', 'of Carol']);

    const { engine } = alice;
    const ambiguous = { code: 'bad-input', message: expect.stringContaining('in which conversation') as string };
    await expect(engine.react({ id: theirs.id, emoji: '👍' })).rejects.toMatchObject(ambiguous);
    await expect(engine.react({ id: mine.id, emoji: '👍' })).rejects.toMatchObject(ambiguous);
    await expect(engine.hide({ id: theirs.id })).rejects.toMatchObject(ambiguous);

    const reacted = await engine.react({ id: theirs.id, conversation: toCarol!, emoji: '👍' });
    expect(reacted).toMatchObject({ conversation: toCarol, reactions: [{ emoji: '👍' }] });
    expect((await alice.messages(bob)).at(-1)?.reactions).toBeUndefined();
    await world.clock.advance(5000);
    await engine.hide({ id: theirs.id, conversation: toCarol! });
    await engine.hide({ id: theirs.id, conversation: toCarol! });
    expect(await alice.texts(bob)).toEqual(['mine', 'of Bob']);
    expect(await alice.texts(carol)).toEqual(['of Carol']);
    // Hidden there, it is not taken for hidden here.
    await expect(engine.hide({ id: theirs.id })).rejects.toMatchObject(ambiguous);
    await engine.hide({ id: theirs.id, conversation: toBob! });
    expect(await alice.texts(bob)).toEqual(['mine']);

    // Only an own message can be edited and taken back: that one is meant, and Carol keeps nobody from it.
    expect(await engine.edit({ id: mine.id, text: 'mine, edited' })).toMatchObject({ conversation: toBob });
    await expect(engine.edit({ id: mine.id, conversation: toCarol!, text: 'x' })).rejects.toMatchObject({
      code: 'not-allowed',
    });
    expect(await engine.delete({ id: mine.id })).toMatchObject({ conversation: toBob, content: { deleted: true } });
    const unknown = { id: mine.id, conversation: 'Dan', emoji: '👍' };
    await expect(engine.react(unknown)).rejects.toMatchObject({ code: 'unknown-contact' });
  });
});

const addressOf = async (person: Person): Promise<string> => (await world.whois(person)).address;
