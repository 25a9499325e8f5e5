import type { Dialect, Recipient, Sender } from './dialect.ts';
import type { LoadOrder, Seen } from './order.ts';
import { inGroups, mark, now } from './pace.ts';

const SENDERS = 50;

/** Stores for people who are away, `window` in flight of each sender; then they come, read all and acknowledge it. */
export async function storeLoad<R extends Recipient>(dialect: Dialect<R>, order: LoadOrder): Promise<Seen> {
  const { pairs, perRecipient = 100 } = order;
  const people = await inGroups(pairs, async (index) => {
    const person = await dialect.register(index);
    person.leave();
    return person;
  });
  const messages = pairs * perRecipient;
  await mark('begin');
  const storeStart = now();
  await fillMailboxes(dialect, people, messages, order.window ?? 60);
  const seconds = (now() - storeStart) / 1e6;
  await mark('stored');
  let received = 0;
  const deliverStart = now();
  await new Promise<void>((resolve, reject) => {
    inGroups(pairs, (index) =>
      people[index]!.attach(() => {
        if (++received === messages) resolve();
      }),
    ).catch(reject);
  });
  const deliverSeconds = (now() - deliverStart) / 1e6;
  await mark('delivered');
  return { messages, seconds, deliverSeconds };
}

/** Sends so many messages to these people in turn; resolves when the server answered for all. */
export async function fillMailboxes<R extends Recipient>(
  dialect: Dialect<R>,
  people: readonly R[],
  messages: number,
  window: number,
): Promise<void> {
  let left = messages;
  let stored = 0;
  let done: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => (done = resolve));
  const send = (sender: Sender<R>): void => {
    if (left > 0) sender.send(people[--left % people.length]!, now());
  };
  const senders = await inGroups(Math.min(SENDERS, people.length), async (index) => {
    const sender: Sender<R> = await dialect.sender(people.length + index, (count, accepted) => {
      if (accepted) stored += count;
      else left += count;
      if (stored === messages) done();
      for (let answer = 0; answer < count; answer++) send(sender);
    });
    return sender;
  });
  for (const sender of senders) for (let at = 0; at < window; at++) send(sender);
  await finished;
}
