import type { Dialect, Recipient } from './dialect.ts';
import type { LoadOrder, Seen } from './order.ts';
import { inGroups, mark, now, sleep } from './pace.ts';

/** Connections that are being made at a time. */
const AT_ONCE = 512;
const SETTLE_MS = 2_000;
const AGAIN_MS = 100;

/** So many are there; all connections break in one moment; all come back as fast as the server and this process can. */
export async function stormLoad<R extends Recipient>(dialect: Dialect<R>, { pairs }: LoadOrder): Promise<Seen> {
  const people = await inGroups(pairs, async (index) => {
    const recipient = await dialect.register(index);
    await recipient.attach(() => undefined);
    return recipient;
  });
  await sleep(SETTLE_MS);
  await mark('dropped');
  const startedAt = now();
  for (const person of people) person.leave();
  await inGroups(pairs, (index) => comeBack(people[index]!), AT_ONCE);
  const seconds = (now() - startedAt) / 1e6;
  await mark('back');
  return { messages: pairs, seconds };
}

/** As often as it takes: a server may turn connections away while it is too busy. */
async function comeBack(person: Recipient): Promise<void> {
  for (;;) {
    try {
      return await person.attach(() => undefined);
    } catch {
      person.leave();
      await sleep(AGAIN_MS);
    }
  }
}
