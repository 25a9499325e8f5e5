import { partitionOf } from '@sotto/protocol/ring';
import { nodePrimitives } from '@sotto/primitives-node';
import { create, ReconcileSchema } from '@sotto/protocol/wire';
import { describe, expect, test } from 'vitest';
import { KeptRing } from './kept-ring.fixture.ts';

describe('comparing', () => {
  test('RING-33: who has a home look through partition after partition waits for its turn; others do not', async () => {
    const ring = await KeptRing.of(3);
    const person = await ring.person();
    const [from, to, other] = ring.homeNodes(person);
    let looks = 0;
    const inventory = to!.store.inventory.bind(to!.store);
    to!.store.inventory = (...asked) => {
      looks += 1;
      return inventory(...asked);
    };
    const ask = (node: typeof from, partition: number): Promise<unknown> =>
      node!.core.ring
        .peer(to!.core.ring.self)!
        .request({ case: 'reconcile', value: create(ReconcileSchema, { partition }) })
        .then(
          ({ case: kind }) => kind,
          () => 'refused',
        );
    const answers: unknown[] = [];
    // Its window is 256 questions: as many as are answered in four seconds.
    for (let partition = 0; partition < 600; partition++) void ask(from, partition).then((kind) => answers.push(kind));
    await ring.clock.advance(20);
    expect(looks).toBeLessThan(260);
    const quick = ask(other, partitionOf(nodePrimitives, person.mailbox));
    await ring.clock.advance(10);
    expect(await quick).toBe('reconcile');
    const before = looks;
    await ring.clock.advance(1000);
    expect(looks - before).toBeGreaterThan(50);
    expect(looks - before).toBeLessThan(80);
    await ring.clock.advance(20_000);
    expect(answers).toHaveLength(600);
    expect(answers.filter((kind) => kind === 'reconcile').length).toBeGreaterThan(550);
  });
});
