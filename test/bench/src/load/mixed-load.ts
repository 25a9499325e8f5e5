import { quantilesOf } from '../statistics.ts';
import type { Dialect, Recipient } from './dialect.ts';
import type { LoadOrder, Seen } from './order.ts';
import { inGroups, mark, now, openLoop, sleep } from './pace.ts';
import { fillMailboxes } from './store-load.ts';

/**
 * Three things at once, each at `rate` messages a second and in open loop: live-only messages, messages that are stored,
 * pushed and acknowledged, and people who come one after another and read `perRecipient` messages that waited for them.
 */
export async function mixedLoad<R extends Recipient>(
  live: Dialect<R>,
  kept: Dialect<R>,
  order: LoadOrder,
): Promise<Seen> {
  const { pairs, rate = 1_000, seconds = 6, warmUpMs = 1_000, perRecipient = 200 } = order;
  const readers = Math.ceil(((seconds + warmUpMs / 1_000) * rate) / perRecipient);
  const [liveTimes, keptTimes, backlogTimes] = [[], [], []] as [number[], number[], number[]];
  let counting = false;
  let running = true;
  let messages = 0;
  const arrived = (times: number[], sentAt: number): void => {
    if (!counting) return;
    messages++;
    times.push(now() - sentAt);
  };
  const pairUp = (dialect: Dialect<R>, first: number, times: number[]): Promise<((sentAt: number) => void)[]> =>
    inGroups(pairs, async (index) => {
      const recipient = await dialect.register(first + index);
      await recipient.attach((sentAt) => arrived(times, sentAt));
      const sender = await dialect.sender(first + index, () => undefined);
      return (sentAt) => sender.send(recipient, sentAt);
    });

  const away = await inGroups(readers, async (index) => {
    const person = await kept.register(2 * pairs + index);
    person.leave();
    return person;
  });
  await fillMailboxes(kept, away, readers * perRecipient, 60);
  const livePairs = await pairUp(live, 0, liveTimes);
  const keptPairs = await pairUp(kept, pairs, keptTimes);
  const comes = (index: number, dueAt: number): void => {
    let left = perRecipient;
    void away[index]?.attach(() => {
      if (counting) messages++;
      if (--left === 0 && counting) backlogTimes.push((now() - dueAt) / 1_000);
    });
  };

  const isRunning = (): boolean => running;
  void openLoop(rate, isRunning, (index, dueAt) => livePairs[index % pairs]!(dueAt));
  void openLoop(rate, isRunning, (index, dueAt) => keptPairs[index % pairs]!(dueAt));
  void openLoop(rate / perRecipient, isRunning, comes);
  await sleep(warmUpMs);
  await mark('begin');
  counting = true;
  const startedAt = now();
  await sleep(seconds * 1_000);
  counting = false;
  const took = (now() - startedAt) / 1e6;
  await mark('end');
  running = false;
  return {
    messages,
    seconds: took,
    latency: quantilesOf(liveTimes),
    storedLatency: quantilesOf(keptTimes),
    backlogMs: quantilesOf(backlogTimes),
  };
}
